"""How two classifiers differ on the same texts: F1 side by side, with intervals that come from resampling stories.

Pure functions over arrays. The paired bootstrap (Efron & Tibshirani 1993, chapters 13 and 16; Koehn 2004 for
comparing two systems) draws stories, not texts, because copies of one story are right or wrong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Difference:
    """F1 of two classifiers, and between which bounds the second one's is above the first one's."""

    before: float
    after: float
    low: float
    high: float
    n: int
    """Texts with one of the labels."""

    @property
    def difference(self) -> float:
        """Return how much better the second is; below 0 it is worse."""
        return self.after - self.before


@dataclass(frozen=True)
class PairedF1:
    """F1 of each label by two classifiers, on the texts as they are and in each resample of their stories."""

    scores: Floats
    """[2, 1 + N_RESAMPLES, n_labels]; the first row is of the texts as they are."""
    occurs: Flags
    """[1 + N_RESAMPLES, n_labels]: whether a resample holds a text with the label."""
    positives: Flags
    """[n_texts, n_labels]."""

    def macro(self, columns: Sequence[int], *, level: float = 0.95) -> Difference:
        """Return the means over those of the labels that occur; NaN where none does.

        In each resample the mean is over the labels that occur in it.
        """
        own, there = self.scores[:, :, columns], self.occurs[:, columns]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (own * there).sum(axis=2) / there.sum(axis=1)
        tail = 50 * (1 - level)
        drawn = (means[1] - means[0])[1:]
        low, high = np.nanpercentile(drawn, [tail, 100 - tail]) if np.isfinite(drawn).any() else (np.nan, np.nan)
        n = int(self.positives[:, columns].any(axis=1).sum())
        return Difference(float(means[0, 0]), float(means[1, 0]), float(low), float(high), n)


def paired_f1(true: Flags, before: Flags, after: Flags, stories: Sequence[str], *, seed: int = 0) -> PairedF1:
    """Return F1 of two classifiers' decisions, all [n_texts, n_labels], with N_RESAMPLES resamples of the stories.

    F1 is 2 · hits / (true + decided), 0 where both are 0.

    >>> true = np.array([[True], [True], [False], [True]])
    >>> after = np.array([[True], [True], [False], [False]])
    >>> found = paired_f1(true, np.zeros_like(true), after, ["a", "b", "c", "d"]).macro([0])
    >>> found.before, round(found.after, 3), found.n, found.low > 0
    (0.0, 0.8, 3, False)
    """
    names, story = np.unique(np.array(stories, dtype=str), return_inverse=True)
    rng = np.random.default_rng(seed)
    n = len(names)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) if n else np.zeros((N_RESAMPLES, 0))
    weights = np.vstack([np.ones(n), drawn]).astype(np.float32)
    n_true = weights @ _by_story(true, story, n)
    scores = []
    for decided in (before, after):
        hits = weights @ _by_story(true & decided, story, n)
        total = n_true + weights @ _by_story(decided, story, n)
        scores.append(np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0))
    return PairedF1(np.stack(scores), n_true > 0, true)


def _by_story(flags: Flags, story: NDArray[np.intp], n: int) -> Floats:
    """Return how many texts of each story are flagged, [n_stories, n_labels]."""
    counts = np.zeros((n, flags.shape[1]), dtype=np.float32)
    np.add.at(counts, story, flags.astype(np.float32))
    return counts
