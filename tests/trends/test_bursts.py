from itertools import product

import numpy as np
import pytest

from core.trends.bursts import bursts, cheapest_states, state_costs


def test_no_sequence_of_states_is_cheaper():
    rng = np.random.default_rng(0)
    for _ in range(20):
        costs = rng.gamma(1.0, 2.0, (6, 3))
        cheapest = min(_cost(costs, states) for states in product(range(3), repeat=6))
        assert _cost(costs, cheapest_states(costs, 1.3).tolist()) == pytest.approx(cheapest)


def _cost(costs, states):
    rises = sum(max(after - before, 0) for before, after in zip((0, *states), states, strict=False))
    return costs[range(len(costs)), list(states)].sum() + 1.3 * rises


def test_costs_are_binomial():
    from scipy.stats import binom

    n, total = np.array([3, 0, 9]), np.array([20, 30, 40])
    rate = n.sum() / total.sum()
    expected = [[-binom.logpmf(k, m, rate * 2**i) for i in range(3)] for k, m in zip(n, total, strict=True)]
    assert state_costs(n, total, n_states=3) == pytest.approx(np.array(expected))


def test_a_burst_within_a_burst_is_found_with_its_weight():
    n = np.array([5] * 10 + [20, 20, 60, 60, 20, 20] + [5] * 10)
    total = np.full(26, 200)
    outer, inner = bursts(n, total)
    assert (outer.level, outer.first, outer.last, outer.within) == (1, 10, 15, None)
    assert (inner.level, inner.first, inner.last, inner.within) == (2, 12, 13, 0)
    assert (outer.n, outer.total) == (200, 1200)
    assert min(outer.weight, inner.weight) > 10


def test_two_bursts_are_two_in_time_order():
    n = np.array([2] * 5 + [20] * 2 + [2] * 5 + [18] * 2 + [2] * 5)
    found = [b for b in bursts(n, np.full(19, 100)) if b.level == 1]
    assert [(b.first, b.last, b.within) for b in found] == [(5, 6, None), (12, 13, None)]


def test_more_stories_of_everything_are_no_burst():
    total = np.array([100] * 10 + [1000] * 3 + [100] * 10)
    assert not bursts(total // 10, total)


@pytest.mark.parametrize(
    ("n", "total"),
    [
        pytest.param([], [], id="no bins"),
        pytest.param([0, 0, 0], [0, 0, 0], id="no stories"),
        pytest.param([0, 0, 0], [5, 5, 5], id="never"),
        pytest.param([5, 5, 5], [5, 5, 5], id="always"),
        pytest.param([3], [10], id="one bin"),
        pytest.param([0, 1, 0, 0], [50, 50, 50, 50], id="one document"),
    ],
)
def test_nothing_to_tell_is_no_burst(n, total):
    assert bursts(np.array(n, dtype=int), np.array(total, dtype=int)) == []
