"""Training a classifier from files of labelled texts, and registering what comes of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.config import BUNDLED_DATA, Settings
from core.db import models
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.services.workspace import Workspace, install_encoder, registered

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription

METHODS = ("head",)


def train_into(
    settings: Settings, files: Sequence[Path], folder: Path, *, method: str = "head", say: Callable[[str], None]
) -> "ModelDescription":
    """Train on JSONL files of `{id, text, labels[, title, lang]}` and write the model folder.

    Raise InputError for an unknown method, unreadable files, or with every line that cannot be used.
    """
    if method not in METHODS:
        raise InputError("There is no method {asked}; there are: {known}.", asked=method, known=", ".join(METHODS))
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise InputError("Not found: {files}; check the spelling.", files=", ".join(missing))
    install_encoder(settings, say)
    from core.ml.embedder import Embedder
    from core.ml.examples import read_examples
    from core.ml.training.head import train_head

    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    examples = read_examples(files, taxonomy)
    embedder = Embedder.load(settings.encoder_dir, threads=settings.threads)
    say(f"Reading {len(examples)} texts …")
    return train_head(
        examples, embedder, taxonomy, folder, on_progress=lambda done: say(f"{done} of {len(examples)} texts read")
    )


def train(
    workspace: Workspace, files: Sequence[Path], *, method: str = "head", say: Callable[[str], None]
) -> "ModelDescription":
    """Train on files and register the model version; the champion stays what it is. Raises what `train_into` does."""
    root = workspace.settings.home / "models"
    root.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".training-") as scratch:
        found = train_into(workspace.settings, files, Path(scratch, "model"), method=method, say=say)
        folder = root / found.version
        if not folder.exists():
            Path(scratch, "model").replace(folder)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, registered(found, folder=f"models/{found.version}"))
    return found
