"""Trends as charts draw them: series, movements and the facts beside them; all read from roll-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from core.db import documents, models, rollups, taggings
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.errors import InputError
from core.services.workspace import Workspace, now
from core.trends.movement import movement
from core.trends.series import share_series


@dataclass(frozen=True)
class Choices:
    """The values that occur, for pickers."""

    sources: list[str]
    langs: list[str]
    jurisdictions: list[str]


@dataclass(frozen=True)
class CorpusFacts:
    """How much there is, and what the charts leave out."""

    n_documents: int
    n_stories: int
    n_passages: int
    n_undated: int
    n_untagged: int
    model_version: str | None
    taxonomy_version: str


@dataclass(frozen=True)
class Series:
    """One row a label and bin: label_id, start, end, n, total, share, low, high, complete, enough."""

    frame: pd.DataFrame
    grain: Grain
    model_version: str
    n_left_out: int
    """Stories of the period whose date is not precise enough for this grain."""


@dataclass(frozen=True)
class Movement:
    """The last complete bin against the one before it, a row a label."""

    frame: pd.DataFrame
    start: date | None
    end: date | None
    before_start: date | None
    before_end: date | None
    total: int
    total_before: int


def period(workspace: Workspace) -> tuple[date, date] | None:
    """Return the first and last day that hold a tagged story, or None where there is nothing to draw."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        return rollups.dated_range(connection, model_version_id=version)


def choices(workspace: Workspace) -> Choices:
    """Return the sources, languages and jurisdictions that occur."""
    with workspace.database.reading() as connection:
        return Choices(**documents.filter_choices(connection))


def facts(workspace: Workspace) -> CorpusFacts:
    """Return how many documents there are, and how many wait to be tagged."""
    with workspace.database.reading() as connection:
        champion = models.find_champion(connection)
        counts = documents.corpus_facts(connection)
        n_untagged = taggings.count_untagged(connection, model_version_id=champion.id if champion else "")
    return CorpusFacts(
        n_documents=counts["n_documents"],
        n_stories=counts["n_stories"],
        n_passages=counts["n_passages"],
        n_undated=counts["n_undated"],
        n_untagged=n_untagged,
        model_version=champion.id if champion else None,
        taxonomy_version=workspace.taxonomy.version,
    )


def share_over_time(workspace: Workspace, labels: Sequence[str], *, grain: Grain, chosen: Filter) -> Series:
    """Return the share of stories that carry each label, bin by bin, over the chosen or the whole dated period.

    Raise InputError for labels that the tree does not have, all named at once.
    """
    _check_labels(workspace, labels)
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(
            connection, model_version_id=version, grain=grain, chosen=chosen, labels=labels
        )
        coarse = _count_all(connection, version, Grain.YEAR, chosen)
    whole = chosen.first and chosen.last
    span = (chosen.first, chosen.last) if whole else _span(workspace, chosen, counts, grain)
    if span is None:
        frame = share_series(counts, labels, grain=grain, first=date.max, last=date.min, today=now().date())
    else:
        frame = share_series(counts, labels, grain=grain, first=span[0], last=span[1], today=now().date())
    counted = int(counts.loc[counts["label_id"] == "", "n"].sum())
    return Series(frame, grain, version, max(0, coarse - counted))
