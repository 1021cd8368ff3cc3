"""Counts over all sources and jurisdictions, of labels and of two together (core.db.rollups), and wider indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "rollup_total",
        sa.Column("model_version_id", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("bin", sa.Date(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_version.id"], name=op.f("fk_rollup_total_model_version_id")
        ),
        sa.PrimaryKeyConstraint(
            "model_version_id", "grain", "first", "second", "bin", "lang", name=op.f("pk_rollup_total")
        ),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_document_day_id", "document")
    found = ["day", "id", "is_lead", "date_precision", "lang", "jurisdiction", "source_id"]
    op.create_index("ix_document_found", "document", found)
    op.drop_index("ix_document_label_document_id", "document_label")
    op.create_index("ix_document_label_document_model", "document_label", ["document_id", "model_version_id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    months = ("substr(d.day, 1, 7) || '-01'", "substr(d.day, 1, 4) || '-01-01'")
    truncated = ("date_trunc('month', d.day)::date", "date_trunc('year', d.day)::date")
    month, year = months if is_sqlite else truncated
    op.execute(_SINGLE)
    for grain, start, precisions in (
        ("day", "d.day", "('day')"),
        ("month", month, "('day', 'month')"),
        ("year", year, "('day', 'month', 'year')"),
    ):
        filled = {"grain": grain, "start": start, "precisions": precisions}
        op.execute(_ANY.format(name="*", which="%", **filled))
        op.execute(_ANY.format(name="sector.*", which="sector.%", **filled))
        if grain != "day":
            # code points decide the order, as they do where the app counts
            op.execute(_PAIRS.format(collation="" if is_sqlite else 'COLLATE "C"', **filled))


_SINGLE = """
INSERT INTO rollup_total (model_version_id, grain, first, second, bin, lang, n)
SELECT model_version_id, grain, '', label_id, bin, lang, sum(n) FROM rollup
WHERE sector_id = '' GROUP BY model_version_id, grain, label_id, bin, lang
"""
_ANY = """
INSERT INTO rollup_total (model_version_id, grain, first, second, bin, lang, n)
SELECT t.model_version_id, '{grain}', '', '{name}', {start}, d.lang, count(*)
FROM tagging t JOIN document d ON d.id = t.document_id
WHERE d.is_lead AND d.day IS NOT NULL AND d.date_precision IN {precisions} AND EXISTS (
    SELECT 1 FROM document_label l
    WHERE l.document_id = d.id AND l.model_version_id = t.model_version_id AND l.label_id LIKE '{which}'
) GROUP BY t.model_version_id, {start}, d.lang
"""
_PAIRS = """
INSERT INTO rollup_total (model_version_id, grain, first, second, bin, lang, n)
SELECT a.model_version_id, '{grain}', a.label_id, b.label_id, {start}, d.lang, count(*)
FROM document_label a
JOIN document_label b ON b.document_id = a.document_id AND b.model_version_id = a.model_version_id
    AND a.label_id {collation} < b.label_id {collation}
JOIN document d ON d.id = a.document_id
WHERE d.is_lead AND d.day IS NOT NULL AND d.date_precision IN {precisions}
GROUP BY a.model_version_id, a.label_id, b.label_id, {start}, d.lang
"""
