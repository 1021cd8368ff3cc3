"""A classifier's folder as one zip, for another machine.

Owns the zip's form and the distrust of zips that come in: only the folder's own files, of bounded size, are unpacked,
and a model is taken only where it fits encoder and label tree and tags a text. Weights are safetensors, so that
nothing in a zip is ever executed. The weights' checksums stand in model.json, those of the other files in the zip.
"""

import json
import re
import struct
import zipfile
import zlib
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, get_origin, get_type_hints

import numpy as np

from core.domain.taxonomy import Taxonomy
from core.errors import AppError, InputError, ModelError
from core.ml.adapter import ADAPTER
from core.ml.encoder import FILES, STAMP
from core.ml.model_folder import (
    CARD,
    DESCRIPTION,
    HEAD,
    OWN_ENCODER,
    ModelDescription,
    encoder_of,
    read_adapter,
    read_description,
    read_head,
    require_known_labels,
)

if TYPE_CHECKING:
    from core.ml.tagger import Tagger

MB = 2**20
MOST_BYTES = {DESCRIPTION: 8 * MB, CARD: MB, HEAD: 64 * MB, ADAPTER: 1024 * MB}
MOST_BYTES |= {
    f"{OWN_ENCODER}/{name}": (4096 if name.endswith(".safetensors") else 64) * MB for name in (*FILES, STAMP)
}
"""The files of a model and how large each may be."""
MOST_ZIPPED = sum(MOST_BYTES.values())
_CHUNK = MB
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_VERSION = re.compile(r"[0-9a-f]{12}")
_METHOD = re.compile(r"[a-z0-9_-]{1,40}")
_NO_TEXT = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)  # NUL and halves of characters, which nothing stores
_MOST = 10**9
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, target: IO[bytes]) -> None:
    """Write a model folder as a zip, the same bytes each time; raise ModelError where its files are damaged."""
    description = read_description(folder)
    read_head(folder, description)
    read_adapter(folder, description)
    belongs = {HEAD, DESCRIPTION, CARD}
    if description.adapter_sha256:
        belongs.add(ADAPTER)
    if description.own_encoder_hash:
        encoder_of(folder, description, folder)
        belongs |= {name for name in MOST_BYTES if name.startswith(OWN_ENCODER)}
    with zipfile.ZipFile(target, "w") as archive:
        for name in MOST_BYTES:
            if name in belongs and (folder / name).is_file():
                entry = zipfile.ZipInfo(name, _FIRST_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, (folder / name).read_bytes())


