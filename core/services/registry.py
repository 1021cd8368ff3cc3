"""The model registry: which classifiers there are, and which one is the champion, whose word is shown."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.db import jobs as job_rows
from core.db import models, promotions, taggings
from core.db.engine import Connection
from core.db.promotions import Promotion
from core.domain.jobs import JobKind, JobState
from core.errors import InputError, MissingError, ModelError
from core.services.workspace import DEFAULT_MODEL, Workspace, model_folder, now


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


@dataclass(frozen=True)
class Promoted:
    """What came of a promotion or a rollback."""

    promotion: Promotion
    job_id: int | None
    """The job that tags what the new champion has not tagged; None where it has tagged everything."""


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


def promote(workspace: Workspace, reference: str, reason: str, *, author: str) -> Promoted:
    """Make a model version the champion and queue the tagging of what it has not tagged.

    Raise InputError where it is the champion already, ModelError where its files are gone.
    """
    version = find_model(workspace, reference)
    require_files(workspace, version)
    with workspace.database.writing() as connection:
        models.bump_revision(connection)  # first: its row is the lock that two promotions at once wait for
        champion = models.find_champion(connection)
        if champion is None or champion.id == version.id:
            raise InputError("The model {version} is the champion already.", version=version.id)
        return _take_over(connection, version, _said(version.id, champion.id, author, reason))


def rollback(workspace: Workspace, *, author: str) -> Promoted:
    """Give the word back to the champion's predecessor; what it tagged before shows at once.

    Raise MissingError where the champion was not promoted by anyone, ModelError where the predecessor's files are gone.
    """
    with workspace.database.writing() as connection:
        models.bump_revision(connection)  # see promote
        standing = _standing(connection)
        if standing is None:
            raise MissingError("There is nothing to roll back: nobody promoted the model that is the champion now.")
        version = models.get_model_version(connection, standing.from_version_id)
        require_files(workspace, version)
        said = _said(version.id, standing.model_version_id, author, "", undoes_id=standing.id)
        return _take_over(connection, version, said)


def _said(to: str, from_: str, author: str, reason: str, *, undoes_id: int | None = None) -> Promotion:
    author, reason = " ".join(author.split()), " ".join(reason.split())
    return Promotion(0, to, from_, author, reason, now(), undoes_id)


def _standing(connection: Connection) -> Promotion | None:
    champion = models.find_champion(connection)
    return promotions.last_standing(connection, champion.id) if champion else None


def _take_over(connection: Connection, version: models.ModelVersion, said: Promotion) -> Promoted:
    models.set_champion(connection, version.id)
    return Promoted(promotions.add_promotion(connection, said), _queue_tagging(connection, version))


def _queue_tagging(connection: Connection, version: models.ModelVersion) -> int | None:
    if not taggings.count_untagged(connection, model_version_id=version.id):
        return None
    for waiting in job_rows.list_jobs(connection, states=[JobState.QUEUED], limit=1000):
        if waiting.kind is JobKind.TAGGING and waiting.title == version.id:
            return waiting.id
    return job_rows.add_job(connection, kind=JobKind.TAGGING, title=version.id, params={}, now=now())


def predecessor(workspace: Workspace) -> models.ModelVersion | None:
    """Return the model version that a rollback leads to, or None where there is none whose files are here."""
    with workspace.database.reading() as connection:
        standing = _standing(connection)
        version = models.get_model_version(connection, standing.from_version_id) if standing else None
    return version if version and describe(workspace, version) else None


def list_promotions(workspace: Workspace) -> list[Promotion]:
    """Return who made which model the champion, when and why, newest first; rollbacks undo a promotion."""
    with workspace.database.reading() as connection:
        return promotions.list_promotions(connection)
