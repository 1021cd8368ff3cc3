"""The first schema."""

import sqlalchemy as sa
from alembic import op

from core.db.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.execute(sa.text("INSERT INTO revision (id, n) VALUES (1, 0)"))
    if op.get_bind().dialect.name == "sqlite":
        # contentless: the words are derived from document.text, which is stored once
        op.execute(
            "CREATE VIRTUAL TABLE document_search USING fts5("
            "title, body, content='', tokenize='unicode61 remove_diacritics 2')"
        )
    else:
        op.execute(
            "CREATE TABLE document_search ("
            "document_id integer PRIMARY KEY REFERENCES document(id) ON DELETE CASCADE, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_document_search_words ON document_search USING gin (words)")
