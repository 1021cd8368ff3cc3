"""What every training method is given, and how texts are set aside to measure on."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.ml.examples import Example, joined, label_matrix

Progress = Callable[[str, int, int], None]
"""Called with a phase (`reading`, `training`), how much of it is done and how much there is."""


@dataclass(frozen=True)
class Material:
    """Labelled texts, the encoder to start from and the tree to learn."""

    examples: Sequence[Example]
    encoder_dir: Path
    taxonomy: Taxonomy

    @cached_property
    def label_ids(self) -> list[str]:
        """Return the labels in tree order, as every array has them."""
        return [label.id for label in self.taxonomy.labels]

    @cached_property
    def texts(self) -> list[str]:
        """Return what the encoder reads of each example."""
        return [joined(example.title, example.text) for example in self.examples]

    @cached_property
    def true(self) -> NDArray[np.bool_]:
        """Return which example has which label, [n, n_labels]."""
        return label_matrix(self.examples, self.label_ids)

    def parts(self, n: int, *, seed: int) -> NDArray[np.intp]:
        """Return each example's part of n, see `held_part`."""
        return held_part(self.examples, n, seed=seed)


def held_part(examples: Sequence[Example], n: int, *, seed: int) -> NDArray[np.intp]:
    """Return each example's part of n, from a hash of its id: stable whatever else is added."""
    digests = (hashlib.sha256(f"{seed}:{example.id}".encode()).digest() for example in examples)
    return np.array([int.from_bytes(digest[:4], "big") % n for digest in digests], dtype=np.intp)


def unheard(_phase: str, _done: int, _total: int) -> None:
    """Take progress and say nothing."""
