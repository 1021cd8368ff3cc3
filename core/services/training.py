"""Training a classifier from files into a folder, and registering what a training came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import BUNDLED_DATA, Settings
from core.db import models
from core.db.documents import sample_openings
from core.db.engine import Connection
from core.domain.documents import Reason
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.training.methods import parse_options
from core.ml.training.methods import train as run
from core.ml.training.options import Value
from core.ml.training.watch import Watch
from core.services.workspace import Workspace, install_encoder, model_folder, registered

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription

ADAPTED_A_STEP = 16
"""Documents that a step of getting used to their language reads."""
ADAPTED_CHARACTERS = 1000
"""Of each, so much is read."""


@dataclass(frozen=True)
class Plan:
    """How to train."""

    method: str = "lora"
    options: Mapping[str, Value] = field(default_factory=dict)
    """Of the method, as `core.ml.training.options` lists them; what is not named stays at its default."""
    run_dir: Path | None = None
    """Where checkpoints are kept and found, None: nowhere."""


@dataclass(frozen=True)
class Ground:
    """What a training stands on besides the labelled texts."""

    taxonomy: Taxonomy
    champion_dir: Path | None = None
    """The model that the method `incremental` goes on from."""
    unlabelled: Sequence[str] = ()
    """Stored documents, whose language the encoder gets used to where the options say so."""


def ground_of(workspace: Workspace, options: Any) -> Ground:
    """Return what trainings in a data directory stand on: its tree, champion and, where they are needed, documents."""
    champion = model_folder(workspace.champion(), workspace.settings)
    n_texts = ADAPTED_A_STEP * getattr(options, "adapt_steps", 0)
    with workspace.database.reading() as connection:
        openings = sample_openings(connection, n_texts, n_characters=ADAPTED_CHARACTERS) if n_texts else []
    from core.ml.examples import joined

    texts = [joined(title, text) for title, text in openings]
    return Ground(workspace.taxonomy, champion if champion.is_dir() else None, texts)


def train_into(
    settings: Settings,
    files: Sequence[Path],
    folder: Path,
    plan: Plan,
    *,
    ground: Ground | None = None,
    say: Callable[[str], None],
) -> "ModelDescription":
    """Train on JSONL files of `{id, text, labels[, title, lang, group]}` and write the model folder.

    Without a ground the tree is the bundled one and there is nothing to go on from.
    Raise InputError for an unknown method, unreadable files, or with every option or line that cannot be used.
    """
    chosen = parse_options(plan.method, plan.options)
    require_found(files)
    install_encoder(settings, say)
    from core.ml.examples import read_examples
    from core.ml.training.material import Material

    ground = ground or Ground(load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))
    material = Material(read_examples(files, ground.taxonomy), settings.encoder_dir, **vars(ground))
    return run(plan.method, material, folder, options=chosen, watch=Spoken(say), run_dir=plan.run_dir)


def require_found(files: Sequence[Path]) -> None:
    """Raise InputError with every file that is not there."""
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise InputError("Not found: {files}; check the spelling.", files=", ".join(missing))


class Spoken(Watch):
    """Says how far a phase has come, each time a tenth more of it is done, and what training had to change."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._last = say, ("", -1)

    def phase(self, name: str, done: int, total: int) -> None:
        """Say it where a tenth more is done."""
        tenth = 10 * done // max(1, total)
        if (name, tenth) != self._last:
            self._last = (name, tenth)
            self._say(f"{name} {done} of {total}")

    def remark(self, reason: Reason) -> None:
        """Say it."""
        self._say(str(reason))


def keep_version(
    workspace: Workspace, found: "ModelDescription", folder: Path, *, also: Callable[[Connection], None]
) -> None:
    """Move a trained model into the data directory and register it as the candidate; the champion stays what it is.

    `also` is done in the same transaction. Safe to repeat.
    """
    target = workspace.settings.home / "models" / found.version
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        folder.replace(target)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, registered(found, folder=f"models/{found.version}"))
        champion = models.find_champion(connection)
        if champion is None or champion.id != found.version:
            models.set_alias(connection, models.CANDIDATE, found.version)
        also(connection)
        models.bump_revision(connection)
