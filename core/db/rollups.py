"""Counts of stories per label and calendar bin, kept up to date with every tagging: charts never scan predictions.

A row counts lead documents only (one a story). Grains kept are day, month and year: weeks add up days, quarters add
up months, and a document whose date is known to the year is counted in the year rows alone. The empty label counts
every tagged story (the denominator of a share); the empty sector counts whatever the sector.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.db.tables import document, document_label, rollup, source, tagging
from core.domain.dates import Grain
from core.domain.filters import PRECISIONS_OF_GRAIN, Filter

KEPT_GRAINS = (Grain.DAY, Grain.MONTH, Grain.YEAR)
_KEPT_FOR = {Grain.WEEK: Grain.DAY, Grain.QUARTER: Grain.MONTH}
_KEY = ("model_version_id", "grain", "sector_id", "label_id", "bin", "source_id", "lang", "jurisdiction")


def add_to_rollup(
    connection: Connection, document_ids: Sequence[int], *, sign: int = 1, model_version_id: str | None = None
) -> None:
    """Count the documents' current taggings in (sign 1) or out (sign -1), of every model version or of one."""
    counts = _counts(connection, document_ids)
    own = {key: sign * n for key, n in counts.items() if model_version_id in (None, key[0])}
    _upsert(connection, Counter(own))


@contextmanager
def recounted(connection: Connection, document_ids: Sequence[int]) -> Iterator[None]:
    """Count documents out of the roll-ups and, once the caller has changed their labels, in again."""
    lock_documents(connection, document_ids)
    counts = _counts(connection, document_ids)
    yield
    changes = Counter(_counts(connection, document_ids))
    changes.subtract(counts)
    _upsert(connection, Counter({key: n for key, n in changes.items() if n}))


def lock_documents(connection: Connection, document_ids: Sequence[int]) -> set[int]:
    """Let no other transaction change what these documents count until this one ends; return those that are stored.

    SQLite has one writer at a time anyway.
    """
    query = select(document.c.id).where(document.c.id.in_(document_ids)).order_by(document.c.id)
    return set(connection.execute(query.with_for_update(key_share=True)).scalars())


def _counts(connection: Connection, document_ids: Sequence[int]) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    labels = _labels(connection, document_ids)
    for row in _countable(connection, document_ids):
        own = labels.get((row.document_id, row.model_version_id), [])
        sectors = ["", *(label for label in own if label.startswith("sector."))]
        for grain in KEPT_GRAINS:
            if row.date_precision in PRECISIONS_OF_GRAIN[grain]:
                start = grain.floor(row.day)
                for sector in sectors:
                    for label in ("", *own):
                        key = (row.model_version_id, grain.value, sector, label, start)
                        counts[(*key, row.source_id, row.lang, row.jurisdiction)] += 1
    return counts


def _countable(connection: Connection, document_ids: Sequence[int]) -> Sequence[Any]:
    query = (
        select(
            tagging.c.model_version_id,
            document.c.id.label("document_id"),
            document.c.day,
            document.c.date_precision,
            document.c.source_id,
            document.c.lang,
            document.c.jurisdiction,
        )
        .join_from(tagging, document)
        .where(document.c.id.in_(document_ids), document.c.is_lead, document.c.day.is_not(None))
    )
    return connection.execute(query).all()


def _labels(connection: Connection, document_ids: Sequence[int]) -> dict[tuple[int, str], list[str]]:
    query = select(document_label.c.document_id, document_label.c.model_version_id, document_label.c.label_id)
    found: dict[tuple[int, str], list[str]] = {}
    for row in connection.execute(query.where(document_label.c.document_id.in_(document_ids))):
        found.setdefault((row.document_id, row.model_version_id), []).append(row.label_id)
    return found


def _upsert(connection: Connection, counts: Counter[tuple[Any, ...]]) -> None:
    if not counts:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(rollup)
    statement = statement.on_conflict_do_update(
        index_elements=list(_KEY), set_={"n": rollup.c.n + statement.excluded.n}
    )
    # sorted: two workers that count in at once take PostgreSQL's row locks in the same order
    rows = [dict(zip(_KEY, key, strict=True), n=n) for key, n in sorted(counts.items())]
    connection.execute(statement, rows)
    if lowered := [{f"_{name}": value for name, value in row.items()} for row in rows if row["n"] < 0]:
        own = [
            rollup.c[name] == bindparam(f"_{name}") for name in _KEY
        ]  # by key: a scan would take longer than the rest
        connection.execute(delete(rollup).where(*own, rollup.c.n <= 0), lowered)


