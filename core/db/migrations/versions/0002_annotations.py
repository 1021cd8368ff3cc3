"""Annotations, and what the model itself decided beside what holds after them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=True),
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model_version_id", sa.Text(), nullable=True),
        sa.Column("taxonomy_version", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_annotation_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_version.id"], name=op.f("fk_annotation_model_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_document_id"), "annotation", ["document_id"], unique=False)
    op.add_column("document_label", sa.Column("by_human", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tagging", sa.Column("labels", sa.JSON(), nullable=False, server_default="[]"))
    # until now nobody could correct anything: the labels that hold are what the model decided
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_KEEP_DECISIONS if is_sqlite else _KEEP_DECISIONS.replace("json_group_array", "json_agg"))


_KEEP_DECISIONS = """
UPDATE tagging SET labels = own.labels FROM (
    SELECT document_id, model_version_id, json_group_array(label_id) AS labels
    FROM document_label GROUP BY document_id, model_version_id
) AS own
WHERE own.document_id = tagging.document_id AND own.model_version_id = tagging.model_version_id
"""
