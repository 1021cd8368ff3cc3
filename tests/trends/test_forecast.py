import numpy as np
import pytest

from core.domain.dates import Grain
from core.trends.forecast import Method, Reason, forecast


def drawn(seed, shift, n_bins):
    """Draw counts of 200 stories a bin around 10 %, moved by a function of the bin on the log-odds."""
    shares = 1 / (1 + np.exp(-(np.log(0.1 / 0.9) + shift(np.arange(n_bins)))))
    return np.random.default_rng(seed).binomial(200, shares), np.full(n_bins, 200), shares


def climbing(t):
    return t / 30


def seasonal(t):
    return 0.7 * np.sin(2 * np.pi * t / 12)


def test_a_climb_is_forecast_to_go_on_better_than_last_year():
    n, total, shares = drawn(0, climbing, 51)
    found = forecast(n[:48], total[:48], Grain.MONTH)
    assert found.method in (Method.THETA, Method.DAMPED_TREND, Method.SMOOTHING)
    assert found.error < 0.6 * found.naive_error
    assert found.share == pytest.approx(shares[48:], abs=0.05)
    assert (found.low < found.share).all() and (found.share < found.high).all()


def test_a_season_is_forecast_where_the_past_shows_it():
    n, total, shares = drawn(1, seasonal, 75)
    found = forecast(n[:72], total[:72], Grain.MONTH)
    assert found.method is Method.SEASONAL_SMOOTHING
    assert found.share == pytest.approx(shares[72:], abs=0.03)


@pytest.mark.parametrize("shift", [lambda t: 0 * t, climbing], ids=["flat", "climbing"])
def test_prediction_intervals_hold_what_comes(shift):
    held = []
    for seed in range(25):
        n, total, _ = drawn(seed, shift, 51)
        found = forecast(n[:48], total[:48], Grain.MONTH)
        if found.share is not None:
            held.append((found.low <= n[48:] / 200) & (n[48:] / 200 <= found.high))
    assert len(held) >= 20
    assert np.mean(held) >= 0.9


def test_where_last_season_is_as_good_there_is_no_forecast():
    n = np.tile([30, 5, 25, 10, 40, 15, 20, 35, 8, 28, 12, 22], 3)
    found = forecast(n, np.full(36, 100), Grain.MONTH)
    assert found.reason is Reason.NOT_BETTER
    assert found.share is found.low is found.method is None
    assert found.error >= found.naive_error == 0
    assert found.n_backtests == 22


def test_weeks_of_less_than_two_years_are_compared_with_the_last_week():
    n, total, _ = drawn(0, lambda t: 0 * t, 40)
    weekly = forecast(n, total, Grain.WEEK)
    assert (weekly.season, forecast(n, total, Grain.MONTH).season) == (1, 12)
    assert weekly.error < weekly.naive_error


@pytest.mark.parametrize("n_bins", [0, 1, 23, 24])
def test_a_short_past_forecasts_nothing(n_bins):
    assert forecast(np.full(n_bins, 5), np.full(n_bins, 50), Grain.MONTH).reason is Reason.TOO_SHORT


def test_a_past_with_holes_forecasts_nothing_and_single_silent_bins_do_not_matter():
    n, total, _ = drawn(0, climbing, 48)
    holes, hole = total.copy(), total.copy()
    holes[::5], hole[20] = 0, 0
    assert forecast(np.minimum(n, holes), holes, Grain.MONTH).reason is Reason.GAPS
    assert forecast(np.minimum(n, hole), hole, Grain.MONTH).share is not None


@pytest.mark.parametrize("share", [0, 100])
def test_constant_extremes_need_no_forecast(share):
    assert forecast(np.full(36, share), np.full(36, 100), Grain.QUARTER).reason is Reason.NOT_BETTER


def test_nothing_later_is_known_to_the_backtest():
    n, total, _ = drawn(2, climbing, 48)
    later = n.copy()
    later[-1] = 0
    before, after = forecast(n[:47], total[:47], Grain.MONTH), forecast(later[:47], total[:47], Grain.MONTH)
    assert before.share == pytest.approx(after.share)
