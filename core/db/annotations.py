"""What humans said of documents: rows are added and revoked, never changed otherwise.

What follows from them for a document's labels is `core.db.taggings`' business.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from core.db.tables import annotation, document, own_label
from core.domain.annotations import Annotation, Verdict


def add_annotation(connection: Connection, said: Annotation) -> Annotation:
    """Store an annotation and return it with the id that it got."""
    row = {name: value for name, value in vars(said).items() if name != "id"}
    query = insert(annotation).values(**row).returning(annotation)
    return _annotation(connection.execute(query).one())


def revoke_annotation(connection: Connection, annotation_id: int, *, now: datetime) -> Annotation | None:
    """Revoke an annotation and return it, or None where no such one stands."""
    own = (annotation.c.id == annotation_id, annotation.c.revoked_at.is_(None))
    row = connection.execute(update(annotation).where(*own).values(revoked_at=now).returning(annotation)).one_or_none()
    return _annotation(row) if row else None


def list_annotations(connection: Connection, document_id: int) -> list[Annotation]:
    """Return everything that was said of a document and its passages, oldest first, what was revoked included."""
    query = select(annotation).where(annotation.c.document_id == document_id).order_by(annotation.c.id)
    return [_annotation(row) for row in connection.execute(query)]


def find_last_annotation(connection: Connection, document_id: int, *, author: str) -> Annotation | None:
    """Return the latest standing annotation of a document or its passages by a person."""
    own = (annotation.c.document_id == document_id, annotation.c.author == author, annotation.c.revoked_at.is_(None))
    row = connection.execute(select(annotation).where(*own).order_by(annotation.c.id.desc()).limit(1)).one_or_none()
    return _annotation(row) if row else None


def standing_verdicts(connection: Connection, document_ids: Sequence[int]) -> dict[int, list[tuple[str, Verdict]]]:
    """Return what stands of whole documents as (label, verdict), oldest first; passages are left out.

    So is what was said of a label that its author took out of the tree, for as long as it is out.
    """
    gone = select(own_label.c.id).where(own_label.c.removed_at.is_not(None))
    query = (
        select(annotation.c.document_id, annotation.c.label_id, annotation.c.verdict)
        .where(annotation.c.document_id.in_(document_ids), annotation.c.label_id.not_in(gone), *_OF_DOCUMENTS)
        .order_by(annotation.c.id)
    )
    found: dict[int, list[tuple[str, Verdict]]] = {}
    for document_id, label_id, verdict in connection.execute(query):
        found.setdefault(document_id, []).append((label_id, Verdict(verdict)))
    return found


def annotated_documents(connection: Connection) -> list[Row[Any]]:
    """Return id, lang, day, date_precision, title, text of documents that an annotation stands for, by id."""
    columns = (
        document.c.id,
        document.c.lang,
        document.c.day,
        document.c.date_precision,
        document.c.title,
        document.c.text,
    )
    own = select(annotation.c.document_id).where(*_OF_DOCUMENTS)
    return list(connection.execute(select(*columns).where(document.c.id.in_(own)).order_by(document.c.id)))


def count_annotated(connection: Connection) -> int:
    """Return how many documents an annotation stands for, passages' left out."""
    query = select(annotation.c.document_id).where(*_OF_DOCUMENTS).distinct()
    return len(connection.execute(query).all())


_OF_DOCUMENTS = (annotation.c.passage.is_(None), annotation.c.revoked_at.is_(None))


def _annotation(row: Row[Any]) -> Annotation:
    return Annotation(**{**row._mapping, "verdict": Verdict(row.verdict)})
