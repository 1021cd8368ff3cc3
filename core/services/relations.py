"""How labels hang together: which meet, which lead, which belong to a sector or a jurisdiction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from core.db import rollups, texts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import LabelKind
from core.services.terms import as_documents, borders_grain, dated_span
from core.services.workspace import Workspace, now
from core.trends import relations
from core.trends.bins import Period, bin_end, count_by_bin, whole_bins
from core.trends.prominence import Incidence, incidence


@dataclass(frozen=True)
class Relations:
    """Every pair of labels of which neither implies the other; see core.trends.relations.label_pairs."""

    frame: pd.DataFrame
    n_stories: int
    """Stories that carry any label."""
    grain: Grain
    """How precisely a story has to be dated to be counted."""


@dataclass(frozen=True)
class CrossTable:
    """Every cell of a table of stories; see core.trends.relations.cross_table."""

    frame: pd.DataFrame
    n_stories: int
    n_left_out: int
    """Stories that belong to no row."""
    grain: Grain
    """How precisely a story has to be dated to be counted."""


@dataclass(frozen=True)
class LeadLag:
    """Which label follows which; see core.trends.lead_lag."""

    frame: pd.DataFrame
    grain: Grain
    first: date
    last: date
    n_bins: int
    """Complete bins that were compared."""


def label_relations(workspace: Workspace, *, chosen: Filter, labels: Sequence[str] = ()) -> Relations:
    """Return which labels occur together more or less often than chance has it, strongest first.

    `labels` limits the pairs to those within the given ones. Raise InputError for labels that the tree does not have.
    """
    workspace.taxonomy.require(labels)
    stories = _stories(workspace, chosen)
    frame = relations.label_pairs(stories, workspace.taxonomy, labels)
    return Relations(frame, stories.held.shape[0], borders_grain(chosen))


def _stories(workspace: Workspace, chosen: Filter) -> Incidence:
    held = _labels(workspace, chosen, borders_grain(chosen))
    return incidence(held["document_id"].unique(), held)


def _labels(workspace: Workspace, chosen: Filter, grain: Grain) -> pd.DataFrame:
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        return texts.list_labels(connection, as_documents(chosen), grain=grain, model_version_id=version)


def relation_over_time(workspace: Workspace, first: str, second: str, *, grain: Grain, chosen: Filter) -> pd.DataFrame:
    """Return the association of two labels bin by bin over the stories that carry any label.

    Columns as core.trends.relations.pair_over_time. Raise InputError for labels that the tree does not have.
    """
    workspace.taxonomy.require([first, second])
    span = dated_span(workspace, chosen)
    begin, end = whole_bins(grain, *span) if span else (None, None)
    held = _labels(workspace, replace(chosen, first=begin, last=end), grain)
    sets = {label: set(held["document_id"][held["label_id"] == label]) for label in (first, second)}
    stories = held[["document_id", "day"]].drop_duplicates("document_id")
    one, other = (stories["document_id"].isin(sets[label]) for label in (first, second))
    facts = {"n": one & other, "n_first": one, "n_second": other, "total": one | True}
    counts = pd.DataFrame({"start": stories["day"].map(grain.floor)} | facts).groupby("start").sum()
    bins = grain.bins(*span) if span else []
    counts = counts.reindex(bins, fill_value=0).astype("int64")
    return relations.pair_over_time(counts.rename_axis("start").reset_index())


def sector_by_aspect(workspace: Workspace, *, chosen: Filter) -> CrossTable:
    """Return the stories of each sector by aspect, in tree order: counts, shares of the sector, residuals."""
    stories = _stories(workspace, chosen)
    sectors, aspects = (
        [label.id for label in workspace.taxonomy.of_kind(kind)] for kind in (LabelKind.SECTOR, LabelKind.ASPECT)
    )
    frame = relations.cross_table(relations.crossed(stories, sectors, aspects))
    columns = [i for i, label_id in enumerate(stories.label_ids) if label_id in sectors]
    n_in_sector = int((np.asarray(stories.held[:, columns].sum(axis=1)).ravel() > 0).sum())
    n_stories = stories.held.shape[0]
    return CrossTable(frame, n_stories, n_stories - n_in_sector, borders_grain(chosen))


def compare_jurisdictions(workspace: Workspace, *, chosen: Filter, labels: Sequence[str] = ()) -> CrossTable:
    """Return how often the stories of each jurisdiction carry each label, against those of all others.

    Without labels the aspects. Largest jurisdiction first; stories that state none are left out and counted. Shares
    are of tagged stories, as in the trends. Raise InputError for labels that the tree does not have.
    """
    workspace.taxonomy.require(labels)
    wanted = list(labels) or [label.id for label in workspace.taxonomy.of_kind(LabelKind.ASPECT)]
    version, grain = workspace.champion().id, borders_grain(chosen)
    with workspace.database.reading() as connection:
        counts = rollups.count_by_jurisdiction(
            connection, model_version_id=version, grain=grain, chosen=chosen, labels=wanted
        )
    frame = relations.cross_table(relations.by_jurisdiction(counts, wanted))
    every = counts[counts["label_id"] == ""]
    n_unknown = int(every["n"][every["jurisdiction"] == ""].sum())
    return CrossTable(frame, int(every["n"].sum()), n_unknown, grain)


def lead_lag(
    workspace: Workspace, *, chosen: Filter, grain: Grain = Grain.MONTH, labels: Sequence[str] = ()
) -> LeadLag | None:
    """Return which labels lead which, over the complete bins of the period; None where nothing is dated.

    Without labels all of the tree; fewer labels are fewer tests and find more. Raise InputError for labels that the
    tree does not have.
    """
    from core.trends.lead_lag import lead_lag as compare

    workspace.taxonomy.require(labels)
    taxonomy, version = workspace.taxonomy, workspace.champion().id
    span = dated_span(workspace, chosen)
    if span is None:
        return None
    first, last = whole_bins(grain, *span)
    wanted = list(labels) or [label.id for label in taxonomy.labels]
    within = replace(chosen, first=first, last=last)
    with workspace.database.reading() as connection:
        counts = rollups.count_stories(connection, model_version_id=version, grain=grain, chosen=within, labels=wanted)
    table = count_by_bin(counts, grain=grain, first=first, last=last).reindex(columns=["", *wanted], fill_value=0)
    period = Period(first, last, now().date())
    complete = table[[period.completes(start, bin_end(grain, start)) for start in table.index]]
    frame = compare(
        complete[wanted],
        complete[""].to_numpy(),
        related=lambda one, other: one in taxonomy.ancestors(other) or other in taxonomy.ancestors(one),
    )
    return LeadLag(frame, grain, first, last, len(complete))
