"""Technique `layers`: the layers that matter least are left out, and the head is fitted anew.

One after the other, the layer goes without which the vectors of sample texts change least (drop and measure; compare
Sajjad et al. 2023, On the Effect of Dropping Layers of Pre-trained Transformer Models). No layer learns anything,
so it takes minutes; technique `distill` takes longer and keeps more.
"""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from core.errors import InputError
from core.ml.compression.options import LayersOptions
from core.ml.compression.recovery import refitted
from core.ml.compression.source import Floats, Smaller, Source, vectors
from core.ml.training.methods import Run

LAYER = "encoder.layer."


def run(source: Source, texts: Sequence[str], options: LayersOptions, run: Run) -> Smaller:
    """Return the encoder with fewer layers; raise InputError where it has no more than that."""
    network = source.network()
    require_fewer(source, options.n_layers)
    order = np.random.default_rng(options.seed).permutation(len(texts))[: options.n_texts]
    chosen = [texts[index] for index in order]
    every = list(network.layers)

    def seen(kept: Sequence[int], part: Sequence[str], phase: str = "") -> Floats:
        network.layers = [every[index] for index in kept]
        told = (lambda done: run.watch.phase(phase, done, len(part))) if phase else None
        return vectors(network, source.encoder.path, part, max_tokens=options.max_tokens, on_progress=told)

    kept = _greedily_kept(len(every), options.n_layers, lambda kept: seen(kept, chosen[: options.n_sample]), run)
    targets = source.head.probabilities(seen(range(len(every)), chosen, "reading"))
    head = refitted(seen(kept, chosen, "fitting"), targets)
    config = source.config() | {"num_hidden_layers": len(kept)}
    tensors, prefixes = (only_layers(own, kept) for own in (source.tensors(), source.prefixes()))
    return Smaller(tensors, config, source.tokenizer(), head, prefixes, {"kept_layers": kept})


def require_fewer(source: Source, n_layers: int) -> None:
    """Raise InputError where a number of layers is not less than the encoder has."""
    n_before = source.config()["num_hidden_layers"]
    if not 1 <= n_layers < n_before:
        raise InputError(
            "{n} layers cannot be kept of the {found} that model {version} has; choose from 1 to {most}.",
            n=n_layers,
            found=n_before,
            version=source.description.version,
            most=n_before - 1,
        )


def _greedily_kept(n_before: int, n_after: int, seen: Callable[[Sequence[int]], Floats], run: Run) -> list[int]:
    """Return the layers that are left when, again and again, the one that matters least goes."""
    kept = list(range(n_before))
    whole = seen(kept)
    n_tries = sum(range(n_after + 1, n_before + 1))
    n_done = 0
    while len(kept) > n_after:
        likeness = {}
        for layer in kept:
            likeness[layer] = float((seen([other for other in kept if other != layer]) * whole).sum(1).mean())
            n_done += 1
            run.watch.phase("measuring", n_done, n_tries)
        kept.remove(max(likeness, key=likeness.__getitem__))
    return kept


def only_layers(tensors: dict[str, Tensor], kept: Sequence[int]) -> dict[str, Tensor]:
    """Return weights by name with those layers alone, counted from 0 again.

    >>> import torch
    >>> list(only_layers({"encoder.layer.0.w": torch.ones(1), "encoder.layer.2.w": torch.ones(1)}, [2]))
    ['encoder.layer.0.w']
    """
    place = {str(layer): index for index, layer in enumerate(kept)}
    found = {}
    for name, tensor in tensors.items():
        if not name.startswith(LAYER):
            found[name] = tensor
            continue
        layer, _, rest = name.removeprefix(LAYER).partition(".")
        if layer in place:
            found[f"{LAYER}{place[layer]}.{rest}"] = tensor
    return found
