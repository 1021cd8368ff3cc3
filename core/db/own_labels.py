"""Labels that users added, and what their descriptions alone (zero-shot) say of documents.

How that is laid beside a model's word is `core.db.taggings`' business.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from core.db.tables import annotation, document, job_item, own_label, zero_shot
from core.domain.annotations import Verdict
from core.domain.own_labels import OwnLabel


class ZeroShot(NamedTuple):
    """What a label's description says of a document."""

    document_id: int
    label_id: str
    probability: float
    holds: bool
    """Whether the probability is over the threshold; whether the label is given depends on the label above it too."""


def list_own_labels(connection: Connection, *, removed: bool = False) -> list[OwnLabel]:
    """Return the labels that users added and that are in the tree, oldest first; or those that were removed again."""
    chosen = own_label.c.removed_at.is_not(None) if removed else own_label.c.removed_at.is_(None)
    query = select(own_label).where(chosen).order_by(own_label.c.created_at, own_label.c.id)
    return [OwnLabel(**row._mapping) for row in connection.execute(query)]


def add_own_label(connection: Connection, own: OwnLabel) -> None:
    """Store a label; one of the same id that was removed gives way, with what its description said."""
    connection.execute(delete(zero_shot).where(zero_shot.c.label_id == own.id))
    connection.execute(delete(own_label).where(own_label.c.id == own.id, own_label.c.removed_at.is_not(None)))
    connection.execute(insert(own_label).values(**vars(own)))


def set_removed(connection: Connection, label_id: str, removed_at: datetime | None) -> bool:
    """Remove a label, or with None bring it back; return whether that changed anything."""
    is_removed = own_label.c.removed_at.is_not(None)
    own = (own_label.c.id == label_id, is_removed if removed_at is None else ~is_removed)
    return bool(connection.execute(update(own_label).where(*own).values(removed_at=removed_at)).rowcount)


def save_zero_shot(connection: Connection, found: Iterable[ZeroShot]) -> None:
    """Store what labels' descriptions say of documents, in place of what they said before; gone documents are left."""
    rows = list(found)
    present = set(
        connection.execute(select(document.c.id).where(document.c.id.in_({row.document_id for row in rows}))).scalars()
    )
    for row in rows:
        own = (zero_shot.c.document_id == row.document_id, zero_shot.c.label_id == row.label_id)
        connection.execute(delete(zero_shot).where(*own))
    if fresh := [row._asdict() for row in rows if row.document_id in present]:
        connection.execute(insert(zero_shot), fresh)


def zero_shot_of(connection: Connection, document_ids: Sequence[int]) -> dict[int, dict[str, ZeroShot]]:
    """Return what the descriptions of labels that are in the tree say of each of the documents, by label."""
    query = select(zero_shot).join_from(zero_shot, own_label).where(own_label.c.removed_at.is_(None))
    found: dict[int, dict[str, ZeroShot]] = {}
    for row in connection.execute(query.where(zero_shot.c.document_id.in_(document_ids))):
        found.setdefault(row.document_id, {})[row.label_id] = ZeroShot(**row._mapping)
    return found


def documents_of_label(connection: Connection, label_id: str) -> list[int]:
    """Return the documents that a label's description or a person's word may give it to."""
    of_description = select(zero_shot.c.document_id).where(zero_shot.c.label_id == label_id, zero_shot.c.holds)
    of_people = select(annotation.c.document_id).where(annotation.c.label_id == label_id)
    return sorted(connection.execute(of_description.union(of_people)).scalars())


def waiting(label_ids: Sequence[str], job_id: int | None) -> ColumnElement[bool]:
    """Return the condition that a document (of a job, or any) has not been compared with each of the labels."""
    done = select(func.count()).select_from(zero_shot)
    own = (zero_shot.c.document_id == document.c.id, zero_shot.c.label_id.in_(label_ids))
    condition = done.where(*own).scalar_subquery() < len(label_ids)
    if job_id is None:
        return condition
    return condition & document.c.job_item_id.in_(select(job_item.c.id).where(job_item.c.job_id == job_id))


def count_examples(connection: Connection) -> dict[str, int]:
    """Return how many documents a standing word of a person gives each label to."""
    said = (annotation.c.verdict == Verdict.PRESENT.value, annotation.c.passage.is_(None))
    query = select(annotation.c.label_id, func.count(annotation.c.document_id.distinct()).label("n"))
    query = query.where(*said, annotation.c.revoked_at.is_(None)).group_by(annotation.c.label_id)
    return {row.label_id: row.n for row in connection.execute(query)}