def count_stories(
    connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter, labels: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return counts of stories per label and bin of the kept grain: columns label_id, bin (date), n.

    Rows of label_id '' are all tagged stories. `labels` limits which labels are returned beside ''. For weeks and
    quarters the bins returned are days and months; the caller floors them.
    """
    conditions = [
        rollup.c.model_version_id == model_version_id,
        rollup.c.grain == _KEPT_FOR.get(grain, grain).value,
        rollup.c.sector_id == chosen.sector,
        *_conditions(chosen),
    ]
    if labels is not None:
        conditions.append(rollup.c.label_id.in_(["", *labels]))
    total = func.sum(rollup.c.n).label("n")
    query = select(rollup.c.label_id, rollup.c.bin, total).where(and_(*conditions))
    query = query.group_by(rollup.c.label_id, rollup.c.bin).order_by(rollup.c.label_id, rollup.c.bin)
    frame = pd.DataFrame(connection.execute(query).all(), columns=["label_id", "bin", "n"])
    return frame.astype({"n": "int64"})


def count_by_stratum(
    connection: Connection,
    *,
    model_version_id: str,
    grain: Grain,
    chosen: Filter,
    labels: Sequence[str],
    by: Sequence[str],
) -> pd.DataFrame:
    """Return what count_stories does for each stratum: the columns of `by`, then label_id, bin, n.

    `by` names one or several of source, lang, jurisdiction and sector; a story of two sectors counts in both.
    """
    columns = {name: _STRATA[name].label(name) for name in by}
    in_sector = rollup.c.sector_id != "" if "sector" in by else rollup.c.sector_id == chosen.sector
    query = (
        select(*columns.values(), rollup.c.label_id, rollup.c.bin, func.sum(rollup.c.n))
        .join_from(rollup, source, rollup.c.source_id == source.c.id)
        .where(
            rollup.c.model_version_id == model_version_id,
            rollup.c.grain == _KEPT_FOR.get(grain, grain).value,
            in_sector,
            rollup.c.label_id.in_(["", *labels]),
            *_conditions(chosen),
        )
        .group_by(*columns.values(), rollup.c.label_id, rollup.c.bin)
        .order_by(*columns.values(), rollup.c.label_id, rollup.c.bin)
    )
    frame = pd.DataFrame(connection.execute(query).all(), columns=[*by, "label_id", "bin", "n"])
    return frame.astype({"n": "int64"})


_STRATA = {
    "source": source.c.name,
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
        .where(*own, rollup.c.sector_id == chosen.sector, rollup.c.label_id.in_(["", *labels]), *_conditions(chosen))
        .group_by(rollup.c.jurisdiction, rollup.c.label_id)
        .order_by(rollup.c.jurisdiction, rollup.c.label_id)
    )
    frame = pd.DataFrame(connection.execute(query).all(), columns=["jurisdiction", "label_id", "n"])
    return frame.astype({"n": "int64"})


def _conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.first:
        conditions.append(rollup.c.bin >= chosen.first)
    if chosen.last:
        conditions.append(rollup.c.bin <= chosen.last)
    if chosen.sources:
        conditions.append(rollup.c.source_id.in_(select(source.c.id).where(source.c.name.in_(chosen.sources))))
    if chosen.langs:
        conditions.append(rollup.c.lang.in_(chosen.langs))
    if chosen.jurisdictions:
        conditions.append(rollup.c.jurisdiction.in_(chosen.jurisdictions))
    return conditions


def count_imprecise(connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter) -> int:
    """Return how many tagged stories of the period are dated too coarsely to be counted at the grain.

    They are those that a coarser kept grain counts beyond the ones this grain does, over the years of the period.
    """
    kept = _KEPT_FOR.get(grain, grain)
    first = Grain.YEAR.floor(chosen.first) if chosen.first else None
    last = Grain.YEAR.next(Grain.YEAR.floor(chosen.last)) - timedelta(days=1) if chosen.last else None
    of_years = replace(chosen, first=first, last=last)
    n = func.coalesce(func.sum(rollup.c.n), 0)
    own = (rollup.c.model_version_id == model_version_id, rollup.c.sector_id == chosen.sector, rollup.c.label_id == "")
    totals = {}
    for each in (kept, Grain.YEAR):
        query = select(n).where(*own, rollup.c.grain == each.value, *_conditions(of_years))
        totals[each] = int(connection.execute(query).scalar_one())
    return totals[Grain.YEAR] - totals[kept]


def dated_range(connection: Connection, *, model_version_id: str) -> tuple[date, date] | None:
    """Return the first and last day of the bins that hold tagged stories, or None where there are none.

    The days are exact but where the outermost documents are dated to a month or year only: then its ends count.
    """
    query = (
        select(rollup.c.grain, func.min(rollup.c.bin), func.max(rollup.c.bin))
        .where(
            rollup.c.model_version_id == model_version_id,
            rollup.c.grain.in_([g.value for g in KEPT_GRAINS]),
            rollup.c.sector_id == "",
            rollup.c.label_id == "",
        )
        .group_by(rollup.c.grain)
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
