"""From scores of texts that training did not see to probabilities that are frequencies, and to thresholds."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.ml.decisions import Rules
from core.ml.evaluate import f1

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
MAX_STEPS = 200
GRID = np.linspace(0.05, 0.9, 86, dtype=np.float32)
"""Thresholds that are tried."""
MOST_LOST = 0.01
"""So much of the dimensions' mean F1 may be given for untagged off-topic texts: with few texts to learn from, the two
cannot be told apart, and the price would be a third of all labels."""


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


def choose_thresholds(
    probabilities: Floats, true: Flags, rules: Rules, *, shrinkage: float, off_topic_share: float
) -> Floats:
    """Return a threshold a label [n_labels], for probabilities [n, n_labels] of texts that training did not see.

    A label's own best by F1 is drawn towards the common one the fewer positives it has: (n · own + shrinkage ·
    common) / (n + shrinkage), n its positives, common the one value with the best mean F1. The dimensions' are then
    raised together until so many of the off-topic texts get no label, or their mean F1 would fall by MOST_LOST.
    """
    likely = rules.consistent(probabilities)
    quality = np.array([[f1(true[:, j], likely[:, j] >= t) for t in GRID] for j in range(true.shape[1])])
    common = GRID[quality.mean(axis=0).argmax()]
    own = np.array([_middle_of_best(row) for row in quality])
    n_positives = true.sum(axis=0)
    thresholds = np.asarray((n_positives * own + shrinkage * common) / (n_positives + shrinkage), dtype=np.float32)
    if rules.dimensions:
        columns = rules.dimensions
        thresholds[columns] = _raised(thresholds[columns], likely[:, columns], true, columns, off_topic_share)
    return thresholds


def _middle_of_best(quality: NDArray[np.float64]) -> float:
    """Return the middle of the thresholds that are as good as the best: an edge would hold for this sample alone."""
    return float(np.median(GRID[quality >= quality.max() - 1e-9]))


def _raised(thresholds: Floats, likely: Floats, true: Flags, columns: list[int], share: float) -> Floats:
    """Return the dimensions' thresholds, each at least the least value of the grid that leaves the share untagged."""
    off_topic = likely[~true.any(axis=1)]

    def quality(tried: Floats) -> float:
        return float(np.mean([f1(true[:, j], likely[:, i] >= tried[i]) for i, j in enumerate(columns)]))

    least_quality = quality(thresholds) - MOST_LOST
    raised = thresholds
    for least in GRID:
        tried = np.asarray(np.maximum(thresholds, least), dtype=np.float32)
        if quality(tried) < least_quality:
            break
        raised = tried
        if not len(off_topic) or (off_topic < raised).all(axis=1).mean() >= share:
            break
    return raised
