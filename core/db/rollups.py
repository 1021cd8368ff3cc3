"""Counts of stories per label and calendar bin, kept up to date with every tagging: charts never scan predictions.

A row counts lead documents only (one a story). Grains kept are day, month and year: weeks add up days, quarters add
up months, and a document whose date is known to the year is counted in the year rows alone. There are two tables:

- `rollup` counts by source, language, jurisdiction and sector. The empty label counts every tagged story (the
  denominator of a share); the empty sector counts whatever the sector.
- `rollup_total` counts by language alone, so that a chart without further filters reads few rows however many
  documents there are: a label ('' first), and by month and year also two labels together (in the order of the
  alphabet). Beside labels it knows ANY (stories that carry any label) and ANY_SECTOR.

core.db.counting writes both.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, func, select

from core.db.tables import rollup, rollup_total, source
from core.domain.dates import Grain
from core.domain.filters import Filter

KEPT_GRAINS = (Grain.DAY, Grain.MONTH, Grain.YEAR)
PAIR_GRAINS = (Grain.MONTH, Grain.YEAR)
ANY, ANY_SECTOR = "*", "sector.*"
_KEPT_FOR = {Grain.WEEK: Grain.DAY, Grain.QUARTER: Grain.MONTH}


def count_stories(
    connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter, labels: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return counts of stories per label and bin of the kept grain: columns label_id, bin (date), n.

    Rows of label_id '' are all tagged stories. `labels` limits which labels are returned beside ''. For weeks and
    quarters the bins returned are days and months; the caller floors them.
    """
    table, label, conditions = _counted(model_version_id, kept_grain(grain), chosen)
    if labels is not None:
        conditions.append(label.in_(["", *labels]))
    total = func.sum(table.c.n).label("n")
    query = select(label, table.c.bin, total).where(*conditions).group_by(label, table.c.bin)
    frame = pd.DataFrame(connection.execute(query.order_by(label, table.c.bin)).all(), columns=["label_id", "bin", "n"])
    return frame.astype({"n": "int64"})


def kept_grain(grain: Grain) -> Grain:
    """Return the grain whose counts make up those of a grain."""
    return _KEPT_FOR.get(grain, grain)


def _counted(
    model_version_id: str, grain: Grain, chosen: Filter
) -> tuple[Table, ColumnElement[str], list[ColumnElement[bool]]]:
    """Return the smallest table that knows what the filter asks, its column of labels, and the rows that count."""
    table = rollup if chosen.sources or chosen.jurisdictions or chosen.sector else rollup_total
    own = [table.c.model_version_id == model_version_id, table.c.grain == grain.value]
    if table is rollup:
        return table, rollup.c.label_id, [*own, rollup.c.sector_id == chosen.sector, *conditions_of(rollup, chosen)]
    single = [rollup_total.c.first == "", rollup_total.c.second.not_in([ANY, ANY_SECTOR])]
    return table, rollup_total.c.second, [*own, *single, *conditions_of(rollup_total, chosen)]


def count_by_stratum(
    connection: Connection,
    *,
    model_version_id: str,
    grain: Grain,
    chosen: Filter,
    labels: Sequence[str],
    by: Sequence[str],
) -> pd.DataFrame:
    """Return what count_stories does for each stratum, in no certain order: the columns of `by`, then label_id, bin, n.

    `by` names any of source, lang, jurisdiction and sector; a story of two sectors counts in both.
    """
    if not by:
        return count_stories(connection, model_version_id=model_version_id, grain=grain, chosen=chosen, labels=labels)
    columns = {name: _STRATA[name].label(name) for name in by}
    in_sector = rollup.c.sector_id != "" if "sector" in by else rollup.c.sector_id == chosen.sector
    query = (
        select(*columns.values(), rollup.c.label_id, rollup.c.bin, func.sum(rollup.c.n))
        .where(
            rollup.c.model_version_id == model_version_id,
            rollup.c.grain == kept_grain(grain).value,
            in_sector,
            rollup.c.label_id.in_(["", *labels]),
            *conditions_of(rollup, chosen),
        )
        # in the order of the primary key, by number and not by name of the source: rows need no sorting
        .group_by(rollup.c.label_id, rollup.c.bin, *columns.values())
    )
    frame = pd.DataFrame(connection.execute(query).all(), columns=[*by, "label_id", "bin", "n"])
    if "source" in by:
        names = dict(connection.execute(select(source.c.id, source.c.name)).all())
        frame["source"] = frame["source"].map(names)
    return frame.astype({"n": "int64"})


