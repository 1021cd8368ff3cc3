"""The tables; migrations create them, queries use them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, also on SQLite, which keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Store in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return what was stored as aware UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

label = Table(
    "label",
    metadata,
    Column("taxonomy_version", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("definition_en", Text, nullable=False),
    Column("definition_zh", Text, nullable=False),
)

model_version = Table(
    "model_version",
    metadata,
    Column("id", Text, primary_key=True),
    Column("taxonomy_version", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("label_ids", JSON, nullable=False),
    Column("thresholds", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("folder", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

model_alias = Table(
    "model_alias",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("model_version_id", ForeignKey("model_version.id"), nullable=False),
)

promotion = Table(
    "promotion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model_version_id", ForeignKey("model_version.id"), nullable=False),
    Column("from_version_id", ForeignKey("model_version.id"), nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("undoes_id", ForeignKey("promotion.id"), unique=True),
    Column("overrule", Text, nullable=False, default=""),  # why the gate's word was set aside
    Column("verdict", JSON),  # what the gate said, see core.services.promoting
)

labelled_set = Table(
    "labelled_set",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("taxonomy_version", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

labelled_text = Table(
    "labelled_text",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("set_id", ForeignKey("labelled_set.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("date", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("minhash", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("set_id", "external_id"),
)

text_score = Table(
    "text_score",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id"), primary_key=True),
    Column("text_hash", Text, primary_key=True),
    Column("probabilities", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("phase", Text, nullable=False, default=""),
    Column("n_done", Integer, nullable=False, default=0),
    Column("n_total", Integer, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=1),
    Column("params", JSON, nullable=False, default=dict),
    Column("result", JSON, nullable=False, default=dict),
    Column("worker_id", Text),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("error", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("phase_started_at", UtcDateTime),
    Column("phase_first_done", Integer, nullable=False, default=0),
    Column("finished_at", UtcDateTime),
)

job_item = Table(
    "job_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("options", JSON, nullable=False, default=dict),
    Column("status", Text, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("n_documents", Integer, nullable=False, default=0),
    Column("n_passages", Integer, nullable=False, default=0),
    Column("n_duplicates", Integer, nullable=False, default=0),
    Column("n_problems", Integer, nullable=False, default=0),
    Column("n_characters", Integer, nullable=False, default=0),
    Column("reason", JSON),
    Column("problems", JSON, nullable=False, default=list),
)

training_point = Table(
    "training_point",
    metadata,
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("n_steps", Integer, nullable=False),
    Column("epoch", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("loss", Float, nullable=False),
    Column("macro_f1", Float),
    Column("learning_rate", Float, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content_hash", Text, nullable=False, unique=True),
    Column("story_id", Integer, index=True),
    Column("is_lead", Boolean, nullable=False, default=True),
    Column("title", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("day", Date),
    Column("date_precision", Text),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("jurisdiction", Text, nullable=False, default=""),
    Column("url", Text, nullable=False, default=""),
    Column("external_id", Text, nullable=False, default=""),
    Column("locator", Text, nullable=False, default=""),
    Column("job_item_id", ForeignKey("job_item.id", ondelete="SET NULL"), index=True),
    Column("n_characters", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("minhash", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),  # last: listings stop reading a row before its long column
    # in the order of lists, with all that filters ask for, so that finding documents reads no text
    Index("ix_document_found", "day", "id", "is_lead", "date_precision", "lang", "jurisdiction", "source_id"),
    # covers the corpus facts and the pickers' distinct values
    Index("ix_document_facts", "lang", "jurisdiction", "is_lead", "date_precision"),
)

document_band = Table(
    "document_band",
    metadata,
    Column("band", Integer, primary_key=True),
    Column("hash", BigInteger, primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True, index=True),
)

passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    UniqueConstraint("document_id", "ordinal"),
)

tagging = Table(
    "tagging",
    metadata,
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    Column("model_version_id", ForeignKey("model_version.id"), primary_key=True),
    Column("probabilities", LargeBinary, nullable=False),
    Column("passage_probabilities", LargeBinary, nullable=False),
    Column("labels", JSON, nullable=False, default=list),  # the model's own decision, whatever humans say
    Column("tagged_at", UtcDateTime, nullable=False),
)

document_label = Table(
    "document_label",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id"), primary_key=True),
    Column("label_id", Text, primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    Column("probability", Float, nullable=False),
    Column("by_human", Boolean, nullable=False, default=False),
    Index("ix_document_label_document_model", "document_id", "model_version_id"),
    sqlite_with_rowid=False,
)

annotation = Table(
    "annotation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("passage", Integer),
    Column("label_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("model_version_id", ForeignKey("model_version.id")),
    Column("taxonomy_version", Text, nullable=False),
    Column("revoked_at", UtcDateTime),
)

own_label = Table(
    "own_label",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("definition_en", Text, nullable=False),
    Column("definition_zh", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

zero_shot = Table(
    "zero_shot",
    metadata,
    Column("label_id", ForeignKey("own_label.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("probability", Float, nullable=False),
    Column("holds", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

rollup = Table(
    "rollup",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id"), primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("sector_id", Text, primary_key=True),
    Column("label_id", Text, primary_key=True),
    Column("bin", Date, primary_key=True),
    Column("source_id", Integer, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("jurisdiction", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

rollup_total = Table(
    "rollup_total",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id"), primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first", Text, primary_key=True),  # '' or a label
    Column("second", Text, primary_key=True),
    Column("bin", Date, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
)
