"""Training a classifier from files of labelled texts, and registering what comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.config import BUNDLED_DATA, Settings
from core.db import models
from core.domain.documents import Reason
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.training.methods import parse_options
from core.ml.training.methods import train as run
from core.ml.training.options import Value
from core.ml.training.watch import Watch
from core.services.workspace import Workspace, install_encoder, registered

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription


@dataclass(frozen=True)
class Plan:
    """How to train."""

    method: str = "lora"
    options: Mapping[str, Value] = field(default_factory=dict)
    """Of the method, as `core.ml.training.options` lists them; what is not named stays at its default."""
    run_dir: Path | None = None
    """Where checkpoints are kept and found, None: nowhere."""


def train_into(
    settings: Settings,
    files: Sequence[Path],
    folder: Path,
    plan: Plan,
    *,
    taxonomy: Taxonomy | None = None,
    say: Callable[[str], None],
) -> "ModelDescription":
    """Train on JSONL files of `{id, text, labels[, title, lang, group]}` and write the model folder.

    The labels are those of the tree, None: the bundled one.

    Raise InputError for an unknown method, unreadable files, or with every option or line that cannot be used.
    """
    chosen = parse_options(plan.method, plan.options)
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise InputError("Not found: {files}; check the spelling.", files=", ".join(missing))
    install_encoder(settings, say)
    from core.ml.examples import read_examples
    from core.ml.training.material import Material

    taxonomy = taxonomy or load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    material = Material(read_examples(files, taxonomy), settings.encoder_dir, taxonomy)
    return run(plan.method, material, folder, options=chosen, watch=_Spoken(say), run_dir=plan.run_dir)


class _Spoken(Watch):
    """Says how far a phase has come, each time a tenth more of it is done, and what training had to change."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._last = say, ("", -1)

    def phase(self, name: str, done: int, total: int) -> None:
        tenth = 10 * done // max(1, total)
        if (name, tenth) != self._last:
            self._last = (name, tenth)
            self._say(f"{name} {done} of {total}")

    def remark(self, reason: Reason) -> None:
        self._say(str(reason))


def train(
    workspace: Workspace,
    files: Sequence[Path],
    plan: Plan,
    *,
    say: Callable[[str], None],
) -> "ModelDescription":
    """Train on files and register the model version as the candidate; the champion stays what it is.

    Raises what `train_into` does.
    """
    root = workspace.settings.home / "models"
    root.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".training-") as scratch:
        model = Path(scratch, "model")
        found = train_into(workspace.settings, files, model, plan, taxonomy=workspace.taxonomy, say=say)
        folder = root / found.version
        if not folder.exists():
            model.replace(folder)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, registered(found, folder=f"models/{found.version}"))
        champion = models.find_champion(connection)
        if champion is None or champion.id != found.version:
            models.set_alias(connection, models.CANDIDATE, found.version)
        models.bump_revision(connection)
    return found
