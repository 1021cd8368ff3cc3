"""What is computed over many stories at once: their texts and labels, as frames."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select

from core.db.matching import matching
from core.db.tables import document, document_label, source, tagging
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter

MOST_CHARACTERS = 50_000
"""So much of a text is read: a book among the stories must not cost as much as all of them."""
MOST_PARAMETERS = 10_000
"""Of one statement: SQLite takes 32,766."""
_COLUMNS = (
    document.c.id,
    document.c.day,
    document.c.date_precision,
    document.c.lang,
    source.c.name.label("source"),
    document.c.title,
    func.substr(document.c.text, 1, MOST_CHARACTERS).label("text"),
)


def list_texts(
    connection: Connection, chosen: DocumentFilter, *, grain: Grain, model_version_id: str, untagged: bool = True
) -> pd.DataFrame:
    """Return the stories that a trend of the grain counts, by date, then id; without `untagged` the tagged ones only.

    Columns: id, day, date_precision, lang, source, title, text (its first 50,000 characters).
    """
    query = select(*_COLUMNS).join_from(document, source).where(_counted(connection, chosen, grain, model_version_id))
    if not untagged:
        own = (tagging.c.document_id == document.c.id, tagging.c.model_version_id == model_version_id)
        query = query.where(exists().where(*own))
    rows = connection.execute(query.order_by(document.c.day, document.c.id)).all()
    return pd.DataFrame(rows, columns=[column.name for column in _COLUMNS])


def _counted(
    connection: Connection, chosen: DocumentFilter, grain: Grain, model_version_id: str
) -> ColumnElement[bool]:
    """Return whether a document is a story that a trend of the grain counts; found along indexes, without the texts."""
    ids = matching(connection, select(document.c.id), replace(chosen, counted_at=grain), model_version_id)
    return document.c.id.in_(ids.where(document.c.day.is_not(None)).correlate(None))


def list_labels(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> pd.DataFrame:
    """Return the labels of documents, one row a document and label, by document: document_id, label_id.

    A document without a label has no row.
    """
    own = document_label.c
    # no more columns than the index has: the others lie all over the table
    query = select(own.document_id, own.label_id).order_by(own.document_id, own.label_id)
    rows = _of_documents(connection, query.where(own.model_version_id == model_version_id), document_ids)
    return pd.DataFrame(rows, columns=["document_id", "label_id"])


def list_chances(
    connection: Connection, document_ids: Sequence[int], label_id: str, *, model_version_id: str
) -> pd.DataFrame:
    """Return what is said of a label for those documents that carry it: document_id, probability, by_human."""
    own = document_label.c
    query = select(own.document_id, own.probability, own.by_human).order_by(own.document_id)
    query = query.where(own.model_version_id == model_version_id, own.label_id == label_id)
    return pd.DataFrame(
        _of_documents(connection, query, document_ids), columns=["document_id", "probability", "by_human"]
    )


def _of_documents(connection: Connection, query: Select[Any], document_ids: Sequence[int]) -> list[Row[Any]]:
    parts = [document_ids[start : start + MOST_PARAMETERS] for start in range(0, len(document_ids), MOST_PARAMETERS)]
    return [row for part in parts for row in connection.execute(query.where(document_label.c.document_id.in_(part)))]
