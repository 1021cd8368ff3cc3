"""From passages to documents: one probability a label, the labels that follow, and the passages that carry them.

Pure numpy; the rules of the tree (a topic implies its aspect and dimension) are applied here and nowhere else.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy

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


def consistent(probabilities: Probabilities, label_ids: Sequence[str], taxonomy: Taxonomy) -> Probabilities:
    """Raise every parent's probability to its most probable child's; works on [n_labels] and [n, n_labels]."""
    result = probabilities.copy()
    column = {label_id: index for index, label_id in enumerate(label_ids)}
    for label_id in sorted(label_ids, key=lambda label_id: -label_id.count(".")):
        parent = taxonomy.by_id[label_id].parent
        if parent in column:
            target = result[..., column[parent]]
            np.maximum(target, result[..., column[label_id]], out=target)
    return result


def decide(
    probabilities: Probabilities, thresholds: NDArray[np.float32], label_ids: Sequence[str], taxonomy: Taxonomy
) -> list[str]:
    """Return the labels [n_labels] at or over their thresholds with every label they imply, in tree order."""
    over = {label_id for label_id, is_over in zip(label_ids, probabilities >= thresholds, strict=True) if is_over}
    decided = taxonomy.with_parents(over)
    return [label.id for label in taxonomy.labels if label.id in decided]


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
