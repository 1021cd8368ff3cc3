"""The model card: what a person should know before trusting a classifier."""

from typing import Any

from core.ml.model_folder import ModelDescription

_CARD = """# Classifier {version}

Tags texts on technology, markets and policy with the labels of tree version {taxonomy}, in Chinese and English.

- Encoder: {encoder}, {encoder_hash}
- Method: `{method}`, seed {seed}, {seconds} s; options: {options}
- Data: {n} labelled texts ({data_hash}){adapted}
- Probabilities are calibrated and thresholds chosen on {n_held} texts, scored by a model that had not seen them. The
  figures below are of {n_test} other texts, which neither training nor any choice has seen. They are of its own kind of
  texts, which flatters it on any other kind.

| | n | dimensions | aspects | topics | sectors | off topic left untagged | calibration error |
|---|---|---|---|---|---|---|---|
{rows}

Macro / micro F1 of each level.

## Limits

- A label with few examples is weak, and its figure uncertain.
- A text in a language, field or form that the data lack may be tagged wrongly, with a confident probability.
- It says what a text is about, not whether it is true, and is not made to judge people or to decide alone.

## Labels

| label | n | precision | recall | F1 | F1 en | F1 zh | threshold |
|---|---|---|---|---|---|---|---|
{labels}
"""


def model_card(description: ModelDescription) -> str:
    """Return the card as Markdown."""
    return _CARD.format(
        version=description.version,
        taxonomy=description.taxonomy_version,
        encoder=description.encoder_name,
        encoder_hash=description.encoder_hash[:12],
        method=description.method,
        seed=description.seed,
        options=", ".join(f"{name} {value}" for name, value in description.options.items() if name != "seed"),
        n=description.n_examples,
        n_held=description.calibration["n"],
        n_test=description.metrics["all"]["n"],
        data_hash=description.data_hash[:12],
        adapted=_adapted(description.calibration.get("adapted")),
        seconds=description.seconds,
        rows="\n".join(_row(language, metrics) for language, metrics in description.metrics.items()),
        labels="\n".join(
            _label(label_id, threshold, description.metrics)
            for label_id, threshold in zip(description.label_ids, description.thresholds, strict=True)
        ),
    )


def _adapted(found: dict[str, Any] | None) -> str:
    """Return how the encoder got used to texts first and what it came to, nothing where it did not."""
    if found is None:
        return ""
    objective, steps, texts = found["objective"], found["steps"], found["texts"]
    said = f"\n- Encoder first adapted without labels: {objective}, {steps} steps, {texts} texts"
    if "held_out" in found:
        said += (
            f". Cross-entropy of masked words in {found['held_out']} other texts: {found['loss_before']:.3f} before, "
            f"{found['loss_after']:.3f} after; difference {found['loss_change']:+.3f} "
            f"± {found['loss_change_error']:.3f} (95 %)"
        )
    return said


def _row(language: str, metrics: dict[str, Any]) -> str:
    levels = [metrics["levels"][level] for level in ("dimension", "aspect", "topic", "sector")]
    scores = [f"{level['macro_f1']:.2f} / {level['micro_f1']:.2f}" for level in levels]
    left, error = metrics["off_topic"]["left_untagged"], metrics["expected_calibration_error"]
    return "| " + " | ".join([language, str(metrics["n"]), *scores, f"{left:.2f}", f"{error:.3f}"]) + " |"


def _label(label_id: str, threshold: float, metrics: dict[str, dict[str, Any]]) -> str:
    own = metrics["all"]["labels"][label_id]
    by_language = [_f1(metrics.get(language), label_id) for language in ("en", "zh")]
    figures = [f"{own[name]:.2f}" for name in ("precision", "recall", "f1")]
    return "| " + " | ".join([label_id, str(own["support"]), *figures, *by_language, f"{threshold:.2f}"]) + " |"


def _f1(metrics: dict[str, Any] | None, label_id: str) -> str:
    if not metrics or not metrics["labels"][label_id]["support"]:
        return "–"
    return f"{metrics['labels'][label_id]['f1']:.2f}"
