"""From passages to documents: one probability a label, and the passages that carry a label. Pure numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]


def top_share_mean(probabilities: Probabilities, lengths: Sequence[int], *, share: float = 0.3) -> Probabilities:
    """Return a document's probabilities [n_labels] from its passages' [n_passages, n_labels].

    For each label: the length-weighted mean over those passages that speak for it most, as many as make up the
    share of the document's length. A label is what a text is about, so one sentence in passing should not do (as
    it would with the maximum or a noisy-or), nor should a background chapter hide it (as with the plain mean).
    With share 1 this is the plain mean, with share 0 the maximum.

    >>> passages = np.array([[0.9], [0.1], [0.1], [0.1]], dtype=np.float32)
    >>> top_share_mean(passages, [10, 10, 10, 10], share=0.5).round(3).tolist()
    [0.5]
    """
    weights = np.asarray(lengths, dtype=np.float64)
    order = np.argsort(-probabilities, axis=0, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=0)
    ranked_weights = weights[order]
    before = np.cumsum(ranked_weights, axis=0) - ranked_weights
    counted = np.clip(share * weights.sum() - before, 0.0, ranked_weights)
    counted[0] = np.maximum(counted[0], 1e-9)
    return np.asarray((ranked * counted).sum(axis=0) / counted.sum(axis=0), dtype=np.float32)


def evidence(
    probabilities: Probabilities, decided: Sequence[str], label_ids: Sequence[str], *, limit: int = 3
) -> dict[str, list[int]]:
    """Return the ordinals of the best passages of each decided label, best first.

    A passage counts as evidence when it has at least half the best one's probability.

    >>> evidence(np.array([[0.2], [0.9], [0.6]], dtype=np.float32), ["market"], ["market"])
    {'market': [1, 2]}
    """
    column = {label_id: index for index, label_id in enumerate(label_ids)}
    found = {}
    for label_id in decided:
        values = probabilities[:, column[label_id]]
        best = np.argsort(-values, kind="stable")[:limit]
        found[label_id] = [int(ordinal) for ordinal in best if values[ordinal] >= values[best[0]] / 2]
    return found
