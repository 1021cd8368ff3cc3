"""Model versions made smaller or faster, and versions written for other runtimes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core.config import BUNDLED_DATA
from core.db.models import ModelVersion
from core.db.texts import list_texts
from core.errors import InputError
from core.services.model_transfer import register
from core.services.registry import find_model, require_files
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.compression.source import Source

OWN_TEXTS = 4000
"""Newest documents that a technique reads beside the bundled texts."""
BUNDLED = ("training", "chronicle")
"""Folders of bundled labelled texts under data/."""


@dataclass(frozen=True)
class MadeSmaller:
    """A new version, and what making it smaller did: technique, options, size, speed, labels that stayed."""

    version: ModelVersion
    step: dict[str, Any]


def techniques() -> dict[str, dict[str, Any]]:
    """Return each technique's options with their defaults."""
    from core.ml.compression.techniques import TECHNIQUES

    return {name: vars(technique.options()) for name, technique in TECHNIQUES.items()}


def compress(
    workspace: Workspace,
    reference: str,
    technique: str,
    options: Mapping[str, str | int | float] | None = None,
    *,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> MadeSmaller:
    """Make a version smaller by a technique and register what comes of it; the champion stays what it is.

    It goes by the bundled texts and the newest documents. Raise InputError for an unknown technique or option or
    where the technique has nothing to do, ModelError where the version's files are gone or damaged.
    """
    from core.ml.compression.techniques import Texts
    from core.ml.compression.techniques import compress as run
    from core.ml.examples import joined, read_examples
    from core.ml.training.material import unheard

    chosen = _options(technique, options or {})
    source = _source(workspace, reference)
    files = [path for name in BUNDLED for path in sorted((BUNDLED_DATA / name).glob("*.jsonl"))]
    examples = read_examples(files, workspace.taxonomy)
    known = {example.text for example in examples}
    with workspace.database.reading() as connection:
        stored = list_texts(connection, limit=OWN_TEXTS)
    own = [joined(title, text) for title, text in stored if text not in known]
    root = workspace.settings.home / "models"
    root.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".compressing-") as scratch:
        folder = Path(scratch, "model")
        found = run(
            technique,
            source,
            Texts(examples, own, workspace.taxonomy),
            folder,
            options=chosen,
            on_progress=on_progress or unheard,
        )
        return MadeSmaller(register(workspace, folder, found), found.compression[-1])


def export_for_runtime(workspace: Workspace, reference: str, folder: Path, runtime: str) -> ModelVersion:
    """Write a version for onnx or openvino into a new folder and check that it says the same; see `export.export`."""
    from core.ml.compression.export import export

    export(_source(workspace, reference), folder, runtime)
    return find_model(workspace, reference)


def _source(workspace: Workspace, reference: str) -> "Source":
    from core.ml.compression.source import Source

    return Source.read(workspace.settings.encoder_dir, require_files(workspace, find_model(workspace, reference)))


def options_of(words: Sequence[str]) -> dict[str, str]:
    """Return options as they are written on the command line; raise InputError for a word that is none.

    >>> options_of(["n_layers=8"])
    {'n_layers': '8'}
    """
    bad = [word for word in words if "=" not in word]
    if bad:
        raise InputError("Options are written NAME=VALUE; found {words}.", words=", ".join(bad))
    return dict(word.split("=", 1) for word in words)


def _options(technique: str, given: Mapping[str, str | int | float]) -> Any:
    """Return a technique's options; raise InputError with every one that is unknown or no number."""
    from core.ml.compression.techniques import technique_of

    kind = technique_of(technique).options
    defaults = {field.name: getattr(kind(), field.name) for field in fields(kind())}
    values: dict[str, Any] = {}
    problems = []
    for name, value in given.items():
        try:
            values[name] = type(defaults[name])(value)
        except (KeyError, ValueError):
            problems.append(f"{name}={value}")
    if problems:
        raise InputError(
            "{technique} has no use for {found}; its options are numbers: {known}.",
            technique=technique,
            found=", ".join(problems),
            known=", ".join(f"{name}={value}" for name, value in defaults.items()),
        )
    return kind(**values)
