"""The label tree and the model versions that the database knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from core.db.tables import label, model_alias, model_version, revision
from core.domain.taxonomy import Taxonomy
from core.errors import MissingError

CHAMPION = "champion"


@dataclass(frozen=True)
class ModelVersion:
    """One trained classifier: `label_ids` is the order of its probabilities."""

    id: str
    taxonomy_version: str
    method: str
    label_ids: list[str]
    thresholds: dict[str, float]
    metrics: dict[str, Any]
    folder: str
    created_at: datetime


def save_taxonomy(connection: Connection, taxonomy: Taxonomy) -> None:
    """Store a version of the label tree, replacing rows of the same version."""
    connection.execute(delete(label).where(label.c.taxonomy_version == taxonomy.version))
    rows = [
        {
            "taxonomy_version": taxonomy.version,
            "id": item.id,
            "position": position,
            "kind": item.kind.value,
            "parent": item.parent,
            "name_en": item.name_en,
            "name_zh": item.name_zh,
            "definition_en": item.definition_en,
            "definition_zh": item.definition_zh,
        }
        for position, item in enumerate(taxonomy.labels)
    ]
    connection.execute(insert(label), rows)


def add_model_version(connection: Connection, version: ModelVersion) -> None:
    """Store a model version unless it is known."""
    if connection.execute(select(model_version.c.id).where(model_version.c.id == version.id)).first() is None:
        connection.execute(insert(model_version).values(**vars(version)))


def set_champion(connection: Connection, model_version_id: str) -> None:
    """Make a model version the one whose word is shown."""
    connection.execute(delete(model_alias).where(model_alias.c.alias == CHAMPION))
    connection.execute(insert(model_alias).values(alias=CHAMPION, model_version_id=model_version_id))


def find_champion(connection: Connection) -> ModelVersion | None:
    """Return the model version whose word is shown, or None before the first is installed."""
    query = select(model_version).join_from(model_alias, model_version).where(model_alias.c.alias == CHAMPION)
    row = connection.execute(query).mappings().one_or_none()
    return ModelVersion(**row) if row else None


def get_model_version(connection: Connection, model_version_id: str) -> ModelVersion:
    """Return a model version; raise MissingError where there is none of that id."""
    row = (
        connection.execute(select(model_version).where(model_version.c.id == model_version_id)).mappings().one_or_none()
    )
    if row is None:
        known = sorted(connection.execute(select(model_version.c.id)).scalars())
        raise MissingError(
            "There is no model version {asked}; known are: {known}.", asked=model_version_id, known=", ".join(known)
        )
    return ModelVersion(**row)


def bump_revision(connection: Connection) -> None:
    """Say that documents, taggings or models changed; whoever caches what it read compares the number."""
    connection.execute(revision.update().values(n=revision.c.n + 1))


def get_revision(connection: Connection) -> int:
    """Return the number of changes so far."""
    return int(connection.execute(select(revision.c.n)).scalar_one())
