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
    ['query: Games', 'query: 游戏', 'query: Games: Video games.', 'query: 游戏：电子游戏。']
    """
    english, chinese = f"{label.name_en}: {label.definition_en}", f"{label.name_zh}：{label.definition_zh}"
    return [QUERY + text for text in (label.name_en, label.name_zh, english, chinese)]


class Likeness:
    """How much more like a label texts are than texts usually are, in standard deviations.

    Texts and labels are each seen from their own middle, because the vectors of an encoder all lie in one direction
    (Mu and Viswanath 2018), and descriptions in another one than texts.
    """

    def __init__(self, queries: Floats, usual_queries: Floats, background: Floats) -> None:
        """Take vectors of labels [n_labels, width], of usual labels and of usual texts [n, width]."""
        self._middle = background.mean(axis=0)
        self._queries = _unit(queries - usual_queries.mean(axis=0))
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
        usual = _queries(embedder, known.labels)
        self._likeness = Likeness(_queries(embedder, labels), usual, background.vectors)
        counted, true, possible = _known_labels(background, known)
        as_if_new = Likeness(usual[counted], usual, background.vectors)
        self._worth = measure_worth(as_if_new.of(background.vectors), true, possible)

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


@dataclass(frozen=True)
class Bundled:
    """Texts with their labels, and the tree of these labels."""

    examples: Callable[[], Sequence[Example]]
    """Called where their vectors are not kept yet."""
    taxonomy: Taxonomy


def _queries(embedder: Embedder, labels: Sequence[Label]) -> Floats:
    """Return what labels are described as, [n_labels, width]."""
    texts = [described(label) for label in labels]
    vectors = embedder.embed([text for of_label in texts for text in of_label])
    return np.asarray(vectors.reshape(len(labels), -1, vectors.shape[1]).mean(axis=1), dtype=np.float32)


def _known_labels(background: Background, taxonomy: Taxonomy) -> tuple[list[int], Flags, Flags]:
    """Return the columns of topics and sectors with enough texts, which text has which, and which could have which."""
    column = {label.id: place for place, label in enumerate(taxonomy.labels)}
    lowest = {label.id: label for label in taxonomy.labels if label.kind in (LabelKind.TOPIC, LabelKind.SECTOR)}
    counted = [column[label_id] for label_id in lowest if background.true[:, column[label_id]].sum() >= FEW]
    parents = [taxonomy.labels[place].parent for place in counted]
    above = [background.true[:, column[p]] if p else background.true.any(axis=1) for p in parents]
    return counted, background.true[:, counted], np.stack(above, axis=1)


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
