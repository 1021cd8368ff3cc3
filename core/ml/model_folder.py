"""A classifier on disk: head.safetensors, model.json, MODEL_CARD.md and, where the encoder changed, its adapter.

A classifier that was made smaller has an encoder of its own in the folder `encoder` instead. Owns the files' form and
their checks. A folder is refused unless its weights are safetensors of the recorded checksums and its labels are those
of the tree; nothing in it is ever executed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.errors import ModelError
from core.ml.adapter import ADAPTER, Adapter
from core.ml.encoder import EncoderInfo, content_hash, read_encoder

if TYPE_CHECKING:
    from torch import Tensor

HEAD = "head.safetensors"
DESCRIPTION = "model.json"
CARD = "MODEL_CARD.md"
OWN_ENCODER = "encoder"


@dataclass(frozen=True)
class ModelDescription:
    """What model.json says of a classifier."""

    version: str
    """Short content hash over the head and what it stands on."""
    method: str
    options: dict[str, Any]
    seed: int
    data_hash: str
    """SHA-256 hex over the training examples, in order of their ids."""
    n_examples: int
    taxonomy_version: str
    encoder_name: str
    encoder_hash: str
    label_ids: list[str]
    thresholds: list[float]
    """In the order of label_ids, on calibrated probabilities."""
    calibration: dict[str, Any]
    metrics: dict[str, Any]
    seconds: float
    head_sha256: str = field(default="")
    adapter_sha256: str = field(default="")
    """Empty where the encoder is as it came."""
    cpu_seconds: float = 0.0
    """Of the process that trained, over all cores; a run that went on after a break counts from there. This and what
    follows is 0 in models that were made before it was measured."""
    peak_bytes: int = 0
    """The most memory that process held."""
    n_trainable: int = 0
    """Weights that were trained, head included."""
    disk_bytes: int = 0
    """Of the weights that are stored."""
    own_encoder_hash: str = field(default="")
    """Hash of the folder's own encoder, see `core.ml.encoder.content_hash`; empty where the common one is used."""
    compression: list[dict[str, Any]] = field(default_factory=list)
    """How it was made smaller, step by step: technique, options, from which version, and what was measured."""


@dataclass(frozen=True)
class Head:
    """The last layer, calibration folded in: probability = sigmoid(vector · weight + bias)."""

    weight: NDArray[np.float32]
    """[n_labels, width]."""
    bias: NDArray[np.float32]
    """[n_labels]."""

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated probabilities [n, n_labels] of unit vectors [n, width]."""
        scores = vectors @ self.weight.T + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float32)


def content_version(head: Head, adapter: "Mapping[str, Tensor]", description: ModelDescription) -> str:
    """Return 12 hex digits that change with the weights, thresholds, labels, encoder or taxonomy."""
    digest = hashlib.sha256(head.weight.tobytes() + head.bias.tobytes())
    for name in sorted(adapter):
        digest.update(name.encode() + adapter[name].contiguous().numpy().tobytes())
    parts = {
        "labels": description.label_ids,
        "thresholds": description.thresholds,
        "encoder": description.encoder_hash,
        "taxonomy": description.taxonomy_version,
    }
    if description.own_encoder_hash:
        parts["own_encoder"] = description.own_encoder_hash
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()[:12]


def write_model(
    folder: Path, head: Head, adapter: "Mapping[str, Tensor]", description: ModelDescription, card: str
) -> None:
    """Write a classifier's folder; without changes to the encoder there is no adapter's file."""
    from safetensors.numpy import save_file
    from safetensors.torch import save_file as save_tensors

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"weight": head.weight, "bias": head.bias}, folder / HEAD)
    hashes = {"head_sha256": _sha256(folder / HEAD), "adapter_sha256": ""}
    (folder / ADAPTER).unlink(missing_ok=True)
    if adapter:
        save_tensors(dict(adapter), folder / ADAPTER)
        hashes["adapter_sha256"] = _sha256(folder / ADAPTER)
    content = _rounded(asdict(description) | hashes)
    (folder / DESCRIPTION).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / CARD).write_text(card, "utf-8")


def read_description(folder: Path) -> ModelDescription:
    """Return what a model folder says of itself; raise ModelError where it is no model folder."""
    try:
        content = json.loads((folder / DESCRIPTION).read_text("utf-8"))
        return ModelDescription(**content)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(
            "{path} is not a model folder: a readable {name} was expected ({detail}).",
            path=str(folder),
            name=DESCRIPTION,
            detail=str(error),
        ) from error


def read_head(folder: Path, description: ModelDescription) -> Head:
    """Return the head after its checks; raise ModelError for another format, a wrong checksum or a wrong shape."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = _checked(folder / HEAD, description.head_sha256)
    try:
        tensors = load_file(path)
        head = Head(tensors["weight"], tensors["bias"])
    except (SafetensorError, KeyError) as error:
        raise ModelError("{path} does not hold a classifier's weight and bias.", path=str(path)) from error
    n_labels = len(description.label_ids)
    is_matrix = head.weight.ndim == 2 and len(head.weight) == n_labels
    if not is_matrix or head.bias.shape != (n_labels,) or len(description.thresholds) != n_labels:
        raise ModelError("{path} does not fit the {n} labels of {name}.", path=str(path), n=n_labels, name=DESCRIPTION)
    return head


def read_adapter(folder: Path, description: ModelDescription) -> Adapter | None:
    """Return what changed of the encoder, None where nothing did; raise ModelError for a damaged file."""
    if not description.adapter_sha256:
        return None
    return Adapter.read(_checked(folder / ADAPTER, description.adapter_sha256))


def encoder_of(folder: Path, description: ModelDescription, common: Path) -> EncoderInfo:
    """Return the encoder that a classifier runs on, its own or the common one in that folder.

    Raise ModelError where it is absent, damaged or another one than the classifier was made for.
    """
    found = read_encoder(folder / OWN_ENCODER if description.own_encoder_hash else common)
    if found.name != description.encoder_name:
        raise ModelError(
            "The model {version} was trained on {wanted}, but the encoder here is {found}.",
            version=description.version,
            wanted=description.encoder_name,
            found=found.name,
        )
    if description.own_encoder_hash and content_hash(found.path) != description.own_encoder_hash:
        raise ModelError(
            "{path} is damaged: its checksum is not the one in {name}.", path=str(found.path), name=DESCRIPTION
        )
    return found


def _checked(path: Path, sha256: str) -> Path:
    if not path.is_file():
        raise ModelError("{path} is missing: only safetensors weights are read.", path=str(path))
    if _sha256(path) != sha256:
        raise ModelError("{path} is damaged: its checksum is not the one in {name}.", path=str(path), name=DESCRIPTION)
    return path


def require_known_labels(description: ModelDescription, taxonomy: Taxonomy) -> None:
    """Raise ModelError where a model's labels are not all in the tree."""
    unknown = [label_id for label_id in description.label_ids if label_id not in taxonomy.by_id]
    if unknown:
        raise ModelError(
            "The model {version} has labels that are not in the tree: {labels}.",
            version=description.version,
            labels=", ".join(unknown),
        )


def _rounded(value: Any) -> Any:
    """Return nested content with its floats cut to six digits: a model lies in version control."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
