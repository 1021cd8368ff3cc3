"""Scores of how much a label looks like rising at a bin, from the bins up to it; a threshold makes each an alarm.

Ours, and three rules that others use. Each takes counts (labels by bins) and totals and returns a score a label.
"""

import warnings
from functools import partial

import numpy as np

from core.trends import bursts, changes, growth

WINDOW = 12


def by_burst(n: np.ndarray, total: np.ndarray) -> list[float]:
    """Weight of the burst that the last bin is in."""
    return [
        max((b.weight for b in bursts.bursts(row, total) if b.level == 1 and b.last == len(row) - 1), default=0.0)
        for row in n
    ]


def by_change(n: np.ndarray, total: np.ndarray) -> list[float]:
    """Gain of the last step upwards, if it is at most six bins old."""
    return [_last_step(row, total) for row in n]


def _last_step(row: np.ndarray, total: np.ndarray) -> float:
    found = changes.changes(row, total)
    if not found or found[-1].position < len(row) - 6:
        return 0.0
    last = found[-1]
    return last.gain if last.n_after * last.total_before > last.n_before * last.total_after else 0.0


def by_growth(n: np.ndarray, total: np.ndarray) -> np.ndarray:
    """How significant a positive slope over the last twelve bins is (-log10 p)."""
    frame = growth.growth(n[:, -WINDOW:], total[-WINDOW:], np.arange(min(WINDOW, len(total))) / 12)
    rising = frame["enough"] & (frame["slope"] > 0)
    return np.where(rising, -np.log10(np.maximum(frame["p_value"].fillna(1.0), 1e-300)), 0.0)


def by_count(n: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Z-score of the last raw count against the twelve before it."""
    past = n[:, -WINDOW - 1 : -1]
    return (n[:, -1] - past.mean(axis=1)) / np.maximum(past.std(axis=1, ddof=1), 1.0)


def by_popularity(n: np.ndarray, total: np.ndarray, *, bin_days: int = 30) -> np.ndarray:
    """Rank of a growing label's popularity among all labels' of the last twelve bins, 0 to 100.

    Boutaleb, A., Picault, J. and Grosjean, G. (2024), BERTrend, FuturED workshop at EMNLP: popularity adds up the
    documents of each bin and, where a bin has none, is multiplied by exp(-0.01 days²) since the last; a topic is noise
    below the 10th percentile of the popularities in a rolling window, a weak signal up to the 50th if it grows, a
    strong one above. Its topics are clusters; here they are the labels.
    """
    popularity, gap = np.zeros((len(n), n.shape[1])), np.zeros(len(n))
    current = np.zeros(len(n))
    for t in range(n.shape[1]):
        gap = np.where(n[:, t] > 0, 0, gap + bin_days)
        current = np.where(n[:, t] > 0, current + n[:, t], current * np.exp(-0.01 * gap**2))
        popularity[:, t] = current
    window = popularity[:, -WINDOW:]
    rank = 100 * (window.ravel() < popularity[:, -1:]).mean(axis=1)
    slope = np.polyfit(np.arange(window.shape[1]), window.T, 1)[0]
    return np.where(slope > 0, rank, 0.0)


def by_package(package, n: np.ndarray, total: np.ndarray) -> list[float]:
    """Weight of the two-state burst that `burst_detection` finds the last bin in (ratio 2, gamma 1)."""
    import pandas as pd

    scores = []
    for row in n:
        r, d = pd.Series(row), pd.Series(total)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            states, _, _, shares = package.burst_detection(r, d, len(row), 2, 1, 1) if row.any() else ([0], 0, 0, 0)
            scores.append(_open_weight(package, states, r, d, shares))
    return scores


def _open_weight(package, states, r, d, shares) -> float:
    if states[-1] != 1:
        return 0.0
    found = package.burst_weights(package.enumerate_bursts(states, ""), r, d, shares)
    return float(found.loc[found["end"] == len(r) - 1, "weight"].max())


def burst_package():
    """Return a detector over the package `burst-detection`, or None where it is not installed.

    Its last release is of 2018 and takes columns of one and arrays of one for numbers, which numpy since refuses. It
    sees a numpy that gives it numbers; its algorithm is untouched.
    """
    try:
        import burst_detection
    except ImportError:
        return None
    from scipy import special

    burst_detection.np = _NumpyOf2018()
    # its arbitrary precision takes ten times as long and is not needed below 1,000 stories a bin
    burst_detection.log, burst_detection.binomial = np.log, special.binom
    return partial(by_package, burst_detection)


class _NumpyOf2018:
    float = float

    def full(self, shape, value):
        return np.full(shape[0] if shape[1] == 1 else shape, value)

    def where(self, condition):
        two_states = len(condition) == 2
        return np.flatnonzero(condition)[0] if two_states else np.where(condition)

    def __getattr__(self, name: str):
        return getattr(np, name)
