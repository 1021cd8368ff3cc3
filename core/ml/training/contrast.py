"""Pairs of texts to learn likeness from: which are drawn together, and how alike they should become.

A pair's likeness is the share of labels that its texts have in common, so that texts of two topics under one aspect
end up nearer than texts of two aspects. (The idea is SetFit's, Tunstall et al. 2022, whose pairs are either alike or
not; every two texts of a batch are a pair here, so a batch of 16 texts gives 120 pairs for 16 passes.)
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Flags = NDArray[np.bool_]


def label_weights(true: Flags) -> Tensor:
    """Return how much each label [n_labels] says: the logarithm of texts per text that has it (Sparck Jones 1972).

    So a topic in common makes texts more alike than a dimension in common.

    >>> label_weights(np.array([[True, False], [True, True]])).exp().tolist()
    [1.0, 2.0]
    """
    return torch.from_numpy(np.log(len(true) / true.sum(axis=0).clip(1))).float()


def likeness(labels: Tensor, weights: Tensor) -> Tensor:
    """Return the share of labels in common for every two of n texts [n, n], given labels as 0 and 1 [n, n_labels].

    The weights of common labels over those of labels that either has (Jaccard 1912); texts without any label are
    like no other.

    >>> labels = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> likeness(labels, torch.tensor([1.0, 3.0, 1.0])).tolist()
    [[1.0, 0.25, 0.0], [0.25, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    common = (labels * weights) @ labels.T
    sums = (labels * weights).sum(1)
    return common / (sums[:, None] + sums[None, :] - common).clamp(min=1e-6)


def alike_in_two_readings(vectors: Tensor, again: Tensor, *, temperature: float) -> Tensor:
    """Return how hard it is to find each text's second reading among all second readings, both unit [n, width].

    The two readings differ by dropout alone (Gao et al. 2021, SimCSE, equation 1).

    >>> one = torch.eye(2)
    >>> alike_in_two_readings(one, one, temperature=0.1) < alike_in_two_readings(one, one.flip(0), temperature=0.1)
    tensor(True)
    """
    wanted = torch.arange(len(vectors), device=vectors.device)
    return functional.cross_entropy(vectors @ again.T / temperature, wanted)


def contrast_loss(vectors: Tensor, wanted: Tensor, *, temperature: float) -> Tensor:
    """Return how far unit vectors [n, width] are from being as alike as is wanted [n, n].

    For each text, the cross-entropy between its likeness to the others, as shares of their sum, and the softmax of
    its cosines over the temperature (Khosla et al. 2020, equation 2, with shares in place of yes and no). Texts that
    are like no other of the batch only stand for what the rest should keep away from.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    wanted = wanted.masked_fill(itself, 0.0)
    sums = wanted.sum(1)
    counted = sums > 0
    if not counted.any():
        return vectors.sum() * 0.0
    scores = (vectors @ vectors.T / temperature).masked_fill(itself, -1e9).log_softmax(1)
    shares = wanted[counted] / sums[counted, None]
    return -(shares * scores[counted]).sum(1).mean()


def drawn_batches(true: Flags, *, n_batches: int, batch_size: int, seed: int) -> Iterator[list[int]]:
    """Yield batches of rows of true [n, n_labels] in which a rare label meets itself as often as a common one.

    Labels are drawn evenly, with two texts of each; one text in eight has no label at all, where there are such.
    """
    rng = np.random.default_rng(seed)
    owners = [np.flatnonzero(column) for column in true.T if column.sum() >= 2]
    without = np.flatnonzero(~true.any(axis=1))
    n_without = min(len(without), batch_size // 8)
    size = min(batch_size, len(true))
    for _ in range(n_batches):
        batch = dict.fromkeys(rng.choice(without, n_without, replace=False).tolist())
        tries = 0
        while len(batch) < size and owners and tries < 4 * size:
            batch |= dict.fromkeys(rng.choice(owners[rng.integers(len(owners))], 2, replace=False).tolist())
            tries += 1
        yield list(batch)[:size]