_STRATA = {
    "source": rollup.c.source_id,
    "lang": rollup.c.lang,
    "jurisdiction": rollup.c.jurisdiction,
    "sector": rollup.c.sector_id,
}


def count_by_jurisdiction(
    connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter, labels: Sequence[str]
) -> pd.DataFrame:
    """Return counts of stories per jurisdiction and label: columns jurisdiction, label_id, n.

    Rows of label_id '' are all tagged stories; jurisdiction '' is that of stories that state none. The grain (day,
    month or year) is that of the period's borders.
    """
    own = (rollup.c.model_version_id == model_version_id, rollup.c.grain == grain.value)
    query = (
        select(rollup.c.jurisdiction, rollup.c.label_id, func.sum(rollup.c.n))
        .where(
            *own,
            rollup.c.sector_id == chosen.sector,
            rollup.c.label_id.in_(["", *labels]),
            *conditions_of(rollup, chosen),
        )
        .group_by(rollup.c.jurisdiction, rollup.c.label_id)
        .order_by(rollup.c.jurisdiction, rollup.c.label_id)
    )
    frame = pd.DataFrame(connection.execute(query).all(), columns=["jurisdiction", "label_id", "n"])
    return frame.astype({"n": "int64"})


def conditions_of(table: Table, chosen: Filter) -> list[ColumnElement[bool]]:
    """Return what a filter without its sector asks of the rows of a table of counts."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.first:
        conditions.append(table.c.bin >= chosen.first)
    if chosen.last:
        conditions.append(table.c.bin <= chosen.last)
    if chosen.sources:
        conditions.append(table.c.source_id.in_(select(source.c.id).where(source.c.name.in_(chosen.sources))))
    if chosen.langs:
        conditions.append(table.c.lang.in_(chosen.langs))
    if chosen.jurisdictions:
        conditions.append(table.c.jurisdiction.in_(chosen.jurisdictions))
    return conditions


def count_imprecise(connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter) -> int:
    """Return how many tagged stories of the period are dated too coarsely to be counted at the grain.

    They are those that a coarser kept grain counts beyond the ones this grain does, over the years of the period.
    """
    first = Grain.YEAR.floor(chosen.first) if chosen.first else None
    last = Grain.YEAR.next(Grain.YEAR.floor(chosen.last)) - timedelta(days=1) if chosen.last else None
    of_years = replace(chosen, first=first, last=last)
    totals = {}
    for each in (kept_grain(grain), Grain.YEAR):
        table, label, conditions = _counted(model_version_id, each, of_years)
        query = select(func.coalesce(func.sum(table.c.n), 0)).where(*conditions, label == "")
        totals[each] = int(connection.execute(query).scalar_one())
    return totals[Grain.YEAR] - totals[kept_grain(grain)]


def dated_range(connection: Connection, *, model_version_id: str) -> tuple[date, date] | None:
    """Return the first and last day of the bins that hold tagged stories, or None where there are none.

    The days are exact but where the outermost documents are dated to a month or year only: then its ends count.
    """
    query = (
        select(rollup_total.c.grain, func.min(rollup_total.c.bin), func.max(rollup_total.c.bin))
        .where(
            rollup_total.c.model_version_id == model_version_id,
            rollup_total.c.grain.in_([g.value for g in KEPT_GRAINS]),
            rollup_total.c.first == "",
            rollup_total.c.second == "",
        )
        .group_by(rollup_total.c.grain)
    )
    ends = {Grain(grain): (first, last) for grain, first, last in connection.execute(query)}
    span: tuple[date, date] | None = None
    for grain in KEPT_GRAINS:
        if grain not in ends:
            continue
        first, last = ends[grain]
        if span is None:
            span = (first, grain.next(last) - timedelta(days=1))
        if first < grain.floor(span[0]):
            span = (first, span[1])
        if last > span[1]:
            span = (span[0], grain.next(last) - timedelta(days=1))
    return span
