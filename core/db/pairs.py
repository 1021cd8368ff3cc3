"""How many stories carry two labels together: read from the roll-ups, or counted where a filter asks for more."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, and_, func, literal, select

from core.db.matching import matching
from core.db.rollups import ANY, ANY_SECTOR, PAIR_GRAINS, conditions_of, kept_grain
from core.db.tables import document, document_label, rollup_total
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter

COLUMNS = ["first", "second", "bin", "n"]


def count_pairs(
    connection: Connection, *, model_version_id: str, grain: Grain, chosen: Filter, labels: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the stories that a trend of the grain counts, by what they carry: first, second, bin (date), n.

    Rows are '' and a label, '' and ANY (any label), '' and ANY_SECTOR, and two labels in the order of code points.
    With `labels` the bins are those of the kept grain or days, and only rows of these labels and ANY are returned;
    without, there is one row for the whole period, whose bin is None.
    """
    kept = kept_grain(grain)
    is_total = not (chosen.sources or chosen.jurisdictions or chosen.sector)
    if is_total and kept in PAIR_GRAINS:
        rows = connection.execute(_of_rollup(model_version_id, kept, chosen, labels)).all()
    else:
        within = DocumentFilter(**vars(chosen), counted_at=grain)
        rows = [
            row for query in _scans(connection, model_version_id, within, labels) for row in connection.execute(query)
        ]
    return pd.DataFrame([(*sorted(row[:2]), *row[2:]) for row in rows], columns=COLUMNS).astype({"n": "int64"})


def _of_rollup(model_version_id: str, kept: Grain, chosen: Filter, labels: Sequence[str]) -> Select[Any]:
    own = rollup_total.c
    conditions = [
        own.model_version_id == model_version_id,
        own.grain == kept.value,
        own.second != "",
        *conditions_of(rollup_total, chosen),
    ]
    if labels:
        conditions += [own.first.in_(["", *labels]), own.second.in_([*labels, ANY])]
        return (
            select(own.first, own.second, own.bin, func.sum(own.n))
            .where(*conditions)
            .group_by(own.first, own.second, own.bin)
        )
    query = select(own.first, own.second, literal(None), func.sum(own.n))
    return query.where(*conditions).group_by(own.first, own.second)


def _scans(
    connection: Connection, model_version_id: str, chosen: DocumentFilter, labels: Sequence[str]
) -> list[Select[Any]]:
    day = document.c.day if labels else literal(None)
    one, other = document_label.alias("one"), document_label.alias("other")
    own = one.c.model_version_id == model_version_id
    stories = document.join(one, one.c.document_id == document.c.id)
    both = stories.join(
        other,
        and_(
            other.c.document_id == one.c.document_id,
            other.c.model_version_id == model_version_id,
            one.c.label_id < other.c.label_id,
        ),
    )
    n, distinct = func.count(), func.count(document.c.id.distinct())
    wanted = [c.label_id.in_(labels) if labels else own for c in (one.c, other.c)]
    queries: list[Select[Any]] = [
        select(literal(""), literal(ANY), day, distinct).select_from(stories).where(own),
        select(literal(""), one.c.label_id, day, n).select_from(stories).where(own, wanted[0]).group_by(one.c.label_id),
        select(one.c.label_id, other.c.label_id, day, n)
        .select_from(both)
        .where(own, *wanted)
        .group_by(one.c.label_id, other.c.label_id),
    ]
    if not labels:
        in_sector = one.c.label_id.like("sector.%")
        queries.append(
            select(literal(""), literal(ANY_SECTOR), day, distinct).select_from(stories).where(own, in_sector)
        )
    dated = document.c.day.is_not(None)
    grouped = [query.group_by(document.c.day) if labels else query for query in queries]
    return [matching(connection, query.where(dated), chosen, model_version_id) for query in grouped]