def unpack(source: IO[bytes], folder: Path) -> None:
    """Write the files of a zip into a folder of its own; raise InputError for a zip that holds anything else.

    Only the listed names are ever written, so no name in a zip can lead out of the folder.
    """
    if source.seek(0, 2) > MOST_ZIPPED:
        raise InputError("The zip has more than {n} MB, which no model of this app has.", n=MOST_ZIPPED // MB)
    try:
        with zipfile.ZipFile(source) as archive:
            _require_model_files(archive.infolist())
            for entry in archive.infolist():
                _unpack_one(archive, entry, folder / entry.filename)
    except _BROKEN as error:
        raise InputError(
            "This is not a whole zip of a model ({detail}); export the model again.", detail=str(error)
        ) from error


def _require_model_files(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    foreign = sorted({name for name in names if name not in MOST_BYTES})
    if foreign:
        raise InputError(
            "The zip holds files that are no part of a model: {found}; expected are {names} and nothing else.",
            found=", ".join(ascii(name[:80]) for name in foreign[:5]),
            names=", ".join(MOST_BYTES),
        )
    if len(set(names)) < len(names):
        raise InputError("The zip holds a file twice; export the model again.")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise InputError("The zip is packed in a way that is not read here; export the model again.")
    missing = [name for name in (DESCRIPTION, CARD, HEAD) if name not in names]
    if missing:
        raise InputError("The zip is not a model: it lacks {names}.", names=", ".join(missing))


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one file, counting what really comes out: the size that a zip states may be a lie."""
    most, n_bytes = MOST_BYTES[entry.filename], 0
    target.parent.mkdir(exist_ok=True)
    with archive.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            n_bytes += len(chunk)
            if n_bytes > most:
                raise InputError(
                    "{name} in the zip unpacks to more than {n} MB, which no model of this app has.",
                    name=entry.filename,
                    n=most // MB,
                )
            file.write(chunk)


def require_usable(folder: Path, encoder_dir: Path, taxonomy: Taxonomy) -> ModelDescription:
    """Return what an unpacked model says of itself, after it has tagged a text.

    Raise ModelError for a description of another form, damaged weights, another encoder, or unknown labels.
    """
    from core.ml.tagger import Tagger

    description = read_description(folder)
    problem = _malformed(folder, description)
    if problem:
        raise ModelError("{name} is not one that this app wrote: {problem}.", name=DESCRIPTION, problem=problem)
    require_known_labels(description, taxonomy)
    for name, said in ((ADAPTER, description.adapter_sha256), (OWN_ENCODER, description.own_encoder_hash)):
        if (folder / name).exists() and not said:
            raise ModelError("The zip holds {name}, and its {other} does not say so.", name=name, other=DESCRIPTION)
    tagger = _loaded(encoder_dir, folder) if description.own_encoder_hash else Tagger.load(encoder_dir, folder)
    if not np.isfinite(tagger.tag(["Trendvane"])).all():
        raise ModelError("The model {version} does not give probabilities.", version=description.version)
    return description


def _loaded(encoder_dir: Path, folder: Path) -> "Tagger":
    """Load a model whose encoder came in the zip too, after a word has gone through it."""
    from core.ml.tagger import Tagger

    try:
        tagger = Tagger.load(encoder_dir, folder)
        tagger.tag(["Trendvane"])
    except AppError:
        raise
    except Exception as error:  # a foreign configuration can fail in any way, and tokenizers raise no narrower kind
        raise ModelError(
            "The encoder in the zip does not run ({detail}); export the model again.", detail=str(error)[:200]
        ) from error
    return tagger


def _malformed(folder: Path, description: ModelDescription) -> str:
    """Return what is wrong with the form of a description, '' where nothing is."""
    hints = get_type_hints(ModelDescription)
    for field in fields(ModelDescription):
        if not _is_a(getattr(description, field.name), hints[field.name]):
            return f"{field.name} should be {field.type}"
    labels, thresholds = description.label_ids, description.thresholds
    if not _VERSION.fullmatch(description.version):
        return "version should be 12 hexadecimal digits"
    if not labels or not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
        return "label_ids should be different label ids"
    if not all(_is_a(value, float) and 0 <= value <= 1 for value in thresholds) or len(thresholds) != len(labels):
        return "thresholds should be a number between 0 and 1 for each label"
    if not _METHOD.fullmatch(description.method):
        return "method should be a short name"
    if not all(0 <= number < _MOST for number in (description.n_examples, description.seconds)):
        return "n_examples and seconds should be counts"
    if _NO_TEXT.search((folder / DESCRIPTION).read_bytes()):
        return "it holds characters that are no text"
    return _malformed_record(description)


def _malformed_record(description: ModelDescription) -> str:
    """Return what is wrong with what was measured of a model or done to it, '' where nothing is."""
    if not all(isinstance(step, dict) and isinstance(step.get("technique"), str) for step in description.compression):
        return "compression should name the technique of each step"
    try:
        json.dumps([description.metrics, description.compression], allow_nan=False)
    except (ValueError, RecursionError):
        return "metrics should be numbers"
    return ""


def _is_a(value: Any, wanted: Any) -> bool:
    kinds = (int, float) if wanted is float else (get_origin(wanted) or wanted,)
    return isinstance(value, kinds) and not isinstance(value, bool)
