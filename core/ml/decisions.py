"""From calibrated probabilities to labels: the thresholds and the rules of the tree, applied here and nowhere else."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import LabelKind, Taxonomy

Probabilities = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Rules:
    """How the labels of a classifier hang together in the tree; columns are in the classifier's order.

    A label is at least as probable as what lies below it. It holds where both it and its dimension reach their
    thresholds (for a sector: any dimension), and the labels above it hold with it. So it is the dimensions'
    thresholds that decide whether a text is on topic at all.
    """

    def __init__(self, label_ids: Sequence[str], taxonomy: Taxonomy) -> None:
        column = {label_id: index for index, label_id in enumerate(label_ids)}
        self._label_ids = tuple(label_ids)
        self._in_tree_order = [column[label.id] for label in taxonomy.labels if label.id in column]
        deepest_first = sorted(label_ids, key=lambda label_id: -label_id.count("."))
        pairs = ((label_id, taxonomy.by_id[label_id].parent or "") for label_id in deepest_first)
        self._steps_up = [(column[child], column[parent]) for child, parent in pairs if parent in column]
        self.dimensions = [column[label_id] for label_id in label_ids if _is_dimension(label_id, taxonomy)]
        tops = [column.get(label_id.partition(".")[0]) for label_id in label_ids]
        self._needs = [self.dimensions if top is None else [top] for top in tops]

    def consistent(self, probabilities: Probabilities) -> Probabilities:
        """Return [n, n_labels] with every parent's probability raised to its most probable child's."""
        result = probabilities.copy()
        for child, parent in self._steps_up:
            np.maximum(result[:, parent], result[:, child], out=result[:, parent])
        return result

    def decisions(self, probabilities: Probabilities, thresholds: Probabilities) -> Flags:
        """Return which labels hold, [n, n_labels]."""
        over = self.consistent(probabilities) >= thresholds
        held = over.copy()
        for column, needed in enumerate(self._needs):
            if needed:
                held[:, column] &= over[:, needed].any(axis=1)
        for child, parent in self._steps_up:
            held[:, parent] |= held[:, child]
        return held

    def names(self, held: Flags) -> list[str]:
        """Return one text's labels [n_labels] by id, in tree order."""
        return [self._label_ids[column] for column in self._in_tree_order if held[column]]


def _is_dimension(label_id: str, taxonomy: Taxonomy) -> bool:
    return taxonomy.by_id[label_id].kind is LabelKind.DIMENSION
