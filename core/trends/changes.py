"""Change points: bins at which a label's share steps to another level and stays there for some bins."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.trends.series import Counts, Flags, Floats

FALSE_ALARM_RATE = 0.05
"""So many series without any change may show one."""
SHORTEST = 2
"""Bins a level has to last."""
FEWEST_BINS = 6
N_SIMULATED = 300
_CHI2_MEDIAN = 0.454936423119573


@dataclass(frozen=True)
class Change:
    """A step of the share; the levels are pooled over all bins up to the next change on either side."""

    position: int
    """The first bin of the new level."""
    n_before: int
    total_before: int
    n_after: int
    total_after: int
    gain: float
    """How much the step improves the fit, in units of the penalty it had to exceed: 1 is just enough."""


def changes(n: Counts, total: Counts) -> list[Change]:
    """Return the steps of one label's share, in time order; none where fewer than 6 bins hold stories.

    Shares are stabilised as arcsin sqrt((n + 3/8) / (total + 3/4)), of variance 1 / (4 total + 2): Anscombe, F. J.
    (1948), Biometrika 35, 246-254. The steps are the exact optimum of squared error, weighted by that variance and by
    what the series scatters beyond it, plus a penalty a step: Killick, R., Fearnhead, P. and Eckley, I. A. (2012), JASA
    107, 1590-1598. The penalty is set by simulation, so that 5 % of series with these totals, about this overall share
    and no change show one (seeded; the share is rounded to a power of 2, so that labels have the simulation in common).

    >>> n, total = np.array([5, 4, 6, 5, 15, 14, 16, 15]), np.full(8, 100)
    >>> [(c.position, c.n_before, c.n_after) for c in changes(n, total)]
    [(4, 20, 60)]
    """
    held = np.flatnonzero(total)
    n, total = n[held], total[held]
    if len(held) < FEWEST_BINS:
        return []
    penalty = _penalty(tuple(total.tolist()), _round_share(float(n.sum() / total.sum())))
    sums = _sums(n[None], total)
    starts = _best_partition(sums, penalty)[0]
    return [
        _change(n, total, (before, at, after), sums, penalty, int(held[at]))
        for before, at, after in zip(starts, starts[1:], [*starts[2:], len(n)], strict=False)
    ]


def _change(
    n: Counts, total: Counts, edges: tuple[int, int, int], sums: "_Sums", penalty: float, position: int
) -> Change:
    before, at, after = edges
    gain = float(sums.cost(before, after)[0] - sums.cost(before, at)[0] - sums.cost(at, after)[0]) / penalty
    old, new = slice(before, at), slice(at, after)
    levels = [int(each[level].sum()) for level in (old, new) for each in (n, total)]
    return Change(position, levels[0], levels[1], levels[2], levels[3], gain)


@dataclass(frozen=True)
class _Sums:
    """Running sums of weights, weighted values and squares, one series a row, from which a stretch's cost follows."""

    weight: Floats
    value: Floats
    square: Floats

    def cost(self, first: Counts | int, end: int) -> Floats:
        """Return the weighted squared error around the mean of bins first .. end - 1."""
        value = self.value[:, end, None] - self.value[:, first].reshape(len(self.value), -1)
        square = self.square[:, end, None] - self.square[:, first].reshape(len(self.value), -1)
        weight = (self.weight[end] - self.weight[first]).reshape(1, -1)
        costs: Floats = square - value**2 / weight
        return costs if np.ndim(first) else costs[:, 0]


def _sums(n: Counts, total: Counts) -> _Sums:
    """Stabilise series (rows) of shares, scale them to their own scatter and sum them up."""
    values = np.arcsin(np.sqrt((n + 0.375) / (total + 0.75)))
    weights = np.asarray(4 * total + 2, dtype=np.float64)
    scaled = values / np.sqrt(_dispersion(values, weights))[:, None]
    sums = [
        np.pad(np.cumsum(each, axis=-1), [(0, 0)] * (each.ndim - 1) + [(1, 0)])
        for each in (weights, weights * scaled, weights * scaled**2)
    ]
    return _Sums(*sums)


def _dispersion(values: Floats, weights: Floats) -> Floats:
    """Return by how much neighbours differ more than sampling explains, never less than 1; a step moves it little."""
    steps = np.diff(values) ** 2 / (1 / weights[1:] + 1 / weights[:-1])
    spread: Floats = np.maximum(np.median(steps, axis=1) / _CHI2_MEDIAN, 1.0)
    return spread


def _best_partition(sums: _Sums, penalty: float) -> list[list[int]]:
    """Return, series by series, the first bins of the stretches of least cost (optimal partitioning)."""
    n_series, n_bins = len(sums.value), len(sums.weight) - 1
    best = np.full((n_series, n_bins + 1), np.inf)
    best[:, 0] = -penalty
    came_from = np.zeros((n_series, n_bins + 1), dtype=np.int64)
    for end in range(SHORTEST, n_bins + 1):
        first: Counts = np.arange(end - SHORTEST + 1)
        through = best[:, first] + sums.cost(first, end) + penalty
        came_from[:, end] = through.argmin(axis=1)
        best[:, end] = through.min(axis=1)
    return [_starts(row) for row in came_from]


def _starts(came_from: Counts) -> list[int]:
    starts, end = [], len(came_from) - 1
    while end > 0:
        end = int(came_from[end])
        starts.append(end)
    return starts[::-1]


def _round_share(share: float) -> float:
    """Return the power of 2 nearest to the smaller of share and 1 - share, which scatter alike."""
    return float(2.0 ** np.clip(np.round(np.log2(max(min(share, 1 - share), 1e-9))), -12, -1))


@lru_cache(maxsize=1024)
def _penalty(totals: tuple[int, ...], share: float) -> float:
    """Return the penalty at which FALSE_ALARM_RATE of simulated series of one share are split, by bisection.

    A series that is whole at some penalty is whole at every higher one, so it is not looked at again.
    """
    total = np.array(totals)
    simulated = np.random.default_rng(0).binomial(total, share, (N_SIMULATED, len(total)))
    low, high = 0.0, 1.6 * np.log(len(total))
    while (split := _split(simulated, total, high)).sum() > FALSE_ALARM_RATE * N_SIMULATED:
        simulated, low, high = simulated[split], high, high * 1.25
    while high - low > 0.1:
        middle = (low + high) / 2
        split = _split(simulated, total, middle)
        if split.sum() > FALSE_ALARM_RATE * N_SIMULATED:
            simulated, low = simulated[split], middle
        else:
            high = middle
    return float(high)


def _split(n: Counts, total: Counts, penalty: float) -> Flags:
    return np.array([len(starts) > 1 for starts in _best_partition(_sums(n, total), penalty)])
