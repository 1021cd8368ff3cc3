"""The card of a classifier that was made smaller: what was done and measured, before the card of what it came from."""

from typing import Any

from core.ml.model_folder import ModelDescription

_CARD = """# Classifier {version}

Made smaller from {origin} by `{technique}`.

| | {origin} | {version} |
|---|---|---|
| weights and tokenizer, MB | {before_mb:.0f} | {mb:.0f} |
| texts a second of processor time, {n_timed} in turns | {before_speed:.1f} | {speed:.1f} |

- Of all decisions of {n} texts (text and label) {equal_decisions:.2%} are the same, of the labels given
  {equal_labels:.1%}, and {equal_texts:.1%} of the texts have the same labels throughout. None was learnt from.
- {quality}
- Options: {options}
- Found: {found}

What follows is the card of {origin}, whose figures are its own.

{card}"""
_MEASURED = {"n", "n_timed", "texts_per_cpu_second_before", "texts_per_cpu_second", "bytes_before", "bytes"}
_SAID = _MEASURED | {"equal_decisions", "equal_texts", "equal_labels", "technique", "from", "options"}


def smaller_card(description: ModelDescription, origin_card: str) -> str:
    """Return the card as Markdown."""
    step = description.compression[-1]
    return _CARD.format(
        version=description.version,
        origin=step["from"],
        technique=step["technique"],
        before_mb=step["bytes_before"] / 2**20,
        mb=step["bytes"] / 2**20,
        before_speed=step["texts_per_cpu_second_before"],
        speed=step["texts_per_cpu_second"],
        **{name: step[name] for name in ("n", "n_timed", "equal_decisions", "equal_labels", "equal_texts")},
        quality=_quality(description.metrics),
        options=_listed(step["options"]),
        found=_listed({name: value for name, value in step.items() if name not in _SAID}) or "nothing to add",
        card=origin_card.replace("\n# ", "\n## ", 1),
    )


def _quality(metrics: dict[str, Any]) -> str:
    if not metrics:
        return "F1 was not measured: the texts that the classifier learnt from are not here."
    levels = metrics["all"]["levels"]
    names = {"dimension": "dimensions", "aspect": "aspects", "topic": "topics", "sector": "sectors"}
    each = ", ".join(f"{plural} {levels[level]['macro_f1']:.3f}" for level, plural in names.items())
    return f"Macro F1 on {metrics['all']['n']} texts that training had held out: {each}."


def _listed(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
