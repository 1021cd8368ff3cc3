"""Which label stands out among some of the stories, against all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST_SHARE = 0.5
FEWEST = 2
LEAST_Z = 2.0


@dataclass(frozen=True)
class Incidence:
    """Which story carries which label."""

    held: "csr_array"
    """[n_stories, n_labels], 1 where a story carries a label."""
    label_ids: list[str]


def incidence(story_ids: Sequence[int] | npt.NDArray[Any], labels: pd.DataFrame) -> Incidence:
    """Lay labels (document_id, label_id) out on the stories, in their order; the labels are sorted.

    >>> labels = pd.DataFrame({"document_id": [7, 9, 9], "label_id": ["b", "a", "b"]})
    >>> incidence([7, 8, 9], labels).held.toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    """
    from scipy.sparse import csr_array

    label_ids = sorted(labels["label_id"].unique().tolist())
    row = pd.Index(story_ids).get_indexer(pd.Index(labels["document_id"]))
    column = pd.Index(label_ids).get_indexer(pd.Index(labels["label_id"])) if label_ids else row
    known = row >= 0
    places = (row[known], column[known])
    held = csr_array((np.ones(int(known.sum())), places), shape=(len(story_ids), len(label_ids)))
    return Incidence(held, label_ids)


def prominent_labels(groups: "csr_array", all_stories: Incidence) -> list[str]:
    """Return for each group of stories the label that it carries more often than all stories do, '' where none.

    Groups are [n_groups, n_stories], 1 where a story is in a group. The label is carried by two stories and half of
    the group at least, and its hypergeometric z against all stories is the largest of these and at least 2; of a
    child and its parent that stand out alike, the child.

    >>> from scipy.sparse import csr_array
    >>> stories = Incidence(csr_array(np.array([[1.0]] * 3 + [[0.0]] * 17)), ["a"])
    >>> prominent_labels(csr_array(np.array([[1.0] * 2 + [0.0] * 18, [0.0] * 18 + [1.0] * 2])), stories)
    ['a', '']
    """
    if not all_stories.label_ids:
        return [""] * groups.shape[0]
    total = all_stories.held.shape[0]
    n_of_label = all_stories.held.sum(axis=0)
    n_of_group = groups.sum(axis=1)[:, None]
    n = (groups @ all_stories.held).toarray()
    share = n_of_label / max(1, total)
    variance = n_of_group * share * (1 - share) * (total - n_of_group) / max(1, total - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num((n - n_of_group * share) / np.sqrt(variance), nan=0, posinf=0, neginf=0).round(6)
    z[(n < FEWEST) | (n < LEAST_SHARE * n_of_group) | (z < LEAST_Z)] = 0
    # the id of a child is longer than its parent's
    finest = np.array([len(label_id) for label_id in all_stories.label_ids]) * 1e-9
    best = (z + finest).argmax(axis=1)
    return [all_stories.label_ids[b] if row[b] > 0 else "" for row, b in zip(z, best, strict=True)]
