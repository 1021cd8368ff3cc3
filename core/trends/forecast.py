"""The next bins of a share, where a forecast has earned its keep against repeating the last season.

Methods are few, old and cheap on purpose: on series as short as these nothing more elaborate was better (see
docs/decisions/0011-trend-measures.md).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.domain.dates import Grain
from core.trends.series import Counts, Floats

SEASON = {Grain.DAY: 7, Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.YEAR: 1}
FEWEST_BINS = 24
"""Bins that hold stories."""
LEAST_HISTORY = 12
"""The backtest forecasts from so many bins on."""
FEWEST_BACKTESTS = 12
_RATES = np.round(np.arange(0.05, 1.0, 0.1), 2)


class Method(StrEnum):
    """How the next bins are forecast."""

    MEAN = "mean"
    SMOOTHING = "smoothing"
    SEASONAL_SMOOTHING = "seasonal_smoothing"
    THETA = "theta"
    DAMPED_TREND = "damped_trend"


class Reason(StrEnum):
    """Why there is no forecast."""

    TOO_SHORT = "too_short"
    GAPS = "gaps"
    NOT_BETTER = "not_better"


@dataclass(frozen=True)
class Forecast:
    """Expected shares of the next bins, with 95 % prediction intervals for the share that will be counted."""

    share: Floats | None
    low: Floats | None
    high: Floats | None
    method: Method | None
    reason: Reason | None
    """Why there is none."""
    error: float | None
    """Mean absolute error of the chosen method in the later half of the backtest, as a share."""
    naive_error: float | None
    """The same of repeating the last season."""
    season: int
    """Bins of the season that was repeated; 1 is the last bin alone."""
    n_backtests: int


def forecast(n: Counts | Floats, total: Counts | Floats, grain: Grain, horizon: int = 3) -> Forecast:
    """Forecast one label's share over the next bins, from complete bins alone.

    Shares are forecast as arcsin sqrt((n + 3/8) / (total + 3/4)) (Anscombe 1948). From every bin after the first 12, or
    after a whole season where that is longer, each method forecasts the next bins from the bins up to there
    (rolling origin: Tashman, L. J. (2000), International Journal of Forecasting 16, 437-450). The method with the
    least error over the earlier half is chosen, and kept only if over the later half, which had no say in the choice,
    it errs less than repeating the last season (a year, a week of days; the last bin where the past is too short for
    that). Intervals are t quantiles of its own errors at each distance. No forecast where fewer than 24 bins hold
    stories, fewer than 12 such comparisons can be made, or more than a tenth of the bins hold no stories.

    >>> flat = forecast(np.array([10, 12, 9, 11, 8] * 8), np.full(40, 100), Grain.MONTH)
    >>> flat.method is not None, flat.error < flat.naive_error
    (True, True)
    """
    held = total > 0
    season = SEASON[grain] if len(total) - horizon - SEASON[grain] + 1 >= FEWEST_BACKTESTS else 1
    origins = np.arange(max(LEAST_HISTORY, season), len(total) - horizon + 1)
    if held.sum() < FEWEST_BINS or len(origins) < FEWEST_BACKTESTS:
        return Forecast(None, None, None, None, Reason.TOO_SHORT, None, None, season, 0)
    if (~held).mean() > 0.1:
        return Forecast(None, None, None, None, Reason.GAPS, None, None, season, 0)
    values = np.arcsin(np.sqrt((n + 0.375) / (total + 0.75)))
    values = np.interp(np.arange(len(values)), np.flatnonzero(held), values[held])
    actual = np.array([values[origin : origin + horizon] for origin in origins])
    tried = {
        method: np.array([_expected(method, values[:origin], horizon, season) for origin in origins])
        for method in Method
    }
    naive = np.array([np.resize(values[origin - season : origin], horizon) for origin in origins])
    early, late = slice(0, len(origins) // 2), slice(len(origins) // 2, None)
    chosen = min(Method, key=lambda method: _error(tried[method][early], actual[early]))
    error, naive_error = (_error(each[late], actual[late]) for each in (tried[chosen], naive))
    if error >= naive_error:
        return Forecast(None, None, None, None, Reason.NOT_BETTER, error, naive_error, season, len(origins))
    half = _half_width(tried[chosen] - actual)
    middle = _expected(chosen, values, horizon, season)
    share, low, high = (_as_share(each) for each in (middle, middle - half, middle + half))
    return Forecast(share, low, high, chosen, None, error, naive_error, season, len(origins))


def _as_share(stabilised: Floats) -> Floats:
    share: Floats = np.sin(np.clip(stabilised, 0, np.pi / 2)) ** 2
    return share


def _error(expected: Floats, actual: Floats) -> float:
    return float(np.abs(_as_share(expected) - _as_share(actual)).mean())


def _half_width(errors: Floats) -> Floats:
    """Return half the 95 % prediction interval at each distance; it never narrows with distance."""
    from scipy import special

    spread = np.maximum.accumulate(np.sqrt((errors**2).mean(axis=0)))
    half: Floats = special.stdtrit(len(errors) - 1, 0.975) * spread * np.sqrt(1 + 1 / len(errors))
    return half


def _expected(method: Method, past: Floats, horizon: int, season: int) -> Floats:
    """Return the values expected after the past ones."""
    ahead: Counts = np.arange(1, horizon + 1)
    match method:
        case Method.MEAN:
            return np.full(horizon, past.mean())
        case Method.SMOOTHING:
            return np.full(horizon, _smoothed(past)[0])
        case Method.SEASONAL_SMOOTHING:
            pattern = _season(past, season)
            rest = past - np.resize(pattern, len(past))
            expected: Floats = _smoothed(rest)[0] + pattern[(len(past) + ahead - 1) % season]
            return expected
        case Method.THETA:
            level, rate = _smoothed(past)
            drift = np.polyfit(np.arange(len(past)), past, 1)[0] / 2
            line: Floats = level + drift * (ahead - 1 + (1 - (1 - rate) ** len(past)) / rate)
            return line
        case Method.DAMPED_TREND:
            return _damped(past, ahead)


def _season(past: Floats, season: int) -> Floats:
    """Return each phase's mean departure from the mean of all; nothing before two whole seasons."""
    if season == 1 or len(past) < 2 * season:
        return np.zeros(season)
    pattern = np.array([past[phase::season].mean() for phase in range(season)])
    centred: Floats = pattern - pattern.mean()
    return centred


