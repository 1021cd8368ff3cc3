"""What is made smaller: a classifier with the encoder it runs on, changes included; and what comes of it."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from core.ml.adapter import Adapter
from core.ml.batching import TextTokenizer, batches
from core.ml.encoder import FILES, EncoderInfo, write_stamp
from core.ml.model_folder import Head, ModelDescription, encoder_of, read_adapter, read_description, read_head
from core.ml.network import TOKENS_EXPECTED, PackedBert, best_dtype
from core.ml.weights import open_weights

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """A classifier on disk and its encoder."""

    folder: Path
    encoder: EncoderInfo
    description: ModelDescription
    head: Head
    adapter: Adapter | None

    @classmethod
    def read(cls, encoder_dir: Path, folder: Path) -> "Source":
        """Read a model folder and its encoder; raise ModelError where one is absent or damaged."""
        description = read_description(folder)
        encoder = encoder_of(folder, description, encoder_dir)
        return cls(folder, encoder, description, read_head(folder, description), read_adapter(folder, description))

    @property
    def n_bytes(self) -> int:
        """Return what weights and tokenizer take on disk, the encoder's included."""
        paths = (*self.folder.glob("*.safetensors"), *(self.encoder.path / name for name in FILES))
        return sum(path.stat().st_size for path in paths)

    def network(self, kind: type[PackedBert] = PackedBert) -> PackedBert:
        """Return its forward pass."""
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return kind(self.encoder.path, dtype=best_dtype(device), device=device, adapter=self.adapter)

    def tensors(self) -> dict[str, Tensor]:
        """Return its encoder's weights, changes laid over them; see `Weights.all`."""
        with open_weights(self.encoder.path, self.adapter) as weights:
            return weights.all()

    def prefixes(self) -> dict[str, Tensor]:
        """Return the vectors that come before a text; see `core.ml.adapter`."""
        return self.adapter.prefixes if self.adapter else {}

    def config(self) -> dict[str, Any]:
        """Return its encoder's config.json."""
        return self._json("config.json")

    def tokenizer(self) -> dict[str, Any]:
        """Return its encoder's tokenizer.json."""
        return self._json("tokenizer.json")

    def _json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.encoder.path / name).read_text("utf-8"))
        return content


@dataclass(frozen=True)
class Smaller:
    """What a technique made: an encoder, the head that fits it, and the vectors that come before a text, if any."""

    tensors: dict[str, Tensor]
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    head: Head
    prefixes: dict[str, Tensor] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    """What the technique found out or chose by itself, for the record."""

    def write_encoder(self, folder: Path, origin: EncoderInfo) -> str:
        """Write the encoder's folder, named like the one it came from, and return its hash."""
        folder.mkdir(parents=True)
        tensors = {name: tensor.contiguous() for name, tensor in self.tensors.items()}
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        for name, content in (("config.json", self.config), ("tokenizer.json", self.tokenizer)):
            (folder / name).write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")
        shutil.copyfile(origin.path / "tokenizer_config.json", folder / "tokenizer_config.json")
        return write_stamp(folder, name=origin.name, source=f"made smaller from {origin.hash}")


def vectors(
    network: PackedBert,
    encoder_dir: Path,
    texts: Sequence[str],
    *,
    max_tokens: int,
    on_progress: Callable[[int], None] | None = None,
    n_threads: int = 0,
) -> Floats:
    """Return unit vectors [n, width] of the texts' first tokens, in order."""
    tokenizer = TextTokenizer(encoder_dir, max_tokens=network.shape.max_tokens)
    ids = tokenizer.beginnings(texts, max_tokens)
    at_once = n_threads or (1 if network.device.type == "cuda" else os.cpu_count() or 1)
    found = np.zeros((len(texts), network.shape.hidden_size), dtype=np.float32)
    groups = batches([len(own) for own in ids], token_budget=TOKENS_EXPECTED, at_once=at_once)
    n_done = 0
    with ThreadPoolExecutor(at_once, "compress", initializer=partial(torch.set_num_threads, 1)) as pool:
        pooled = pool.map(network, ([ids[index] for index in group] for group in groups))
        for group, part in zip(groups, pooled, strict=True):
            found[group] = part.numpy()
            n_done += len(group)
            if on_progress:
                on_progress(n_done)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found
