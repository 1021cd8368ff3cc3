"""How labels hang together: which meet, which lead, which belong to a sector or a jurisdiction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from core.db import pairs, rollups
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import LabelKind
from core.services.terms import borders_grain, dated_span
from core.services.workspace import Workspace, now
from core.trends import relations
from core.trends.bins import Period, bin_end, count_by_bin, whole_bins


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
    stories, _ = _together(workspace, chosen)
    return Relations(relations.label_pairs(stories, workspace.taxonomy, labels), stories.total, borders_grain(chosen))


def _together(workspace: Workspace, chosen: Filter) -> tuple[relations.Together, int]:
    """Return the counts of labels and pairs, and how many stories belong to any sector."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        counts = pairs.count_pairs(connection, model_version_id=version, grain=borders_grain(chosen), chosen=chosen)
    named = counts["second"].isin([rollups.ANY, rollups.ANY_SECTOR])
    n_any, n_in_sector = (
        int(counts["n"][counts["second"] == name].sum()) for name in (rollups.ANY, rollups.ANY_SECTOR)
    )
    return relations.together(counts[~named], n_any), n_in_sector


def relation_over_time(workspace: Workspace, first: str, second: str, *, grain: Grain, chosen: Filter) -> pd.DataFrame:
    """Return the association of two labels bin by bin over the stories that carry any label.

    Columns as core.trends.relations.pair_over_time. Raise InputError for labels that the tree does not have.
    """
    workspace.taxonomy.require([first, second])
    span = dated_span(workspace, chosen)
    begin, end = whole_bins(grain, *span) if span else (None, None)
    with workspace.database.reading() as connection:
        counts = pairs.count_pairs(
            connection,
            model_version_id=workspace.champion().id,
            grain=grain,
            chosen=replace(chosen, first=begin, last=end),
            labels=(first, second),
        )
    single = counts["first"] == ""
    one, other = (single & (counts["second"] == label) for label in (first, second))
    facts = {"n": ~single, "n_first": one, "n_second": other, "total": counts["second"] == rollups.ANY}
    starts = counts["bin"].map(grain.floor).rename("start")
    counts = pd.DataFrame({name: counts["n"].where(rows, 0) for name, rows in facts.items()}).groupby(starts).sum()
    bins = grain.bins(*span) if span else []
    counts = counts.reindex(bins, fill_value=0).astype("int64")
    return relations.pair_over_time(counts.rename_axis("start").reset_index())


def sector_by_aspect(workspace: Workspace, *, chosen: Filter) -> CrossTable:
    """Return the stories of each sector by aspect, in tree order: counts, shares of the sector, residuals."""
    stories, n_in_sector = _together(workspace, chosen)
    sectors, aspects = (
        [label.id for label in workspace.taxonomy.of_kind(kind)] for kind in (LabelKind.SECTOR, LabelKind.ASPECT)
    )
    frame = relations.cross_table(relations.crossed(stories, sectors, aspects))
    return CrossTable(frame, stories.total, stories.total - n_in_sector, borders_grain(chosen))


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
