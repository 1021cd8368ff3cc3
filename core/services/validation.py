"""What a model version's own measurements say of its errors, as the correction of shares needs it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.db import rollups
from core.db.models import ModelVersion
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.workspace import CHRONICLE, Workspace
from core.trends.prevalence import Validation, corrected, why_not


def correctable(workspace: Workspace, labels: Sequence[str]) -> list[str]:
    """Return those of the labels whose shares the champion's held-out texts suffice to correct."""
    version = workspace.champion()
    return [label for label in labels if why_not(label_validation(version, label)) is None]


def mostly_learnt(workspace: Workspace, chosen: Filter) -> bool:
    """Return whether half of the chosen stories or more are bundled ones, which models learn from.

    On these a model errs less than on held-out texts, and a correction by its errors there overdoes it (see
    docs/decisions/0020-trend-pages.md).
    """
    if chosen.sources and CHRONICLE not in chosen.sources:
        return False
    of_bundle = replace(chosen, sources=(CHRONICLE,))
    n_all, n_learnt = (_counts(workspace, each).get("", 0) for each in (chosen, of_bundle))
    return n_all > 0 and 2 * n_learnt >= n_all


def clearly_off(workspace: Workspace, labels: Sequence[str], chosen: Filter) -> list[str]:
    """Return the labels whose counted share of all chosen stories lies outside the corrected one's 95 % interval.

    Elsewhere the correction is less certain than what it corrects (see docs/decisions/0020-trend-pages.md).
    """
    version, counts = workspace.champion(), _counts(workspace, chosen, labels)
    total, off = counts.get("", 0), []
    for label in correctable(workspace, labels):
        found = corrected(np.array([counts.get(label, 0)]), np.array([total]), label_validation(version, label))
        if found.raw[0] < found.low[0] or found.raw[0] > found.high[0]:
            off.append(label)
    return off


def _counts(workspace: Workspace, chosen: Filter, labels: Sequence[str] = ()) -> dict[str, int]:
    """Return the stories of each label, '' for all."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(
            connection, model_version_id=version, grain=Grain.MONTH, chosen=chosen, labels=labels
        )
    return {str(label): int(n) for label, n in counts.groupby("label_id")["n"].sum().items()}


def label_validation(version: ModelVersion, label_id: str) -> Validation | None:
    """Return what the test part of the model's training says of a label's decisions, None where it was not measured.

    Precision, recall and support are those of model.json; they give back the counts that they were made of.
    """
    scores = _deep(version.metrics, "all", "labels", label_id)
    figures = [_deep(scores, name) for name in ("precision", "recall", "support")]
    n_texts = _deep(version.metrics, "all", "n")
    if not all(isinstance(each, int | float) and 0 <= each < 1e9 for each in [*figures, n_texts]):
        return None
    precision, recall, n_true = figures
    n_found = round(recall * n_true)
    n_mistaken = round(n_found / precision - n_found) if precision else 0
    fits = n_found <= n_true <= n_texts and n_mistaken <= n_texts - n_true
    if not fits:
        return None
    return Validation.of_counts(n_found=n_found, n_true=int(n_true), n_mistaken=n_mistaken, n_texts=int(n_texts))


def _deep(found: Any, *path: str) -> Any:
    """Return what lies deep in the metrics, None where nothing does: an imported model's may have any form."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
