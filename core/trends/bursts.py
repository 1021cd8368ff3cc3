"""Bursts: stretches of bins in which a label is a much larger part of the stories than over the whole period.

Kleinberg, J. (2002), Bursty and hierarchical structure in streams, KDD, section 4 (batched arrivals).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.trends.series import Counts, Floats

RATIO = 2.0
"""Each state's share is so many times that of the state below (s in the paper)."""
GAMMA = 1.0
"""The cost of rising by one state, in units of the logarithm of the number of bins."""
MOST_STATES = 5


@dataclass(frozen=True)
class Burst:
    """A longest stretch of bins in one state or a higher one; bursts of higher levels lie within those below."""

    level: int
    first: int
    last: int
    """Positions of its first and last bin, both inclusive."""
    n: int
    total: int
    weight: float
    """How much less these bins cost in this state than in the one below: log-likelihood, so 5 is 150 to 1."""
    within: int | None
    """Position, in the list of bursts, of the burst of the level below that holds it."""


def bursts(
    n: Counts, total: Counts, *, ratio: float = RATIO, gamma: float = GAMMA, n_states: int = MOST_STATES
) -> list[Burst]:
    """Return the bursts of one label, each before those within it, in time order.

    Takes the label's stories and all stories a bin. State i holds the share p0 * ratio**i, p0 being the share over
    all bins; states whose share would reach 1 are left out. A bin costs the negative log of its binomial probability,
    rising by j states costs j * gamma * ln(bins), falling nothing; the cheapest sequence of states is found exactly.

    >>> [(b.level, b.first, b.last, round(b.weight, 1)) for b in bursts(np.array([2, 1, 9, 8, 2, 1]), np.full(6, 50))]
    [(1, 2, 3, 4.6)]
    """
    costs = state_costs(n, total, ratio=ratio, n_states=n_states)
    states = cheapest_states(costs, gamma * np.log(max(len(n), 2)))
    found: list[Burst] = []
    _collect(found, None, slice(0, len(n)), states, costs)
    return [_counted(burst, n, total) for burst in found]


def state_costs(n: Counts, total: Counts, *, ratio: float = RATIO, n_states: int = MOST_STATES) -> Floats:
    """Return the cost of each bin (rows) in each state (columns), from the states that have a share below 1.

    >>> state_costs(np.array([5, 1]), np.array([10, 10])).round(2).tolist()
    [[2.27, 1.61], [2.11, 6.45]]
    """
    from scipy import special

    n_all, n_total = int(n.sum()), int(total.sum())
    if n_all in (0, n_total):
        return np.zeros((len(n), 1))
    rates = n_all / n_total * ratio ** np.arange(n_states)
    rates = rates[rates < 1]
    choose = special.gammaln(total + 1) - special.gammaln(n + 1) - special.gammaln(total - n + 1)
    likelihood: Floats = choose[:, None] + np.outer(n, np.log(rates)) + np.outer(total - n, np.log1p(-rates))
    return -likelihood


def cheapest_states(costs: Floats, step: float) -> npt.NDArray[np.int64]:
    """Return the cheapest sequence of states by the Viterbi recursion, starting out of state 0; of equals the lower.

    >>> cheapest_states(np.array([[0.0, 2.0], [3.0, 0.0], [0.0, 0.5]]), 1.0).tolist()
    [0, 1, 0]
    """
    n_states = costs.shape[1]
    rise = np.maximum(np.subtract.outer(np.arange(n_states), np.arange(n_states)), 0) * step  # to (row) from (column)
    best = rise[:, 0]
    came_from = np.zeros(costs.shape, dtype=np.int64)
    for t in range(len(costs)):
        through = rise + best
        came_from[t] = through.argmin(axis=1)
        best = through.min(axis=1) + costs[t]
    states = np.zeros(len(costs), dtype=np.int64)
    for t in range(len(costs) - 1, -1, -1):
        states[t] = best.argmin() if t == len(costs) - 1 else came_from[t + 1, states[t + 1]]
    return states


def _collect(
    found: list[Burst], within: int | None, stretch: slice, states: npt.NDArray[np.int64], costs: Floats
) -> None:
    """Append the bursts of the next level in a stretch, each followed by those within it."""
    level = 1 if within is None else found[within].level + 1
    raised = np.concatenate([[False], states[stretch] >= level, [False]])
    edges = np.flatnonzero(np.diff(raised)) + stretch.start
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        weight = float((costs[first:end, level - 1] - costs[first:end, level]).sum())
        found.append(Burst(level, first, end - 1, 0, 0, weight, within))
        _collect(found, len(found) - 1, slice(first, end), states, costs)


def _counted(burst: Burst, n: Counts, total: Counts) -> Burst:
    stretch = slice(burst.first, burst.last + 1)
    return replace(burst, n=int(n[stretch].sum()), total=int(total[stretch].sum()))
