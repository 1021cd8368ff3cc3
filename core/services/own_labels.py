"""Labels that users add to the tree: in use at once by what they are described as, trained once there are examples."""

from dataclasses import dataclass

from core.db import jobs as job_rows
from core.db import models, taggings
from core.db import own_labels as rows
from core.db.engine import Connection
from core.domain.jobs import JobKind
from core.domain.own_labels import TEACHABLE, LabelTexts, OwnLabel, extended, require_addable
from core.errors import InputError, MissingError
from core.services.workspace import Workspace, now

RELABELLED_AT_ONCE = 500


@dataclass(frozen=True)
class OwnLabelState:
    """A label that a user added, and how documents get it."""

    label: OwnLabel
    trained: bool
    """Whether the champion was trained for it; else its description decides (zero-shot)."""
    n_examples: int
    """Documents that people gave it to."""
    n_needed: int = TEACHABLE
    """From so many on, the next training takes it in."""


@dataclass(frozen=True)
class AddedLabel:
    """A label that was added or brought back, and the job that looks for it in the documents stored already."""

    label: OwnLabel
    job_id: int | None
    """None where there are no documents."""


def add_label(workspace: Workspace, label_id: str, texts: LabelTexts, *, author: str) -> AddedLabel:
    """Add a topic (`ASPECT.word`) or a sector (`sector.word`) to the tree and queue the look through all documents.

    Raise InputError with everything that is wrong with it.
    """
    own = OwnLabel(
        id=label_id.strip(),
        name_en=_tidy(texts.name_en),
        name_zh=_tidy(texts.name_zh),
        definition_en=_tidy(texts.definition_en),
        definition_zh=_tidy(texts.definition_zh),
        author=_tidy(author),
        created_at=now(),
    )
    require_addable(own, workspace.taxonomy)
    with workspace.database.writing() as connection:
        rows.add_own_label(connection, own)
        return AddedLabel(own, _changed(workspace, connection, own))


def _tidy(text: str) -> str:
    return " ".join(text.split())


def list_own_labels(workspace: Workspace) -> list[OwnLabelState]:
    """Return the labels that users added, oldest first."""
    known = set(workspace.champion().label_ids)
    with workspace.database.reading() as connection:
        n_examples = rows.count_examples(connection)
        found = rows.list_own_labels(connection)
    return [OwnLabelState(own, own.id in known, n_examples.get(own.id, 0)) for own in found]


def untrained_labels(workspace: Workspace, version: models.ModelVersion) -> list[OwnLabel]:
    """Return the labels that users added and a model version was not trained for."""
    with workspace.database.reading() as connection:
        return [own for own in rows.list_own_labels(connection) if own.id not in version.label_ids]


def remove_label(workspace: Workspace, label_id: str) -> None:
    """Take a label that a user added out of the tree and off all documents; `restore_label` undoes it.

    Raise MissingError where there is no such label, InputError where a model was trained for it.
    """
    with workspace.database.writing() as connection:
        trained = [version.id for version in models.list_model_versions(connection) if label_id in version.label_ids]
        if trained:
            raise InputError(
                "The label {label} stays in the tree, because the model {version} was trained for it.",
                label=label_id,
                version=trained[0],
            )
        if not rows.set_removed(connection, label_id, now()):
            raise MissingError("There is no label {label} that a user added.", label=label_id)
        _follow(workspace, connection, label_id)


def restore_label(workspace: Workspace, label_id: str) -> AddedLabel:
    """Bring back a label that was removed, with what was known of it; raise MissingError where none was removed."""
    with workspace.database.writing() as connection:
        if not rows.set_removed(connection, label_id, None):
            raise MissingError("There is no label {label} that was removed.", label=label_id)
        own = next(one for one in rows.list_own_labels(connection) if one.id == label_id)
        return AddedLabel(own, _changed(workspace, connection, own))


def _changed(workspace: Workspace, connection: Connection, own: OwnLabel) -> int | None:
    """Let labels follow, and queue the documents that have not been looked through for the label."""
    _follow(workspace, connection, own.id)
    if not taggings.count_uncompared(connection, label_ids=[own.id]):
        return None
    return job_rows.add_job(connection, kind=JobKind.TAGGING, title=own.id, params={}, now=now())


def _follow(workspace: Workspace, connection: Connection, label_id: str) -> None:
    """Bring the tree's versions, the documents' labels, the roll-ups and the revision up to date."""
    taxonomy = extended(workspace.bundled_taxonomy, rows.list_own_labels(connection))
    models.save_taxonomy(connection, taxonomy)
    document_ids = rows.documents_of_label(connection, label_id)
    for start in range(0, len(document_ids), RELABELLED_AT_ONCE):
        taggings.relabel(connection, document_ids[start : start + RELABELLED_AT_ONCE], taxonomy=taxonomy)
    models.bump_revision(connection)