def _smoothed(past: Floats) -> tuple[float, float]:
    """Return the last level and the rate of simple exponential smoothing whose one-step errors are least.

    Gardner, E. S. (1985), Exponential smoothing: the state of the art, Journal of Forecasting 4, 1-28. Theta is this
    with half the slope: Hyndman, R. J. and Billah, B. (2003), International Journal of Forecasting 19, 287-290.
    """
    level, squares = np.full(len(_RATES), past[0]), np.zeros(len(_RATES))
    for value in past[1:]:
        squares += (value - level) ** 2
        level = level + _RATES * (value - level)
    best = int(squares.argmin())
    return float(level[best]), float(_RATES[best])


def _damped(past: Floats, ahead: Counts) -> Floats:
    """Forecast by Holt's method with a damped trend (Gardner and McKenzie 1985, Management Science 31, 1237-1246)."""
    rate, trend_rate, damping = (each.ravel() for each in np.meshgrid(_RATES, _RATES[:5], [0.8, 0.9, 0.98]))
    level, trend, squares = np.full(len(rate), past[0]), np.zeros(len(rate)), np.zeros(len(rate))
    for value in past[1:]:
        expected = level + damping * trend
        squares += (value - expected) ** 2
        moved = expected + rate * (value - expected)
        trend = damping * trend + trend_rate * (moved - level - damping * trend)
        level = moved
    best = int(squares.argmin())
    expected_values: Floats = level[best] + trend[best] * np.cumsum(damping[best] ** ahead)
    return expected_values
