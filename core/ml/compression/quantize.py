"""Technique `int8`: 8-bit weights, and 8-bit inputs on scales that were seen on sample texts.

Static quantisation after training: nothing is learnt. Words, and the four products of each layer, become bytes;
norms, biases, positions and attention stay as they are. BERT's inputs have a few channels far larger than the others;
these are divided down, and their weights multiplied up (as in Xiao et al. 2023, SmoothQuant, for outliers alone).
`core.ml.int8` computes with it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.errors import InputError
from core.ml.compression.options import Int8Options
from core.ml.compression.source import Smaller, Source, vectors
from core.ml.network import Linear, PackedBert
from core.ml.training.methods import Run
from core.ml.weights import DIVISOR, RANGE, SCALE, WORDS, Weights, quantized

USUAL = 0.98
"""So large a part of the channels counts as usual."""
OUTLIER = 4.0
"""A largest channel so many times as large as the usual ones is brought down to them, and all others above them."""


def run(source: Source, texts: Sequence[str], options: Int8Options, run: Run) -> Smaller:
    """Return the encoder with 8-bit weights; raise InputError where it has them already."""
    tensors = source.tensors()
    if f"{WORDS}.weight{SCALE}" in tensors:
        raise InputError("The model {version} has 8-bit weights already.", version=source.description.version)
    chosen = np.random.default_rng(options.seed).permutation(len(texts))[: options.n_texts]
    ranges = _input_ranges(source, [texts[index] for index in sorted(chosen)], options.max_tokens, run)
    smaller: dict[str, Tensor] = {}
    divided = []
    for name, tensor in tensors.items():
        product = name.removesuffix(".weight")
        if name.endswith(".weight") and product in ranges:
            low, high = ranges[product]
            divisor = _divisor(low, high)
            if divisor is not None:
                divided.append(product)
                smaller[f"{product}{DIVISOR}"] = divisor
                tensor, low, high = tensor * divisor, low / divisor, high / divisor
            smaller[f"{product}{RANGE}"] = torch.stack([low.min(), high.max()])
        if name == f"{WORDS}.weight" or (name.endswith(".weight") and product in ranges):
            smaller[name], smaller[f"{name}{SCALE}"] = quantized(tensor)
        else:
            smaller[name] = tensor
    found = {"sample": len(chosen), "divided": len(divided)}
    return Smaller(smaller, source.config(), source.tokenizer(), source.head, source.prefixes(), found)


def _divisor(low: Tensor, high: Tensor) -> Tensor | None:
    """Return by what to divide each channel [in] so that few large ones do not set the scale; None where none do.

    >>> _divisor(torch.zeros(100), torch.tensor([40.0] + [2.0] * 99))[:2].tolist()
    [20.0, 1.0]
    >>> _divisor(torch.zeros(3), torch.tensor([4.0, 2.0, 2.0])) is None
    True
    """
    largest = torch.maximum(low.abs(), high.abs())
    usual = torch.quantile(largest, USUAL, interpolation="lower").clamp(min=1e-6)
    return (largest / usual).clamp(min=1) if largest.max() > OUTLIER * usual else None


def _input_ranges(source: Source, texts: Sequence[str], max_tokens: int, run: Run) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the least and largest input of each product by its name, channel by channel [in]."""
    network = source.network(_Watched)
    assert isinstance(network, _Watched)
    vectors(
        network,
        source.encoder.path,
        texts,
        max_tokens=max_tokens,
        n_threads=1,
        on_progress=lambda done: run.watch.phase("calibrating", done, len(texts)),
    )
    return network.ranges


class _Watched(PackedBert):
    """A forward pass that remembers between which ends the inputs of its products lay."""

    ranges: dict[str, tuple[Tensor, Tensor]]

    def _product(self, weights: Weights, *names: str, gelu: bool = False, then: str = "") -> Linear:
        inner = super()._product(weights, *names, gelu=gelu, then=then)
        self.ranges = getattr(self, "ranges", {})

        def watched(x: Tensor) -> Tensor:
            low, high = x.float().amin(0).cpu(), x.float().amax(0).cpu()
            for name in names:
                before = self.ranges.get(name, (low, high))
                self.ranges[name] = (torch.minimum(low, before[0]), torch.maximum(high, before[1]))
            return inner(x)

        return watched
