"""Imported sets of labelled texts, what versions say of texts that they are measured on, the gate's word."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "labelled_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taxonomy_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_set")),
        sa.UniqueConstraint("name", name=op.f("uq_labelled_set_name")),
    )
    op.create_table(
        "labelled_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("minhash", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["labelled_set.id"], name=op.f("fk_labelled_text_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_text")),
        sa.UniqueConstraint("set_id", "external_id", name=op.f("uq_labelled_text_set_id")),
    )
    op.create_table(
        "text_score",
        sa.Column("model_version_id", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_version.id"], name=op.f("fk_text_score_model_version_id")
        ),
        sa.PrimaryKeyConstraint("model_version_id", "text_hash", name=op.f("pk_text_score")),
        sqlite_with_rowid=False,
    )
    op.add_column("promotion", sa.Column("overrule", sa.Text(), nullable=False, server_default=""))
    op.add_column("promotion", sa.Column("verdict", sa.JSON(), nullable=True))
