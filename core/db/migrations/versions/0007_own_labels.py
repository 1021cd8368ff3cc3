"""Labels that users add to the tree, and what is said of documents by a label's description alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "own_label",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("definition_en", sa.Text(), nullable=False),
        sa.Column("definition_zh", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_label")),
    )
    op.create_table(
        "zero_shot",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_zero_shot_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["label_id"], ["own_label.id"], name=op.f("fk_zero_shot_label_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("label_id", "document_id", name=op.f("pk_zero_shot")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_zero_shot_document_id"), "zero_shot", ["document_id"], unique=False)
