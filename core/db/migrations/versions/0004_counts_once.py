"""Counts of stories anew where several model versions have tagged: each had counted the earlier ones again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT count(DISTINCT model_version_id) FROM tagging")).scalar_one() < 2:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    months = ("substr(d.day, 1, 7) || '-01'", "substr(d.day, 1, 4) || '-01-01'")
    truncated = ("date_trunc('month', d.day)::date", "date_trunc('year', d.day)::date")
    month, year = months if is_sqlite else truncated
    op.execute("DELETE FROM rollup")
    for grain, start, precisions in (
        ("day", "d.day", "('day')"),
        ("month", month, "('day', 'month')"),
        ("year", year, "('day', 'month', 'year')"),
    ):
        op.execute(_COUNT.format(grain=grain, start=start, precisions=precisions))


_COUNT = """
INSERT INTO rollup (model_version_id, grain, sector_id, label_id, bin, source_id, lang, jurisdiction, n)
SELECT s.model_version_id, '{grain}', s.label_id, l.label_id, {start}, d.source_id, d.lang, d.jurisdiction, count(*)
FROM document d
JOIN (
    SELECT document_id, model_version_id, '' AS label_id FROM tagging
    UNION ALL
    SELECT document_id, model_version_id, label_id FROM document_label WHERE label_id LIKE 'sector.%'
) s ON s.document_id = d.id
JOIN (
    SELECT document_id, model_version_id, '' AS label_id FROM tagging
    UNION ALL SELECT document_id, model_version_id, label_id FROM document_label
) l ON l.document_id = d.id AND l.model_version_id = s.model_version_id
WHERE d.is_lead AND d.day IS NOT NULL AND d.date_precision IN {precisions}
GROUP BY s.model_version_id, s.label_id, l.label_id, {start}, d.source_id, d.lang, d.jurisdiction
"""
