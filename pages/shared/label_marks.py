"""What is said of labels that no model was trained for yet: they work from name and description alone (zero-shot)."""

from collections.abc import Collection

import pandas as pd

from pages.shared import data
from pages.shared.text import UNTRAINED, label_name, listed, percent, t

COLUMN = "zero_shot_labels"
"""Of an export: the labels of the row that hold by their description alone, separated by spaces."""
_OF_LABELS = ("label_id", "first", "second", "leader", "follower", "row", "column")
"""Columns of exports that hold ids of labels."""


def notes(label_ids: Collection[str]) -> list[str]:
    """Return what the mark means where one of the labels carries it."""
    marked = sorted(set(label_ids) & data.untrained())
    if not marked:
        return []
    names = listed([label_name(data.workspace().taxonomy, label_id) for label_id in marked])
    return [
        t(
            "{mark}: the label is given from its name and description, no model was trained for it yet ({labels}).",
            mark=UNTRAINED,
            labels=names,
        )
    ]


def notes_of(exported: pd.DataFrame) -> list[str]:
    """Return what the mark means where a label of a figure's table carries it."""
    return notes({label_id for name in _OF_LABELS if name in exported for label_id in exported[name]})


def chances(zero_shot: dict[str, float]) -> str:
    """Return how probable a document's labels are by their descriptions, or nothing where it has no such label."""
    if not zero_shot:
        return ""
    taxonomy = data.workspace().taxonomy
    said = [
        t("{label} {share}", label=label_name(taxonomy, label_id), share=percent(chance, decimals=0))
        for label_id, chance in zero_shot.items()
    ]
    return t("From their descriptions, not yet trained: {labels}.", labels=listed(said))


def with_column(exported: pd.DataFrame) -> pd.DataFrame:
    """Return an export with a column that names the labels of each row that no model was trained for."""
    columns = [exported[name] for name in _OF_LABELS if name in exported]
    return exported.assign(**{COLUMN: column(*columns)}) if columns else exported


def column(*label_ids: pd.Series) -> list[str]:
    """Return for each row those of its labels that no model was trained for, separated by spaces."""
    untrained = data.untrained()
    return [" ".join(label for label in row if label in untrained) for row in zip(*label_ids, strict=True)]
