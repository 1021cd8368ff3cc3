"""An encoder's weights on disk, by the names of transformers' BertModel, with what training changed laid over them.

Owns how 8-bit weights are stored beside the others: `NAME.weight` as int8, `NAME.weight_scale` with one factor a row,
and for a product `NAME.input_range`, the least and largest input that was seen when the encoder was made smaller. Where
a few channels of the input are far larger than the others, `NAME.input_divisor` brings them down before that range
was taken; the weights are multiplied by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import ModelError
from core.ml.adapter import Adapter

WORDS = "embeddings.word_embeddings"
SCALE, RANGE, DIVISOR = "_scale", ".input_range", ".input_divisor"
LARGEST = 127


class Weights:
    """A safetensors file's tensors by BertModel's names, whatever model they were saved from, changes included."""

    def __init__(self, file: Any, adapter: Adapter) -> None:
        self.file, self.adapter = file, adapter
        self.names = set(file.keys())
        marker = f"{WORDS}.weight"
        self.prefix = next((name.removesuffix(marker) for name in self.names if name.endswith(marker)), "")
        adapter.require_within(name.removeprefix(self.prefix) for name in self.names)

    def __call__(self, name: str) -> Tensor:
        """Return a weight to compute with; 8-bit ones come as float32."""
        stored = self.stored(name)
        if stored.dtype is torch.int8:
            stored = dequantized(stored, self.scale(name))
            divisor = self.input_divisor(name.removesuffix(".weight"))
            stored = stored if divisor is None else stored / divisor
        return self.adapter.over(name, stored)

    def stored(self, name: str) -> Tensor:
        """Return a weight as the file has it, memory-mapped; raise ModelError where it has none."""
        found = name if name in self.names else f"{self.prefix}{name}"  # a head beside the encoder has no prefix
        if found not in self.names:
            raise ModelError(
                "The encoder lacks the weights {name}: it is not a BERT of the Hugging Face format.", name=name
            )
        tensor: Tensor = self.file.get_tensor(found)
        return tensor

    def scale(self, name: str) -> Tensor:
        """Return the factors [rows] of an 8-bit weight."""
        return self.stored(f"{name}{SCALE}")

    def input_range(self, name: str) -> tuple[float, float]:
        """Return the least and largest input of a product with 8-bit weights."""
        low, high = self.stored(f"{name}{RANGE}").tolist()
        return low, high

    def input_divisor(self, name: str) -> Tensor | None:
        """Return by what each channel [in] of a product's input is divided, None where by nothing."""
        return self.stored(f"{name}{DIVISOR}") if f"{self.prefix}{name}{DIVISOR}" in self.names else None

    def is_quantized(self, name: str) -> bool:
        """Return whether a product (or the words) is stored with 8-bit weights that no adapter changes."""
        return f"{self.prefix}{name}.weight{SCALE}" in self.names and f"{name}.weight" not in self.adapter.names

    def all(self) -> dict[str, Tensor]:
        """Return every weight by its name: changed ones in half precision, the others as they are stored."""
        names = sorted(name.removeprefix(self.prefix) for name in self.names if name.startswith(self.prefix))
        return {name: self(name).half() if name in self.adapter.names else self.stored(name) for name in names}


@contextmanager
def open_weights(folder: Path, adapter: Adapter | None = None) -> Iterator[Weights]:
    """Yield an encoder folder's weights; raise ModelError where they cannot be read or the adapter does not fit."""
    try:
        with safe_open(folder / "model.safetensors", framework="pt") as file:
            yield Weights(file, adapter or Adapter({}))
    except (OSError, SafetensorError) as error:
        raise ModelError(
            "The weights in {path} cannot be read: {detail}", path=str(folder), detail=str(error)
        ) from error


def quantized(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return int8 [rows, in] and the factors [rows] that bring them back, each row by its largest value.

    >>> values, scale = quantized(torch.tensor([[1.0, -2.0], [0.0, 0.5]]))
    >>> values.tolist(), dequantized(values, scale).round(decimals=2).tolist()
    ([[64, -127], [0, 127]], [[1.0099999904632568, -2.0], [0.0, 0.5]])
    """
    scale = (weight.float().abs().amax(1) / LARGEST).clamp(min=1e-8)
    return (weight.float() / scale[:, None]).round().to(torch.int8), scale


def dequantized(values: Tensor, scale: Tensor) -> Tensor:
    """Return float32 of 8-bit values [rows, …] and their rows' factors [rows]; see `quantized`."""
    return values.float() * scale.unsqueeze(-1)
