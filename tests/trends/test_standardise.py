import numpy as np
import pytest

from core.trends.standardise import standardised

SHARES, SIZES = np.array([0.02, 0.05, 0.1, 0.4]), np.array([60, 80, 40, 90])


def drawn(seed, *, n_bins=24, joins=0, drift=0.0):
    """Draw counts of four feeds of which the last joins at a bin; every feed's log-odds drift alike."""
    rng = np.random.default_rng(seed)
    logit = np.log(SHARES / (1 - SHARES))[:, None] + drift * np.arange(n_bins)
    total = rng.poisson(np.tile(SIZES[:, None], n_bins))
    total[3, :joins] = 0
    shares = 1 / (1 + np.exp(-logit))
    return rng.binomial(total, shares), total, (total.sum(axis=1) / total.sum()) @ shares


def test_full_cells_are_weighted_by_their_part_of_the_period():
    total = np.array([[4000, 1000], [1000, 4000]])
    n = np.array([[400, 100], [500, 2000]])  # each stratum keeps its share: only the mix moves
    result = standardised(n, total)
    assert result.share == pytest.approx([0.3, 0.3], abs=1e-3)
    plain = n.sum(axis=0) / total.sum(axis=0)
    assert plain == pytest.approx([0.18, 0.42])


def test_a_feed_that_joins_makes_no_step():
    steps, plain = [], []
    for seed in range(30):
        n, total, _ = drawn(seed, joins=12)
        share = standardised(n, total).share
        steps.append(share[12:].mean() - share[:12].mean())
        pooled = n.sum(axis=0) / total.sum(axis=0)
        plain.append(pooled[12:].mean() - pooled[:12].mean())
    assert np.mean(plain) > 0.08
    assert abs(np.mean(steps)) < 0.005


def test_a_trend_of_all_feeds_is_kept_and_its_intervals_hold():
    covered = []
    for seed in range(60):
        n, total, truth = drawn(seed, joins=8, drift=0.04)
        result = standardised(n, total)
        covered.append((result.low <= truth) & (truth <= result.high))
        assert (result.n_effective <= total.sum(axis=0)).all()
    assert 0.93 <= np.mean(covered) <= 0.98


def test_what_a_missing_feed_would_have_shown_is_less_certain():
    n, total, _ = drawn(0, joins=12, drift=0.1)
    effective = standardised(n, total).n_effective / total.sum(axis=0)
    assert effective[:4].max() < 0.97 < effective[12:].min()


def test_one_stratum_is_the_plain_share_with_wilsons_interval():
    from scipy.stats import binomtest

    result = standardised(np.array([[40, 60, 50]]), np.array([[200, 200, 200]]))
    assert result.share == pytest.approx([0.2, 0.3, 0.25], abs=2e-3)
    interval = binomtest(50, 200).proportion_ci(method="wilson")
    assert (result.low[2], result.high[2]) == pytest.approx((interval.low, interval.high), abs=3e-3)


def test_feeds_of_a_few_stories_are_counted_as_one():
    n, total = np.full((40, 6), 1), np.full((40, 6), 2)
    result = standardised(n, total)
    assert result.share == pytest.approx(np.full(6, 0.5))
    assert result.n_effective == pytest.approx(np.full(6, 80), rel=0.03)


@pytest.mark.parametrize("share", [0, 1])
def test_extreme_shares_keep_their_uncertainty(share):
    total = np.array([[20, 30, 0], [40, 10, 5]])
    result = standardised(share * total, total)
    assert result.share == pytest.approx(np.full(3, share))
    assert ((result.high - result.low) > 0.03).all()
    assert result.n_effective[2] == pytest.approx(5)


def test_silent_bins_have_no_share():
    total = np.array([[50, 0, 50], [50, 0, 0]])
    result = standardised(total // 5, total)
    assert np.isnan([result.share[1], result.low[1], result.high[1]]).all()
    assert result.n_effective[1] == 0
    nothing = np.zeros((2, 3), dtype=int)
    assert np.isnan(standardised(nothing, nothing).share).all()
