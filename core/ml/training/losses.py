"""Losses for texts with several labels of which most are rare; each takes logits and labels [n, n_labels].

All are summed over the labels and averaged over the texts, so that they need like learning rates.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
GAMMA = 2.0
"""Focal loss: how strongly a pair that is decided well already is played down (Lin et al. 2017, section 5.1)."""
GAMMA_NEGATIVE, MARGIN = 4.0, 0.05
"""Asymmetric loss: the same for negatives alone, and the probability below which they count nothing
(Ridnik et al. 2021, section 4.1)."""
MOST_WEIGHT = 10.0


def loss_named(name: str, taught: Tensor) -> Loss:
    """Return `bce`, `weighted`, `focal` or `asymmetric`, for the labels of the texts that are taught [n, n_labels]."""
    if name == "weighted":
        return partial(weighted, weights=positive_weights(taught))
    return {"bce": bce, "focal": focal, "asymmetric": asymmetric}[name]


def bce(logits: Tensor, labels: Tensor) -> Tensor:
    """Return binary cross-entropy.

    >>> bce(torch.zeros(2, 3), torch.zeros(2, 3)).item().__round__(4)  # 3 labels, ln 2 each
    2.0794
    """
    return _joined(functional.binary_cross_entropy_with_logits(logits, labels, reduction="none"))


def weighted(logits: Tensor, labels: Tensor, *, weights: Tensor) -> Tensor:
    """Return binary cross-entropy, each label's positives counted so many times [n_labels]."""
    weights = weights.to(logits.device)
    return _joined(functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights, reduction="none"))


def positive_weights(taught: Tensor) -> Tensor:
    """Return the square root of negatives per positive of each label, MOST_WEIGHT at most.

    The full ratio (King and Zeng 2001) makes labels of a few texts drown the others.

    >>> positive_weights(torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])).tolist()
    [2.0, 2.0]
    """
    positives = taught.sum(0).clamp(min=1.0)
    return ((len(taught) - positives) / positives).sqrt().clamp(1.0, MOST_WEIGHT)


def focal(logits: Tensor, labels: Tensor) -> Tensor:
    """Return focal loss, (1 - p)^gamma times the cross-entropy, p the probability of what is true (Lin et al. 2017).

    >>> focal(torch.zeros(1, 1), torch.ones(1, 1)).item().__round__(4)  # 0.25 ln 2
    0.1733
    """
    each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return _joined((1 - torch.exp(-each)) ** GAMMA * each)


def asymmetric(logits: Tensor, labels: Tensor) -> Tensor:
    """Return asymmetric loss: positives by cross-entropy, easy negatives played down or left out (Ridnik et al. 2021).

    >>> asymmetric(torch.full((1, 1), -4.0), torch.zeros(1, 1)).item()  # p = 0.018 is below the margin
    0.0
    """
    likely = (logits.float().sigmoid() - MARGIN).clamp(min=0.0)
    negative = -(likely**GAMMA_NEGATIVE) * torch.log1p(-likely.clamp(max=1 - 1e-6))
    return _joined(torch.where(labels > 0.5, -functional.logsigmoid(logits.float()), negative))


def _joined(each: Tensor) -> Tensor:
    return each.sum(1).mean()
