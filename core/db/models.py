"""The label tree and the model versions that the database knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.db.tables import label, model_alias, model_version, revision
from core.domain.taxonomy import Taxonomy
from core.errors import InputError, MissingError

CHAMPION = "champion"
CANDIDATE = "candidate"


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


def set_alias(connection: Connection, alias: str, model_version_id: str) -> None:
    """Let an alias stand for a model version, and for no other."""
    remove_alias(connection, alias)
    connection.execute(insert(model_alias).values(alias=alias, model_version_id=model_version_id))


def remove_alias(connection: Connection, alias: str) -> None:
    """Let an alias stand for nothing."""
    connection.execute(delete(model_alias).where(model_alias.c.alias == alias))


def list_aliases(connection: Connection) -> dict[str, str]:
    """Return the model version that each alias stands for."""
    query = select(model_alias.c.alias, model_alias.c.model_version_id).order_by(model_alias.c.alias)
    return {row.alias: row.model_version_id for row in connection.execute(query)}


def set_champion(connection: Connection, model_version_id: str) -> None:
    """Make a model version the one whose word is shown; it is no candidate any more."""
    set_alias(connection, CHAMPION, model_version_id)
    if list_aliases(connection).get(CANDIDATE) == model_version_id:
        remove_alias(connection, CANDIDATE)


def find_champion(connection: Connection) -> ModelVersion | None:
    """Return the model version whose word is shown, or None before the first is installed."""
    query = select(model_version).join_from(model_alias, model_version).where(model_alias.c.alias == CHAMPION)
    row = connection.execute(query).mappings().one_or_none()
    return ModelVersion(**row) if row else None


def list_model_versions(connection: Connection) -> list[ModelVersion]:
    """Return all model versions, newest first."""
    query = select(model_version).order_by(model_version.c.created_at.desc(), model_version.c.id)
    return [ModelVersion(**row) for row in connection.execute(query).mappings()]


def move_model_version(connection: Connection, model_version_id: str, folder: str) -> None:
    """Say that a model version's files lie in another folder."""
    connection.execute(update(model_version).where(model_version.c.id == model_version_id).values(folder=folder))


def get_model_version(connection: Connection, reference: str) -> ModelVersion:
    """Return the model version of an alias, an id or the beginning of an id.

    Raise MissingError where there is none, InputError where several ids begin like that.
    """
    wanted = list_aliases(connection).get(reference, reference)
    query = select(model_version).where(model_version.c.id.startswith(wanted, autoescape=True))
    found = {row["id"]: row for row in connection.execute(query).mappings()}
    if wanted not in found and len(found) > 1:
        raise InputError(
            "Several model versions begin with {asked}: {known}; write more of the id.",
            asked=reference,
            known=", ".join(sorted(found)),
        )
    if not found:
        known = sorted(connection.execute(select(model_version.c.id)).scalars())
        raise MissingError(
            "There is no model version {asked}; known are: {known}.", asked=reference, known=", ".join(known)
        )
    return ModelVersion(**found.get(wanted) or next(iter(found.values())))


def bump_revision(connection: Connection) -> None:
    """Say that documents, taggings or models changed; whoever caches what it read compares the number."""
    connection.execute(revision.update().values(n=revision.c.n + 1))


def get_revision(connection: Connection) -> int:
    """Return the number of changes so far."""
    return int(connection.execute(select(revision.c.n)).scalar_one())
