"""A classifier on disk: head.safetensors, model.json and MODEL_CARD.md in one folder.

Owns the files' form and their checks. A folder is refused unless its head is safetensors of the recorded checksum
and its labels are those of the tree; nothing in it is ever executed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.errors import ModelError

HEAD = "head.safetensors"
DESCRIPTION = "model.json"
CARD = "MODEL_CARD.md"


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


def content_version(head: Head, parts: dict[str, Any]) -> str:
    """Return 12 hex digits that change with the weights, thresholds, labels, encoder or taxonomy."""
    digest = hashlib.sha256(head.weight.tobytes() + head.bias.tobytes())
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()[:12]


def write_model(folder: Path, head: Head, description: ModelDescription, card: str) -> None:
    """Write a classifier's folder."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"weight": head.weight, "bias": head.bias}, folder / HEAD)
    content = asdict(description) | {"head_sha256": _sha256(folder / HEAD)}
    (folder / DESCRIPTION).write_text(json.dumps(_rounded(content), indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / CARD).write_text(card, "utf-8")


def read_description(folder: Path) -> ModelDescription:
    """Return what a model folder says of itself; raise ModelError where it is no model folder."""
    try:
        content = json.loads((folder / DESCRIPTION).read_text("utf-8"))
        return ModelDescription(**content)
    except (OSError, ValueError, TypeError) as error:
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

    path = folder / HEAD
    if not path.is_file():
        raise ModelError("{path} is missing: only safetensors weights are read.", path=str(path))
    if _sha256(path) != description.head_sha256:
        raise ModelError("{path} is damaged: its checksum is not the one in {name}.", path=str(path), name=DESCRIPTION)
    try:
        tensors = load_file(path)
        head = Head(tensors["weight"], tensors["bias"])
    except (SafetensorError, KeyError) as error:
        raise ModelError("{path} does not hold a classifier's weight and bias.", path=str(path)) from error
    n_labels = len(description.label_ids)
    if len(head.weight) != n_labels or head.bias.shape != (n_labels,) or len(description.thresholds) != n_labels:
        raise ModelError("{path} does not fit the {n} labels of {name}.", path=str(path), n=n_labels, name=DESCRIPTION)
    return head


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
