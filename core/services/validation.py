"""What a model version's own measurements say of its errors, as the correction of shares needs it."""

from collections.abc import Sequence
from typing import Any

from core.db.models import ModelVersion
from core.services.workspace import Workspace
from core.trends.prevalence import Validation, why_not


def correctable(workspace: Workspace, labels: Sequence[str]) -> list[str]:
    """Return those of the labels whose shares the champion's held-out texts suffice to correct."""
    version = workspace.champion()
    return [label for label in labels if why_not(label_validation(version, label)) is None]


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
