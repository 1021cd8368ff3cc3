"""Technique `int8`: 8-bit weights, and 8-bit inputs on scales that were seen on sample texts.

Static quantisation after training: nothing is learnt. Words, and the four products of each layer, become bytes;
norms, biases, positions and attention stay as they are. `core.ml.int8` computes with it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.errors import InputError
from core.ml.compression.options import Int8Options
from core.ml.compression.source import Smaller, Source, vectors
from core.ml.network import Linear, PackedBert
from core.ml.training.watch import Watch
from core.ml.weights import RANGE, SCALE, WORDS, Weights, quantized


def run(source: Source, texts: Sequence[str], options: Int8Options, watch: Watch) -> Smaller:
    """Return the encoder with 8-bit weights; raise InputError where it has them already."""
    tensors = source.tensors()
    if f"{WORDS}.weight{SCALE}" in tensors:
        raise InputError("The model {version} has 8-bit weights already.", version=source.description.version)
    chosen = np.random.default_rng(options.seed).permutation(len(texts))[: options.n_texts]
    ranges = _input_ranges(source, [texts[index] for index in sorted(chosen)], options.max_tokens, watch)
    smaller: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        product = name.removesuffix(".weight")
        if product in ranges or product == WORDS:
            smaller[name], smaller[f"{name}{SCALE}"] = quantized(tensor)
        else:
            smaller[name] = tensor
    smaller |= {f"{product}{RANGE}": torch.tensor(ends) for product, ends in ranges.items()}
    return Smaller(
        smaller, source.config(), source.tokenizer(), source.head, source.prefixes(), {"sample": len(chosen)}
    )


def _input_ranges(
    source: Source, texts: Sequence[str], max_tokens: int, watch: Watch
) -> dict[str, tuple[float, float]]:
    """Return the least and largest input of each product by its name."""
    network = source.network(_Watched)
    assert isinstance(network, _Watched)
    vectors(
        network,
        source.encoder.path,
        texts,
        max_tokens=max_tokens,
        n_threads=1,
        on_progress=lambda done: watch.phase("calibrating", done, len(texts)),
    )
    return network.ranges


class _Watched(PackedBert):
    """A forward pass that remembers between which ends the inputs of its products lay."""

    ranges: dict[str, tuple[float, float]]

    def _product(self, weights: Weights, *names: str, gelu: bool = False, then: str = "") -> Linear:
        inner = super()._product(weights, *names, gelu=gelu, then=then)
        self.ranges: dict[str, tuple[float, float]] = getattr(self, "ranges", {})

        def watched(x: Tensor) -> Tensor:
            low, high = (end.item() for end in torch.aminmax(x))
            for name in names:
                before = self.ranges.get(name, (low, high))
                self.ranges[name] = (min(low, before[0]), max(high, before[1]))
            return inner(x)

        return watched
