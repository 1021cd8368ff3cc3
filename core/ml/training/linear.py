"""Many logistic regressions at once over fixed vectors; pure arithmetic over arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
MAX_STEPS = 200


@dataclass(frozen=True)
class Linear:
    """score = vector · weight + bias, for vectors as the encoder gives them."""

    weight: Floats
    """[n_labels, width]."""
    bias: Floats
    """[n_labels]."""

    def scores(self, vectors: Floats) -> Floats:
        """Return [n, n_labels]."""
        return np.asarray(vectors @ self.weight.T + self.bias, dtype=np.float32)


def fit(vectors: Floats, true: Flags | Floats, *, penalty: float) -> Linear:
    """Return the logistic regressions with the least mean loss plus penalty / 2 · |weight|² on standardised vectors.

    Positives are not weighted up: the thresholds are chosen afterwards, and weighting cost ranking quality without
    helping F1. Targets may be probabilities instead. Biases begin at the labels' log odds, so that rare labels start
    out rare. The problem is convex, so no seed matters.
    """
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    x = torch.from_numpy((vectors - mean) / scale)
    y = torch.from_numpy(true.astype(np.float32))
    positives = y.sum(0).clamp(min=0.5)
    weight = torch.zeros(y.shape[1], x.shape[1], requires_grad=True)
    bias = (positives / (len(y) - positives).clamp(min=0.5)).log().requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = functional.linear(x, weight, bias)
        value = functional.binary_cross_entropy_with_logits(logits, y)
        value = value + penalty / 2 * weight.square().sum() / y.shape[1]
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    folded = (weight.detach().numpy() / scale).astype(np.float32)
    return Linear(folded, (bias.detach().numpy() - folded @ mean).astype(np.float32))
