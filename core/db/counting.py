"""Counting stories into the roll-ups in the transaction that changes their labels; charts read core.db.rollups."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.db.rollups import ANY, ANY_SECTOR, KEPT_GRAINS, PAIR_GRAINS
from core.db.tables import document, document_label, rollup, rollup_total, tagging
from core.domain.filters import PRECISIONS_OF_GRAIN

Counts = dict[Table, Counter[tuple[Any, ...]]]


def add_to_rollup(
    connection: Connection, document_ids: Sequence[int], *, sign: int = 1, model_version_id: str | None = None
) -> None:
    """Count the documents' current taggings in (sign 1) or out (sign -1), of every model version or of one."""
    for table, counts in _counts(connection, document_ids).items():
        own = {key: sign * n for key, n in counts.items() if model_version_id in (None, key[0])}
        _upsert(connection, table, Counter(own))


@contextmanager
def recounted(connection: Connection, document_ids: Sequence[int]) -> Iterator[None]:
    """Count documents out of the roll-ups and, once the caller has changed their labels, in again."""
    lock_documents(connection, document_ids)
    before = _counts(connection, document_ids)
    yield
    for table, changes in _counts(connection, document_ids).items():
        changes.subtract(before[table])
        _upsert(connection, table, Counter({key: n for key, n in changes.items() if n}))


def lock_documents(connection: Connection, document_ids: Sequence[int]) -> set[int]:
    """Let no other transaction change what these documents count until this one ends; return those that are stored.

    SQLite has one writer at a time anyway.
    """
    query = select(document.c.id).where(document.c.id.in_(document_ids)).order_by(document.c.id)
    return set(connection.execute(query.with_for_update(key_share=True)).scalars())


def _counts(connection: Connection, document_ids: Sequence[int]) -> Counts:
    counts: Counts = {rollup: Counter(), rollup_total: Counter()}
    labels = _labels(connection, document_ids)
    for row in _countable(connection, document_ids):
        own = labels.get((row.document_id, row.model_version_id), [])
        sectors = ["", *(label for label in own if label.startswith("sector."))]
        single = [("", label) for label in ("", *own, *([ANY] if own else []), *([ANY_SECTOR] if sectors[1:] else []))]
        pairs = list(combinations(own, 2))
        for grain in KEPT_GRAINS:
            if row.date_precision not in PRECISIONS_OF_GRAIN[grain]:
                continue
            start = grain.floor(row.day)
            facts = (row.source_id, row.lang, row.jurisdiction)
            counts[rollup].update(
                (row.model_version_id, grain.value, sector, label, start, *facts)
                for sector in sectors
                for label in ("", *own)
            )
            counts[rollup_total].update(
                (row.model_version_id, grain.value, *both, start, row.lang)
                for both in (single + pairs if grain in PAIR_GRAINS else single)
            )
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
    """Return each document's labels by model version, in the order of the alphabet."""
    query = select(document_label.c.document_id, document_label.c.model_version_id, document_label.c.label_id)
    found: dict[tuple[int, str], list[str]] = {}
    for row in connection.execute(query.where(document_label.c.document_id.in_(document_ids))):
        found.setdefault((row.document_id, row.model_version_id), []).append(row.label_id)
    return {key: sorted(own) for key, own in found.items()}


def _upsert(connection: Connection, table: Table, counts: Counter[tuple[Any, ...]]) -> None:
    if not counts:
        return
    key = [column.name for column in table.primary_key]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    statement = statement.on_conflict_do_update(index_elements=key, set_={"n": table.c.n + statement.excluded.n})
    # sorted: two workers that count in at once take PostgreSQL's row locks in the same order
    rows = [dict(zip(key, values, strict=True), n=n) for values, n in sorted(counts.items())]
    connection.execute(statement, rows)
    if lowered := [{f"_{name}": value for name, value in row.items()} for row in rows if row["n"] < 0]:
        own = [table.c[name] == bindparam(f"_{name}") for name in key]  # by key: a scan would take longer than the rest
        connection.execute(delete(table).where(and_(*own), table.c.n <= 0), lowered)
