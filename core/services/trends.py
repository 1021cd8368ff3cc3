"""Trends as charts draw them: series, movements and the facts beside them; all read from roll-ups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from core.db import documents, models, rollups, taggings
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.errors import InputError
from core.services import mix
from core.services.workspace import Workspace, now
from core.trends.bins import default_grain, whole_bins
from core.trends.movement import Movement, movement
from core.trends.series import share_series

__all__ = [
    "Choices",
    "CorpusFacts",
    "Movement",
    "Series",
    "choices",
    "facts",
    "main_beginning",
    "period",
    "share_over_time",
    "what_moved",
]


MOST_BEFORE = 0.02
"""So few of the stories may lie before the beginning of their bulk."""
FEWEST_SAVED = 0.25
"""So much of the period has to hold next to nothing before a later beginning is worth its explanation."""


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


def period(workspace: Workspace) -> tuple[date, date] | None:
    """Return the first and last day that hold a tagged story, or None where there is nothing to draw."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        return rollups.dated_range(connection, model_version_id=version)


def main_beginning(workspace: Workspace, chosen: Filter) -> date | None:
    """Return the month in which the bulk of the chosen stories begins, or None where it begins with the first story.

    At most MOST_BEFORE of the stories lie before it, and only a beginning that saves FEWEST_SAVED of the period counts.
    """
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(
            connection, model_version_id=version, grain=Grain.MONTH, chosen=chosen, labels=[]
        ).sort_values("bin")
    if counts.empty:
        return None
    before = counts["n"].cumsum() - counts["n"]
    months = counts["bin"].tolist()
    beginning: date = counts["bin"][before <= MOST_BEFORE * counts["n"].sum()].iloc[-1]
    saved = (beginning - months[0]) / max(months[-1] - months[0], timedelta(days=1))
    return beginning if saved >= FEWEST_SAVED else None


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

    The period is widened to whole bins, so that the documents behind a point are those that it counts. Raise
    InputError for labels that the tree does not have, all named at once.
    """
    workspace.taxonomy.require(labels)
    version = workspace.champion().id
    span = _span(workspace, version, grain, chosen)
    if span is None:
        return Series(
            share_series(_NO_COUNTS, [], grain=grain, first=date.min, last=date.min, today=date.min), grain, version, 0
        )
    within = replace(chosen, first=span[0], last=span[1])
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(connection, model_version_id=version, grain=grain, chosen=within, labels=labels)
        n_all = rollups.count_imprecise(connection, model_version_id=version, grain=grain, chosen=within)
    frame = share_series(counts, labels, grain=grain, first=span[0], last=span[1], today=now().date())
    return Series(frame, grain, version, n_all)


def what_moved(workspace: Workspace, *, grain: Grain, chosen: Filter) -> Movement | None:
    """Return the last complete bin against the one before it for every label, or None where nothing is dated.

    Column within is the core.trends.mix.Verdict on each significant change, '' for the others.
    """
    version = workspace.champion().id
    span = _span(workspace, version, grain, chosen)
    if span is None:
        return None
    within = replace(chosen, first=span[0], last=span[1])
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(connection, model_version_id=version, grain=grain, chosen=within)
    moved = movement(counts, workspace.taxonomy, grain=grain, first=span[0], last=span[1], today=now().date())
    return replace(moved, frame=_with_verdicts(workspace, moved, grain, chosen))


def _with_verdicts(workspace: Workspace, moved: Movement, grain: Grain, chosen: Filter) -> pd.DataFrame:
    clear = moved.frame[moved.frame["significant"].astype(bool)]
    bins = {"start": moved.start, "end": moved.end, "since": moved.before_start, "until": moved.before_end}
    rises = zip(clear["label_id"], clear["change"] > 0, strict=True)
    changes = [mix.Change(label_id, **bins, rises=bool(up)) for label_id, up in rises]
    frame = moved.frame.assign(within="")
    frame.loc[clear.index, "within"] = mix.verdicts(workspace, changes, grain=grain, chosen=chosen)
    return frame


_NO_COUNTS = pd.DataFrame({"label_id": [], "bin": [], "n": []})


def _span(workspace: Workspace, version: str, grain: Grain, chosen: Filter) -> tuple[date, date] | None:
    with workspace.database.reading() as connection:
        whole = rollups.dated_range(connection, model_version_id=version)
    if whole is None:
        return None
    first, last = chosen.first or whole[0], chosen.last or whole[1]
    if first > last:
        raise InputError("The period begins on {first}, after its end on {last}; swap them.", first=first, last=last)
    return whole_bins(grain, first, last)


def suggested_grain(workspace: Workspace, chosen: Filter) -> Grain:
    """Return the grain that draws the chosen period in a readable number of points."""
    span = _span(workspace, workspace.champion().id, Grain.DAY, chosen)
    return default_grain(*span) if span else Grain.MONTH
