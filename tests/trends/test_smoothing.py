import numpy as np
import pytest

from core.trends.smoothing import loess, trailing_mean

TOTAL = np.full(20, 100)


def test_the_trailing_mean_weighs_stories_and_never_looks_ahead():
    n, total = np.array([1, 30, 2]), np.array([10, 60, 30])
    smoothed = trailing_mean(n, total, 2)
    assert smoothed.share == pytest.approx([1 / 10, 31 / 70, 32 / 90])
    assert not smoothed.looks_ahead
    assert trailing_mean(n[:2], total[:2], 2).share == pytest.approx(smoothed.share[:2])


def test_loess_says_that_it_looks_ahead():
    n = np.arange(20)
    whole, begun = loess(n**2 // 4, TOTAL), loess((n**2 // 4)[:12], TOTAL[:12])
    assert whole.looks_ahead
    assert whole.share[11] != pytest.approx(begun.share[11], abs=1e-6)


def test_loess_follows_a_line_past_gaps_and_halves_noise():
    total = TOTAL.copy()
    total[[3, 4, 19]] = 0
    n = np.where(total > 0, 10 + 2 * np.arange(20), 0)
    assert loess(n, total).share == pytest.approx((10 + 2 * np.arange(20)) / 100)
    noisy = np.random.default_rng(0).binomial(100, 0.3, (200, 20))
    smoothed = np.array([loess(row, TOTAL).share for row in noisy])
    assert smoothed.std() < 0.55 * (noisy / 100).std()


@pytest.mark.parametrize("share", [0, 100])
def test_extreme_shares_stay_within_bounds(share):
    assert loess(np.full(20, share), TOTAL).share == pytest.approx(share / 100)


def test_a_silent_period_has_no_curve():
    nothing = np.zeros(4, dtype=int)
    assert np.isnan(loess(nothing, nothing).share).all()
    assert np.isnan(trailing_mean(nothing, nothing, 3).share).all()


def test_one_bin_is_its_own_curve():
    assert loess(np.array([3]), np.array([10])).share == pytest.approx([0.3])
    assert trailing_mean(np.array([3]), np.array([10]), 3).share == pytest.approx([0.3])
