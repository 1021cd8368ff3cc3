"""The model card: what a person should know before trusting a classifier."""

from core.ml.model_folder import ModelDescription

_CARD = """# Classifier {version}

Tags texts on technology, markets and policy with the labels of tree version {taxonomy}, in Chinese and English.

- Encoder: {encoder}, {encoder_hash}
- Method: `{method}`, seed {seed}, trained on {n} texts ({data_hash}) in {seconds} s
- Probabilities are calibrated and thresholds chosen on held-out parts of those texts.

Held out by cross-validation on its own kind of texts, which flatters it on any other kind:

| | dimensions | aspects | topics | sectors | off topic left untagged | calibration error |
|---|---|---|---|---|---|---|
{rows}

Macro / micro F1. It was not made to judge people or to decide alone; labels with few examples are the weak ones,
see `metrics` in model.json for each.
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
        n=description.n_examples,
        data_hash=description.data_hash[:12],
        seconds=description.seconds,
        rows="\n".join(_row(language, metrics) for language, metrics in description.metrics.items()),
    )


def _row(language: str, metrics: dict[str, dict[str, dict[str, float]]]) -> str:
    levels = [metrics["levels"][level] for level in ("dimension", "aspect", "topic", "sector")]
    scores = [f"{level['macro_f1']:.2f} / {level['micro_f1']:.2f}" for level in levels]
    left, error = metrics["off_topic"]["left_untagged"], metrics["expected_calibration_error"]
    return "| " + " | ".join([language, *scores, f"{left:.2f}", f"{error:.3f}"]) + " |"
