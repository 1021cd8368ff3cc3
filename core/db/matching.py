"""Which documents fit a filter, as conditions of a query that finds them along indexes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, cast, exists, func, select

from core.db import search
from core.db.tables import document, document_label, job_item, source, tagging
from core.domain.filters import PRECISIONS_OF_GRAIN, DocumentFilter

COMMON = 5000
"""A label with so many documents is common."""


def n_labelled(connection: Connection, labels: Sequence[str], model_version_id: str, *, most: int | None = None) -> int:
    """Return how many rows these labels have, counting no further than `most`."""
    own = (document_label.c.model_version_id == model_version_id, document_label.c.label_id.in_(labels))
    rows = select(document_label.c.document_id).where(*own).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())


def matching(connection: Connection, query: Select[Any], chosen: DocumentFilter, model_version_id: str) -> Select[Any]:
    """Narrow a query over documents down to those that fit."""
    carried = [_carried(connection, labels, chosen, model_version_id) for labels in label_sets(chosen)]
    conditions = [*_fact_conditions(chosen), *carried, *_off_topic_conditions(chosen, model_version_id)]
    if chosen.query.strip():
        hit = search.matches(chosen.query, is_sqlite=connection.dialect.name == "sqlite")
        conditions.append(hit if hit is not None else document.c.id.is_(None))
    return query.where(and_(True, *conditions))


def _fact_conditions(chosen: DocumentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.first:
        conditions.append(document.c.day >= chosen.first)
    if chosen.last:
        conditions.append(document.c.day <= chosen.last)
    if chosen.sources:
        conditions.append(document.c.source_id.in_(select(source.c.id).where(source.c.name.in_(chosen.sources))))
    if chosen.langs:
        conditions.append(document.c.lang.in_(chosen.langs))
    if chosen.jurisdictions:
        conditions.append(document.c.jurisdiction.in_(chosen.jurisdictions))
    if chosen.job_id is not None:
        conditions.append(document.c.job_item_id.in_(select(job_item.c.id).where(job_item.c.job_id == chosen.job_id)))
    if chosen.ids:
        conditions.append(document.c.id.in_(chosen.ids))
    if chosen.one_in:
        conditions.append(_drawn(document.c.id, chosen.one_in))
    if chosen.counted_at:
        precisions = [p.value for p in PRECISIONS_OF_GRAIN[chosen.counted_at]]
        conditions += [document.c.is_lead, document.c.date_precision.in_(precisions)]
    return conditions


def _drawn(document_id: ColumnElement[int], one_in: float) -> ColumnElement[bool]:
    """Return whether a document is among those drawn, by Knuth's multiplicative hash of its id."""
    place = cast(document_id, BigInteger) * 2_654_435_761 % 2**32
    return place < int(2**32 / one_in)


def label_sets(chosen: DocumentFilter) -> list[Sequence[str]]:
    """Return sets of labels, of each of which a document has to carry one."""
    sets: list[Sequence[str]] = [[label] for label in chosen.labels] if chosen.together else [chosen.labels]
    return [labels for labels in [*sets, [chosen.sector] if chosen.sector else []] if labels]


def _carried(
    connection: Connection, labels: Sequence[str], chosen: DocumentFilter, model_version_id: str
) -> ColumnElement[bool]:
    """Return whether a document carries any of the labels.

    Documents of rare labels are listed first; where a label is common, the documents found otherwise are asked one by
    one, which finds the latest ones without sorting all.
    """
    own = (document_label.c.model_version_id == model_version_id, document_label.c.label_id.in_(labels))
    carries = exists().where(document_label.c.document_id == document.c.id, *own)
    if chosen.one_in and chosen.first and chosen.last:
        return carries  # few documents lie in a period
    if chosen.one_in:
        # said of the label's rows too, so that the others' documents are not looked up
        drawn = _drawn(document_label.c.document_id, chosen.one_in)
        return document.c.id.in_(select(document_label.c.document_id).where(*own, drawn))
    if n_labelled(connection, labels, model_version_id, most=COMMON) < COMMON:
        return document.c.id.in_(select(document_label.c.document_id).where(*own))
    return carries


def _off_topic_conditions(chosen: DocumentFilter, model_version_id: str) -> list[ColumnElement[bool]]:
    if not chosen.off_topic:
        return []
    own = document_label.c.document_id == document.c.id
    tagged = exists().where(tagging.c.document_id == document.c.id, tagging.c.model_version_id == model_version_id)
    return [~exists().where(own, document_label.c.model_version_id == model_version_id), tagged]
