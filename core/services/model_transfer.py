"""Models that leave and come in: one zip each, of the model folder's own files."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from core.db import models
from core.db.models import ModelVersion
from core.errors import InputError, MachineError
from core.services.registry import describe, find_model, require_files
from core.services.workspace import Workspace, registered

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription


def export_model(workspace: Workspace, reference: str, target: IO[bytes]) -> ModelVersion:
    """Write a model version's folder as one zip; raise ModelError where its files are gone or damaged."""
    from core.ml.model_archive import pack

    version = find_model(workspace, reference)
    pack(require_files(workspace, version), target)
    return version


def export_file(workspace: Workspace, reference: str, path: Path) -> ModelVersion:
    """Write a model version's zip to a path, whole or not at all; raise what `export_model` does, or MachineError."""
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            version = export_model(workspace, reference, file)
        partial.replace(path)
    except OSError as error:
        raise MachineError("{path} cannot be written ({cause}).", path=str(path), cause=error.strerror or "") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return version


def import_model(workspace: Workspace, source: IO[bytes]) -> ModelVersion:
    """Check a zip that `export_model` wrote and register its model; the champion stays what it is.

    A model that is here already is left as it is; one whose files were gone has them back. Raise InputError for a zip
    of anything else, ModelError for a model that is damaged or fits neither encoder nor label tree.
    """
    from core.ml.model_archive import require_usable, unpack

    root = workspace.settings.home / "models"
    root.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".incoming-") as scratch:
        folder = Path(scratch, "model")
        folder.mkdir()
        unpack(source, folder)
        found = require_usable(folder, workspace.settings.encoder_dir, workspace.taxonomy)
        return register(workspace, folder, found)


def import_file(workspace: Workspace, path: Path) -> ModelVersion:
    """Do what `import_model` does with a file; raise InputError also where it cannot be read."""
    try:
        source = path.open("rb")
    except OSError as error:
        raise InputError("{path} cannot be read ({cause}).", path=str(path), cause=error.strerror or "") from error
    with source:
        return import_model(workspace, source)


def register(workspace: Workspace, folder: Path, found: "ModelDescription") -> ModelVersion:
    """Move a model folder to its place and register its version; one that is here already is left as it is.

    Raise InputError where another model of that version is here.
    """
    version = registered(found, folder=f"models/{found.version}")
    with workspace.database.writing() as connection:
        models.bump_revision(connection)  # first: its row is the lock that two imports at once wait for
        for known in models.list_model_versions(connection):
            if known.id == version.id and _is_same_and_here(workspace, known, found):
                return known
        _place(folder, workspace.settings.home / version.folder)
        models.add_model_version(connection, version)
        models.move_model_version(connection, version.id, version.folder)
        return models.get_model_version(connection, version.id)


def _is_same_and_here(workspace: Workspace, known: ModelVersion, found: "ModelDescription") -> bool:
    """Return whether a model's files are here, False where they are gone; raise InputError where they differ."""
    here = describe(workspace, known)
    facts = ("label_ids", "thresholds", "head_sha256", "adapter_sha256", "own_encoder_hash")
    if known.label_ids != found.label_ids or (here and any(here[name] != getattr(found, name) for name in facts)):
        raise InputError("Another model of version {version} is here already; nothing was changed.", version=known.id)
    return bool(here)


def _place(folder: Path, target: Path) -> None:
    """Move a folder to its place, over what a broken attempt may have left there."""
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    folder.replace(target)
