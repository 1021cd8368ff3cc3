from itertools import combinations, pairwise

import numpy as np
import pytest

from core.trends.changes import changes

TOTAL = np.full(30, 150)


def test_a_step_and_the_way_back_are_found_where_they_are():
    n = np.random.default_rng(1).binomial(150, np.repeat([0.05, 0.2, 0.05], 10))
    found = changes(n, TOTAL)
    assert [c.position for c in found] == [10, 20]
    assert (found[0].n_before, found[0].total_before) == (n[:10].sum(), 1500)
    assert (found[0].n_after, found[1].n_before) == (n[10:20].sum(),) * 2
    assert all(c.gain > 1 for c in found)


def test_no_split_of_the_bins_fits_better():
    """Against every possible split, with the cost written out."""
    n = np.array([5, 4, 6, 5, 15, 14, 16, 15, 30, 28])
    y, w = np.arcsin(np.sqrt((n + 0.375) / 100.75)), 402.0

    def gain(cuts):
        edges = [0, *cuts, 10]
        parts = [y[a:b] for a, b in pairwise(edges)]
        return w * sum(((part - part.mean()) ** 2).sum() for part in parts)

    allowed = [c for c in combinations(range(2, 9), 2) if c[1] - c[0] >= 2]
    assert [c.position for c in changes(n, np.full(10, 100))] == list(min(allowed, key=gain)) == [4, 8]


def test_series_without_a_change_show_one_in_about_one_of_twenty():
    rng = np.random.default_rng(1)
    assert 0.01 <= np.mean([len(changes(rng.binomial(TOTAL, 0.12), TOTAL)) > 0 for _ in range(300)]) <= 0.1


def test_scatter_beyond_sampling_is_not_taken_for_changes():
    rng = np.random.default_rng(2)
    shares = 1 / (1 + np.exp(-(-2 + rng.normal(0, 0.5, (200, 30)))))
    assert np.mean([len(changes(rng.binomial(TOTAL, row), TOTAL)) > 0 for row in shares]) <= 0.25


def test_bins_with_many_stories_count_for_more():
    n, total = np.array([1, 1, 1, 1, 2, 2, 2, 2]), np.full(8, 10)
    assert not changes(n, total)
    assert [c.position for c in changes(n * 40, total * 40)] == [4]


def test_silent_bins_keep_positions_right():
    n, total = np.array([5, 0, 5, 5, 5, 0, 30, 30, 30, 30]), np.array([100, 0, 100, 100, 100, 0, 100, 100, 100, 100])
    assert [c.position for c in changes(n, total)] == [6]


@pytest.mark.parametrize("n_bins", [0, 1, 5])
def test_a_short_series_has_none(n_bins):
    assert changes(np.arange(n_bins) * 10, np.full(n_bins, 100)) == []


@pytest.mark.parametrize("share", [0, 150])
def test_constant_extremes_have_none(share):
    assert changes(np.full(30, share), TOTAL) == []
