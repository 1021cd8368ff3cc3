"""The model registry: which classifiers there are, and what is known of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.db import models, taggings
from core.errors import ModelError
from core.services.workspace import DEFAULT_MODEL, Workspace, model_folder


@dataclass(frozen=True)
class ListedModel:
    """A model version at a glance."""

    version: models.ModelVersion
    aliases: tuple[str, ...]
    n_tagged: int
    """Documents it has tagged."""
    n_examples: int | None
    """Texts it was trained on; None where its files are gone."""

    @property
    def has_files(self) -> bool:
        """Return whether the classifier itself is still here; a replaced default model leaves only its predictions."""
        return self.n_examples is not None

    @property
    def is_default(self) -> bool:
        """Return whether it came with the app, of today or of earlier."""
        return self.version.folder == DEFAULT_MODEL


@dataclass(frozen=True)
class ModelDetails:
    """A model version with all that its folder says of it."""

    listed: ListedModel
    description: dict[str, Any]
    """model.json; empty where the files are gone."""
    card: str


def find_model(workspace: Workspace, reference: str) -> models.ModelVersion:
    """Return the champion for '', else the version of an alias, an id or its beginning; see get_model_version."""
    if reference in ("", models.CHAMPION):
        return workspace.champion()
    with workspace.database.reading() as connection:
        return models.get_model_version(connection, reference)


def list_models(workspace: Workspace) -> list[ListedModel]:
    """Return all model versions, newest first."""
    with workspace.database.reading() as connection:
        versions = models.list_model_versions(connection)
        aliases = models.list_aliases(connection)
        n_tagged = taggings.count_tagged(connection)
    return [
        ListedModel(
            version=version,
            aliases=tuple(alias for alias, wanted in aliases.items() if wanted == version.id),
            n_tagged=n_tagged.get(version.id, 0),
            n_examples=describe(workspace, version).get("n_examples"),
        )
        for version in versions
    ]


def get_model(workspace: Workspace, reference: str) -> ModelDetails:
    """Return a model version with model.json and its card."""
    version = find_model(workspace, reference)
    listed = next(found for found in list_models(workspace) if found.version.id == version.id)
    description = describe(workspace, version)
    card = model_folder(version, workspace.settings) / "MODEL_CARD.md"
    text = card.read_text("utf-8", errors="replace") if description and card.is_file() else ""
    return ModelDetails(listed, description, text)


def describe(workspace: Workspace, version: models.ModelVersion) -> dict[str, Any]:
    """Return a version's model.json, empty where its folder is gone or holds another version by now."""
    from core.ml.model_folder import read_description

    try:
        found = read_description(model_folder(version, workspace.settings))
    except ModelError:
        return {}
    return vars(found) if found.version == version.id else {}


def require_files(workspace: Workspace, version: models.ModelVersion) -> Path:
    """Return where a version's files lie; raise ModelError where they are gone or another version's by now."""
    if not describe(workspace, version):
        raise ModelError(
            "The files of model {version} are gone, so that it cannot tag what is new; import its zip again.",
            version=version.id,
        )
    return model_folder(version, workspace.settings)
