"""Model versions made smaller or faster, and versions written for other runtimes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core.db.documents import sample_openings
from core.db.models import ModelVersion
from core.errors import InputError
from core.ml.compression.options import parse_technique
from core.ml.training.options import Value
from core.ml.training.watch import Watch
from core.services.label_sources import all_labelled
from core.services.model_transfer import register
from core.services.registry import describe, find_model, require_files
from core.services.snapshots import learnt_from
from core.services.training_data import Mix, training_data
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.compression.source import Source
    from core.ml.training.material import Material

OWN_TEXTS = 4000
"""Stored documents that a technique reads beside the labelled texts."""
OWN_CHARACTERS = 4000
"""Of each, so much is read: some passages."""


@dataclass(frozen=True)
class MadeSmaller:
    """A new version, and what making it smaller did: technique, options, size, speed, labels that stayed."""

    version: ModelVersion
    step: dict[str, Any]


def compress(
    workspace: Workspace,
    reference: str,
    technique: str,
    options: Mapping[str, Value] | None = None,
    *,
    watch: Watch | None = None,
    within: Path | None = None,
) -> MadeSmaller:
    """Make a version smaller by a technique and register what comes of it; the champion stays what it is.

    It goes by what the version learnt from (where that is not on record, by the bundled texts) and stored documents,
    and is measured on the test part. `within` is the folder to work in and to keep checkpoints in, else it is the one
    of the models, and nothing is kept. Raise InputError for an unknown technique or option or where the technique has
    nothing to do, ModelError where the version's files are gone or damaged.
    """
    from core.ml.compression.techniques import compress as run
    from core.ml.training.methods import Run

    chosen = parse_technique(technique, options or {})
    version = find_model(workspace, reference)
    source = _source(workspace, version)
    material = _material(workspace, version, source)
    root = within or workspace.settings.home / "models"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root, prefix=".compressing-") as scratch:
        folder = Path(scratch, "model")
        found = run(
            technique, source, material, folder, options=chosen, run=Run(watch or Watch(), within or Path(scratch))
        )
        return MadeSmaller(register(workspace, folder, found), found.compression[-1])


def _material(workspace: Workspace, version: ModelVersion, source: "Source") -> "Material":
    """Return what a technique goes by; the stored documents among it are none whose labels anything is measured by.

    They are cut into passages, which is how they are tagged.
    """
    from core.ingest import split_passages
    from core.ml.examples import joined
    from core.ml.training.material import Material

    snapshot = learnt_from(workspace, describe(workspace, version))
    examples = snapshot.examples if snapshot else training_data(workspace, Mix(corrections=False)).examples
    known = {labelled.example.text[:OWN_CHARACTERS] for labelled in all_labelled(workspace)}
    with workspace.database.reading() as connection:
        stored = sample_openings(connection, OWN_TEXTS, n_characters=OWN_CHARACTERS)
    own = [
        joined(title, text[span.start : span.end])
        for title, text in stored
        if text not in known
        for span in split_passages(text)
    ]
    return Material(examples, source.encoder.path, workspace.taxonomy, own)


def export_for_runtime(workspace: Workspace, reference: str, folder: Path, runtime: str) -> ModelVersion:
    """Write a version for onnx or openvino into a new folder and check that it says the same; see `export.export`."""
    from core.ml.compression.export import export

    version = find_model(workspace, reference)
    export(_source(workspace, version), folder, runtime)
    return version


def _source(workspace: Workspace, version: ModelVersion) -> "Source":
    from core.ml.compression.source import Source

    return Source.read(workspace.settings.encoder_dir, require_files(workspace, version))


def options_of(words: Sequence[str]) -> dict[str, str]:
    """Return options as they are written on the command line; raise InputError for a word that is none.

    >>> options_of(["n_layers=8"])
    {'n_layers': '8'}
    """
    bad = [word for word in words if "=" not in word]
    if bad:
        raise InputError("Options are written NAME=VALUE; found {words}.", words=", ".join(bad))
    return dict(word.split("=", 1) for word in words)
