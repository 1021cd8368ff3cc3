"""Two model versions side by side, from what training measured of each on texts that it had held out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.db.models import ModelVersion
from core.domain.taxonomy import LabelKind
from core.services.registry import find_model
from core.services.workspace import Workspace

LEVELS = tuple(kind.value for kind in LabelKind)
_LANG = re.compile(r"[a-z]{2,8}")
_LARGEST = 1e12  # of a figure: what is beyond, or no number, was not measured
_COLUMNS = ("lang", "champion", "candidate", "n_champion", "n_candidate")


@dataclass(frozen=True)
class Comparison:
    """The figures of two versions, each on its own held-out texts: where those differ, so do the figures' meanings.

    `lang` is a language's code, or `all`. A figure that a version did not measure is NaN.
    """

    champion: ModelVersion
    candidate: ModelVersion
    measures: pd.DataFrame
    """lang, measure (see `key_metrics`), champion, candidate, n_champion, n_candidate: texts held out."""
    labels: pd.DataFrame
    """lang, label_id, champion, candidate: F1; n_champion, n_candidate: texts with the label. In tree order."""


def key_metrics(metrics: dict[str, Any], lang: str = "all") -> dict[str, float | None]:
    """Return macro F1 of each level, off-topic texts left untagged and calibration error; None where not measured.

    >>> key_metrics({"all": {"levels": {"topic": {"macro_f1": 0.5}}}})["topic"]
    0.5
    """
    found = {level: _number(metrics, lang, "levels", level, "macro_f1") for level in LEVELS}
    found["off_topic"] = _number(metrics, lang, "off_topic", "left_untagged")
    found["calibration_error"] = _number(metrics, lang, "expected_calibration_error")
    return found


def compare(workspace: Workspace, champion: str, candidate: str) -> Comparison:
    """Return two versions side by side, for all texts and for each language that either was measured on."""
    pair = (find_model(workspace, champion), find_model(workspace, candidate))
    langs = sorted({lang for version in pair for lang in version.metrics if _LANG.fullmatch(lang) and lang != "all"})
    rows = [row for lang in ("all", *langs) for row in _measures(pair, lang)]
    labels = [row for lang in ("all", *langs) for row in _labels(pair, lang, workspace)]
    return Comparison(*pair, _frame(rows, "measure"), _frame(labels, "label_id"))


def _frame(rows: list[tuple[Any, ...]], key: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[_COLUMNS[0], key, *_COLUMNS[1:]])
    return frame.astype(dict.fromkeys(_COLUMNS[1:], float))


def _measures(pair: tuple[ModelVersion, ModelVersion], lang: str) -> Iterator[tuple[Any, ...]]:
    before, after = (key_metrics(version.metrics, lang) for version in pair)
    n = [_number(version.metrics, lang, "n") for version in pair]
    n_off = [_number(version.metrics, lang, "off_topic", "n") for version in pair]
    for name in before:
        yield (lang, name, before[name], after[name], *(n_off if name == "off_topic" else n))


def _labels(pair: tuple[ModelVersion, ModelVersion], lang: str, workspace: Workspace) -> Iterator[tuple[Any, ...]]:
    for label in workspace.taxonomy.labels:
        place = (lang, "labels", label.id)
        yield (
            lang,
            label.id,
            *(_number(version.metrics, *place, "f1") for version in pair),
            *(_number(version.metrics, *place, "support") for version in pair),
        )


def _number(metrics: Any, *path: str) -> float | None:
    """Return a number deep in the metrics, None where there is none: an imported model's may have any form."""
    for name in path:
        metrics = metrics.get(name) if isinstance(metrics, dict) else None
    is_number = isinstance(metrics, int | float) and not isinstance(metrics, bool)
    return float(metrics) if is_number and abs(metrics) < _LARGEST else None
