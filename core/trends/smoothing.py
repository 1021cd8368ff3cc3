"""Smoother curves of a share; each says whether it looks ahead, since one that does cannot be used as a warning."""

from dataclasses import dataclass

import numpy as np

from core.trends.series import Counts, Floats


@dataclass(frozen=True)
class Smoothed:
    """A smoothed share a bin; NaN where nothing was counted in reach."""

    share: Floats
    looks_ahead: bool
    """Whether a bin's value changes when later bins arrive."""


def trailing_mean(n: Counts | Floats, total: Counts | Floats, n_bins: int) -> Smoothed:
    """Pool each bin with the n_bins - 1 before it (fewer at the beginning); stories, not bins, weigh the same.

    >>> trailing_mean(np.array([1, 3, 0]), np.array([10, 10, 0]), 2).share.tolist()
    [0.1, 0.2, 0.3]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = _trailing_sum(n, n_bins) / _trailing_sum(total, n_bins)
    return Smoothed(share, looks_ahead=False)


def _trailing_sum(counts: Counts | Floats, n_bins: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    ends = np.arange(1, len(sums))
    difference: Floats = sums[ends] - sums[np.maximum(ends - n_bins, 0)]
    return difference


def loess(n: Counts | Floats, total: Counts | Floats, span: float = 0.5) -> Smoothed:
    """Fit a line around each bin to the nearest span of bins that hold stories, by tricube weight times stories.

    Cleveland, W. S. (1979), Robust locally weighted regression and smoothing scatterplots, JASA 74, 829-836, without
    the robust steps: a burst is a finding here, no outlier. Values are kept within 0 and 1.

    >>> loess(np.array([1, 2, 3, 4, 5]), np.full(5, 10), 0.8).share.round(3).tolist()
    [0.1, 0.2, 0.3, 0.4, 0.5]
    """
    held = np.flatnonzero(total)
    if not len(held):
        return Smoothed(np.full(len(total), np.nan), looks_ahead=True)
    distance = (held - np.arange(len(total))[:, None]).astype(np.float64)
    n_near = min(len(held), max(3, int(np.ceil(span * len(held)))))
    # half a bin more than the farthest of the near, so that a reach of 0 bins still weighs its own bin
    reach = np.sort(np.abs(distance), axis=1)[:, [n_near - 1]] + 0.5
    weight = np.clip(1 - (np.abs(distance) / reach) ** 3, 0, None) ** 3 * total[held]
    return Smoothed(_local_line(distance, weight, n[held] / total[held]), looks_ahead=True)


def _local_line(distance: Floats, weight: Floats, share: Floats) -> Floats:
    """Return the weighted least-squares line's value at distance 0, row by row."""
    mass = weight.sum(axis=1, keepdims=True)
    centre = (weight * distance).sum(axis=1, keepdims=True) / mass
    mean = (weight * share).sum(axis=1, keepdims=True) / mass
    spread = (weight * (distance - centre) ** 2).sum(axis=1, keepdims=True)
    product = (weight * (distance - centre) * (share - mean)).sum(axis=1, keepdims=True)
    slope = np.divide(product, spread, out=np.zeros_like(product), where=spread > 0)
    here: Floats = np.clip(mean - slope * centre, 0.0, 1.0)[:, 0]
    return here
