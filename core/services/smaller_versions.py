"""What it cost to make a version smaller, as its model.json has it, which may come from anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import AppError
from core.services.comparing import LEVELS, key_metrics
from core.services.registry import ModelDetails, find_model
from core.services.workspace import Workspace

_LARGEST = 1e15  # of a figure: what is beyond, or no number, was not measured
Pair = tuple[float | None, float | None]
"""Before and after."""


@dataclass(frozen=True)
class MadeSmaller:
    """One step by which a version was made smaller; None stands for what was not measured or is not on record."""

    technique: str
    origin: str
    """The version before."""
    n_bytes: Pair
    """Of weights and tokenizer."""
    texts_per_second: Pair
    equal_decisions: float | None
    """Share of all (text, label) pairs."""
    equal_labels: float | None
    """Of the labels that either gives, the share that both give, as F1."""
    equal_texts: float | None
    n: int | None
    """Texts that both were compared on."""
    n_timed: int | None
    macro_f1: dict[str, Pair]
    """By level of the tree, where both versions of the step are here."""
    n_measured: int | None
    """Texts that F1 after is of."""


def steps_of(workspace: Workspace, details: ModelDetails) -> list[MadeSmaller]:
    """Return the steps that made a version smaller, the last one first; none for a version that was trained so."""
    steps = details.description.get("compression", [])
    found = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    metrics = [*(_metrics(workspace, _text(step, "from")) for step in found), details.listed.version.metrics]
    return [_step(found[i], metrics[i], metrics[i + 1]) for i in reversed(range(len(found)))]


def _step(step: Mapping[str, Any], before: dict[str, Any], after: dict[str, Any]) -> MadeSmaller:
    f1 = key_metrics(before), key_metrics(after)
    n, n_timed = _number(step, "n"), _number(step, "n_timed")
    n_measured = _number(after.get("all"), "n") if f1[1]["aspect"] is not None else None
    return MadeSmaller(
        technique=_text(step, "technique"),
        origin=_text(step, "from"),
        n_bytes=(_number(step, "bytes_before"), _number(step, "bytes")),
        texts_per_second=(_number(step, "texts_per_cpu_second_before"), _number(step, "texts_per_cpu_second")),
        equal_decisions=_number(step, "equal_decisions"),
        equal_labels=_number(step, "equal_labels"),
        equal_texts=_number(step, "equal_texts"),
        n=None if n is None else int(n),
        n_timed=None if n_timed is None else int(n_timed),
        macro_f1={level: (f1[0][level], f1[1][level]) for level in LEVELS},
        n_measured=None if n_measured is None else int(n_measured),
    )


def _metrics(workspace: Workspace, version: str) -> dict[str, Any]:
    """Return what training measured of a version, nothing where it is not here."""
    try:
        return find_model(workspace, version).metrics if version else {}
    except AppError:
        return {}


def _text(step: Mapping[str, Any], name: str) -> str:
    return str(step.get(name, ""))[:64]


def _number(step: Any, name: str) -> float | None:
    value = step.get(name) if isinstance(step, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _LARGEST else None
