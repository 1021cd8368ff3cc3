"""Labels without examples: texts are compared with what a label is called and said to be about.

Owns the comparison and what it is worth: how probable a label is at some likeness is read off the labels that the
bundled texts do have, each taken as if it were new. Leaves out who stores what comes of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.ml.embedder import Embedder
from core.ml.evaluate import f1
from core.ml.examples import Example, joined, label_matrix

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
N_BACKGROUND = 600
"""So many bundled texts, drawn with a fixed seed, say what likeness is usual."""
CHARACTERS = 800
"""Of each of them, so much is read."""
FEW = 5
"""A label with fewer texts among those says nothing of what likeness is worth."""
QUERY, PASSAGE = "query: ", "passage: "
"""What the default encoder was taught to read before a short description and before a text (Wang et al. 2024)."""
GRID = np.linspace(0.05, 0.9, 86, dtype=np.float32)


@dataclass(frozen=True)
class Background:
    """Vectors of texts whose labels are known, and those labels."""

    vectors: Floats
    """[n, width]"""
    true: Flags
    """[n, n_labels] in the order of the bundled tree."""


def described(label: Label) -> list[str]:
    """Return what the encoder reads of a label, in both languages.

    >>> described(Label("sector.games", LabelKind.SECTOR, None, "Games", "游戏", "Video games.", "电子游戏。"))
    ['query: Games: Video games.', 'query: 游戏：电子游戏。']
    """
    english, chinese = f"{label.name_en}: {label.definition_en}", f"{label.name_zh}：{label.definition_zh}"
    return [QUERY + english, QUERY + chinese]


class Likeness:
    """How much more like a label texts are than texts usually are, in standard deviations.

    The mean of the background's vectors is taken off first, because the vectors of an encoder all lie in one
    direction (Mu and Viswanath 2018).
    """

    def __init__(self, queries: Floats, background: Floats) -> None:
        """Take labels' vectors [n_labels, width] and usual texts' vectors [n, width]."""
        self._middle = background.mean(axis=0)
        self._queries = _unit(queries - self._middle)
        usual = self._cosines(background)
        self._mean, self._spread = usual.mean(axis=0), usual.std(axis=0) + 1e-6

    def of(self, vectors: Floats) -> Floats:
        """Return [n, n_labels] for texts' vectors [n, width]."""
        return np.asarray((self._cosines(vectors) - self._mean) / self._spread, dtype=np.float32)

    def _cosines(self, vectors: Floats) -> Floats:
        return _unit(vectors - self._middle) @ self._queries.T


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-9), dtype=np.float32)


@dataclass(frozen=True)
class Worth:
    """What a likeness is worth among texts that have the label above, as measured on labels that are known."""

    slope: float
    intercept: float
    threshold: float
    """The probability from which a label is given: the best mean F1 over the known labels."""

    def probabilities(self, likeness: Floats) -> Floats:
        """Return the probability of each likeness."""
        return np.asarray(expit(self.slope * likeness + self.intercept), dtype=np.float32)


def measure_worth(likeness: Floats, true: Flags, possible: Flags) -> Worth:
    """Return what likeness [n, n_labels] says of true labels, of the pairs that are possible, all of these shapes."""
    from core.ml.training.calibration import platt

    slope, intercept = platt(likeness[possible][:, None], true[possible][:, None])
    chances = expit(slope * likeness + intercept)
    columns = [column for column in range(true.shape[1]) if (true & possible)[:, column].any()]
    quality = [
        np.mean([f1(true[possible[:, c], c], chances[possible[:, c], c] >= threshold) for c in columns])
        for threshold in GRID
    ]
    return Worth(slope, intercept, float(GRID[int(np.argmax(quality))]))


class Descriptions:
    """Labels by their descriptions, ready to be compared with texts."""

    def __init__(self, embedder: Embedder, labels: Sequence[Label], background: Background, known: Taxonomy) -> None:
        """Take the labels to look for, and the texts and the tree that say what likeness is worth."""
        self._embedder = embedder
        self._likeness = self._of(labels, background)
        counted, true, possible = _known_labels(background, known)
        self._worth = measure_worth(self._of(counted, background).of(background.vectors), true, possible)

    @classmethod
    def load(
        cls,
        encoder_dir: Path,
        labels: Sequence[Label],
        bundled: "Bundled",
        *,
        keep_in: Path,
        threads: int = 0,
    ) -> "Descriptions":
        """Read the encoder as it came; the bundled texts are read by it once, and their vectors kept in a folder."""
        embedder = Embedder.load(encoder_dir, threads=threads)
        return cls(embedder, labels, _background(embedder, bundled, keep_in), bundled.taxonomy)

    @property
    def threshold(self) -> float:
        """Return the probability from which a label is given to a text that has the label above it."""
        return self._worth.threshold

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return [n, n_labels]: how probable each label is for texts that have the label above it."""
        return self._worth.probabilities(self._likeness.of(self._embedder.embed([PASSAGE + text for text in texts])))

    def _of(self, labels: Sequence[Label], background: Background) -> Likeness:
        queries = self._embedder.embed([text for label in labels for text in described(label)])
        return Likeness(queries.reshape(len(labels), 2, -1).mean(axis=1), background.vectors)


@dataclass(frozen=True)
class Bundled:
    """Texts with their labels, and the tree of these labels."""

    examples: Callable[[], Sequence[Example]]
    """Called where their vectors are not kept yet."""
    taxonomy: Taxonomy


def _known_labels(background: Background, taxonomy: Taxonomy) -> tuple[list[Label], Flags, Flags]:
    """Return topics and sectors with enough texts, which text has which, and which has what it needs for which."""
    columns = {label.id: background.true[:, column] for column, label in enumerate(taxonomy.labels)}
    lowest = (LabelKind.TOPIC, LabelKind.SECTOR)
    counted = [label for label in taxonomy.labels if label.kind in lowest and columns[label.id].sum() >= FEW]
    above = [columns[label.parent] if label.parent else background.true.any(axis=1) for label in counted]
    return counted, np.stack([columns[label.id] for label in counted], axis=1), np.stack(above, axis=1)


def _background(embedder: Embedder, bundled: Bundled, folder: Path) -> Background:
    """Return the vectors of some of the bundled texts, computed where the folder does not have them yet."""
    label_ids = [label.id for label in bundled.taxonomy.labels]
    path = folder / f"zero-shot-{embedder.encoder.hash[:12]}.npz"
    if path.is_file():
        with np.load(path) as kept:  # without pickles, as is numpy's default
            if kept["label_ids"].tolist() == label_ids:
                return Background(kept["vectors"].astype(np.float32), kept["true"])
    examples = bundled.examples()
    chosen = [examples[i] for i in np.random.default_rng(0).permutation(len(examples))[:N_BACKGROUND]]
    vectors = embedder.embed([PASSAGE + joined(one.title, one.text)[:CHARACTERS] for one in chosen])
    found = Background(vectors, label_matrix(chosen, label_ids))
    beside = path.with_suffix(".part.npz")
    np.savez(beside, vectors=vectors.astype(np.float16), true=found.true, label_ids=np.array(label_ids))
    beside.replace(path)
    return found
