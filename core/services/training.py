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

DEFAULT_METHOD = "lora"


def train_into(
    settings: Settings,
    files: Sequence[Path],
    folder: Path,
    *,
    method: str = DEFAULT_METHOD,
    say: Callable[[str], None],
) -> "ModelDescription":
    """Train on JSONL files of `{id, text, labels[, title, lang]}` and write the model folder.

    Raise InputError for an unknown method, unreadable files, or with every line that cannot be used.
    """
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise InputError("Not found: {files}; check the spelling.", files=", ".join(missing))
    install_encoder(settings, say)
    from core.ml.examples import read_examples
    from core.ml.training.material import Material
    from core.ml.training.methods import train as run

    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    material = Material(read_examples(files, taxonomy), settings.encoder_dir, taxonomy)
    return run(method, material, folder, on_progress=Tenths(say))


class Tenths:
    """Says how far a phase has come, each time a tenth more of it is done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._last = say, ("", -1)

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take progress."""
        tenth = 10 * done // max(1, total)
        if (phase, tenth) != self._last:
            self._last = (phase, tenth)
            self._say(f"{phase} {done} of {total}")


def train(
    workspace: Workspace, files: Sequence[Path], *, method: str = DEFAULT_METHOD, say: Callable[[str], None]
) -> "ModelDescription":
    """Train on files and register the model version as the candidate; the champion stays what it is.

    Raises what `train_into` does.
    """
    root = workspace.settings.home / "models"
    root.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".training-") as scratch:
        found = train_into(workspace.settings, files, Path(scratch, "model"), method=method, say=say)
        folder = root / found.version
        if not folder.exists():
            Path(scratch, "model").replace(folder)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, registered(found, folder=f"models/{found.version}"))
        champion = models.find_champion(connection)
        if champion is None or champion.id != found.version:
            models.set_alias(connection, models.CANDIDATE, found.version)
        models.bump_revision(connection)
    return found
