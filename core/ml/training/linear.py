"""Many logistic regressions at once over fixed vectors, and what makes their scores into decisions.

Owns the arithmetic (fit, calibration, thresholds), all of it over arrays; leaves out texts, encoders and files.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.ml.evaluate import f1

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


def fit(vectors: Floats, true: Flags, *, penalty: float) -> Linear:
    """Return the logistic regressions with the least mean loss plus penalty / 2 · |weight|² on standardised vectors.

    Positives are not weighted up: the thresholds are chosen afterwards, and weighting cost ranking quality without
    helping F1. Biases begin at the labels' log odds, so that rare labels start out rare. The problem is convex,
    so no seed matters.
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


def platt(scores: Floats, true: Flags) -> tuple[float, float]:
    """Return slope and intercept that make sigmoid(slope · score + intercept) a frequency (Platt 1999).

    One pair for all labels: of most labels there are too few positives for a pair of their own.
    """
    x = torch.from_numpy(scores.ravel())
    y = torch.from_numpy(true.ravel().astype(np.float32))
    slope, intercept = torch.ones(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([slope, intercept], max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = functional.binary_cross_entropy_with_logits(slope * x + intercept, y)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return slope.item(), intercept.item()


def choose_thresholds(probabilities: Floats, true: Flags, *, shrinkage: float) -> Floats:
    """Return a threshold a label: its own best by F1, drawn towards the common one the fewer positives it has.

    threshold = (n · own + shrinkage · common) / (n + shrinkage), n the label's positives; common is the one value
    with the best mean F1 over labels.
    """
    grid = np.linspace(0.05, 0.9, 86, dtype=np.float32)
    quality = np.array([[f1(true[:, j], probabilities[:, j] >= t) for t in grid] for j in range(true.shape[1])])
    common = grid[quality.mean(axis=0).argmax()]
    own = np.array([_middle_of_best(grid, row) for row in quality])
    n_positives = true.sum(axis=0)
    return np.asarray((n_positives * own + shrinkage * common) / (n_positives + shrinkage), dtype=np.float32)


def _middle_of_best(grid: Floats, quality: NDArray[np.float64]) -> float:
    """Return the middle of the thresholds that are as good as the best: an edge would hold for this sample alone."""
    return float(np.median(grid[quality >= quality.max() - 1e-9]))
