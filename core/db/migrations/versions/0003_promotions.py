"""Which model version took over from which, when, by whose word and why."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_version_id", sa.Text(), nullable=False),
        sa.Column("from_version_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["model_version_id"], ["model_version.id"], name=op.f("fk_promotion_model_version_id")),
        sa.ForeignKeyConstraint(["from_version_id"], ["model_version.id"], name=op.f("fk_promotion_from_version_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["promotion.id"], name=op.f("fk_promotion_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_promotion_undoes_id")),
    )
