"""One line of a chart: the share of a label bin by bin, as it is counted or adjusted.

Adjusting has three parts that work one after the other: a fixed mix of strata (core.trends.standardise), the
classifier's own error taken out (core.trends.prevalence), a smoother curve beside it (core.trends.smoothing).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.domain.dates import Grain
from core.trends.prevalence import Reason, Validation, corrected, unmixed, why_not
from core.trends.series import Counts, Floats, wilson
from core.trends.smoothing import loess, trailing_mean
from core.trends.standardise import standardised

TRAILING_BINS = {Grain.DAY: 7, Grain.WEEK: 4, Grain.MONTH: 3, Grain.QUARTER: 4, Grain.YEAR: 3}
"""So many bins a trailing mean pools."""


class Smoothing(StrEnum):
    """How a smoother curve is made."""

    NONE = "none"
    TRAILING = "trailing"
    """Mean of the last bins: a value never changes when later bins arrive."""
    LOCAL = "local"
    """Local lines, which look ahead."""


@dataclass(frozen=True)
class Adjustment:
    """What is done to the counted shares."""

    corrected: bool = False
    same_mix: bool = False
    smoothing: Smoothing = Smoothing.NONE


@dataclass(frozen=True)
class AdjustedShares:
    """A line's shares with 95 % intervals; NaN in bins without stories."""

    share: Floats
    low: Floats
    high: Floats
    smooth: Floats
    """The smoother curve; NaN throughout where none was asked for."""
    effective_n: Floats
    effective_total: Floats
    """Counts that carry as much as the shares do before the correction; the counted ones without a fixed mix."""
    rates: tuple[float, float] | None
    """True and false positive rate that the correction used, or None where there is none."""
    reason: Reason | None
    """Why there is no correction where one was asked for."""


def adjusted_shares(
    n: Counts, total: Counts, validation: Validation | None, adjustment: Adjustment, grain: Grain
) -> AdjustedShares:
    """Return the shares of one label, which stories and all stories are given of as strata by bins.

    >>> n, total = np.array([[10, 20]]), np.array([[100, 100]])
    >>> seen = Validation.of_counts(n_found=80, n_true=100, n_mistaken=0, n_texts=500)
    >>> adjusted_shares(n, total, seen, Adjustment(corrected=True), Grain.MONTH).share.round(3).tolist()
    [0.125, 0.25]
    """
    n_effective, total_effective = _effective(n, total, adjustment)
    reason = why_not(validation) if adjustment.corrected else None
    smooth = _smoothed(n_effective, total_effective, adjustment.smoothing, grain)
    if adjustment.corrected and validation is not None and reason is None:
        found = corrected(n_effective, total_effective, validation)
        figures, rates = (found.share, found.low, found.high), validation.rates
        smooth = unmixed(smooth, *rates)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            figures = (n_effective / total_effective, *wilson(n_effective, total_effective))
        rates = None
    return AdjustedShares(*figures, smooth, n_effective, total_effective, rates, reason)


def _effective(n: Counts, total: Counts, adjustment: Adjustment) -> tuple[Floats, Floats]:
    if adjustment.same_mix and len(n) > 1 and total.any():
        fixed = standardised(n, total)
        return np.nan_to_num(fixed.share * fixed.n_effective), fixed.n_effective
    return n.sum(axis=0).astype(np.float64), total.sum(axis=0).astype(np.float64)


def _smoothed(n: Floats, total: Floats, smoothing: Smoothing, grain: Grain) -> Floats:
    match smoothing:
        case Smoothing.TRAILING:
            return trailing_mean(n, total, TRAILING_BINS[grain]).share
        case Smoothing.LOCAL:
            return loess(n, total).share
        case Smoothing.NONE:
            return np.full(len(total), np.nan)
