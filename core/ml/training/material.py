"""What every training method is given, and how texts are set aside to calibrate and to measure on."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.domain.own_labels import TEACHABLE
from core.domain.taxonomy import Taxonomy
from core.errors import InputError
from core.ml.cloze import Cloze
from core.ml.examples import Example, joined, label_matrix

Rows = NDArray[np.intp]
TEST_PARTS = 12
"""One story of so many is only ever measured on."""


@dataclass(frozen=True)
class Split:
    """Which examples are learnt from, which calibrate, and which are only measured on; no story is in two."""

    taught: Rows
    validation: Rows
    test: Rows


@dataclass(frozen=True)
class Material:
    """Labelled texts, the encoder to start from and the tree to learn."""

    examples: Sequence[Example]
    encoder_dir: Path
    taxonomy: Taxonomy
    unlabelled: Sequence[str] = ()
    """Texts whose language the encoder may get used to first; where there are none, the taught ones serve."""
    champion_dir: Path | None = None
    """The model to go on from, for the method that does."""
    cloze: Cloze | None = None
    """What stands around each text where a method reads it at a mask."""

    @cached_property
    def label_ids(self) -> list[str]:
        """Return the labels in tree order, as every array has them; a user's own label only with enough examples."""
        n_examples = Counter(label_id for example in self.examples for label_id in example.labels)
        return [label.id for label in self.taxonomy.labels if not label.own or n_examples[label.id] >= TEACHABLE]

    @cached_property
    def texts(self) -> list[str]:
        """Return what the encoder reads of each example."""
        return [joined(example.title, example.text) for example in self.examples]

    @cached_property
    def true(self) -> NDArray[np.bool_]:
        """Return which example has which label, [n, n_labels]."""
        return label_matrix(self.examples, self.label_ids)

    def parts(self, n: int, *, seed: int) -> Rows:
        """Return each example's part of n, from a hash of its story: stable whatever else is added."""
        return self._parts(n, str(seed))

    def split(self, *, held_out_of: int, seed: int) -> Split:
        """Return the three parts, each by a hash of the story (the group, or the id where there is none).

        The test part is one of TEST_PARTS and the same whatever the seed and the options, so that every model is
        measured on texts that no other one learnt from either.
        """
        test = self._parts(TEST_PARTS, "test") == 0
        validation = ~test & (self.parts(held_out_of, seed=seed) == 0)
        return Split(*(np.flatnonzero(part) for part in (~test & ~validation, validation, test)))

    def require_parts(self, *, held_out_of: int, seed: int) -> None:
        """Raise InputError where too few stories leave nothing to learn from or to calibrate on."""
        split = self.split(held_out_of=held_out_of, seed=seed)
        if not len(split.taught) or not len(split.validation):
            raise InputError(
                "The {n} texts are of too few different stories to hold some out for calibration: add texts, or choose "
                "a smaller `held_out_of`.",
                n=len(self.examples),
            )

    def require_enough(self, n: int) -> None:
        """Raise InputError where there are fewer than n texts."""
        found = len(self.examples)
        if found < n:
            raise InputError("{found} texts are too few to train on: at least {n} are needed.", found=found, n=n)

    def _parts(self, n: int, salt: str) -> Rows:
        stories = (example.group or example.id for example in self.examples)
        digests = (hashlib.sha256(f"{salt}:{story}".encode()).digest() for story in stories)
        return np.array([int.from_bytes(digest[:4], "big") % n for digest in digests])
