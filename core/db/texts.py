"""Texts of stored documents, for what learns from texts without labels."""

from sqlalchemy import Connection, func, select

from core.db.tables import document

BEGINNING = 4000
"""Characters of a document that are read: more than an encoder takes at once."""


def list_texts(connection: Connection, *, limit: int) -> list[tuple[str, str]]:
    """Return (title, beginning of the text) of documents, one a story, newest first."""
    query = (
        select(document.c.title, func.substr(document.c.text, 1, BEGINNING).label("text"))
        .where(document.c.is_lead)
        .order_by(document.c.id.desc())
        .limit(limit)
    )
    return [(row.title, row.text) for row in connection.execute(query)]
