"""Many labels tested at once: which of them stand when false discoveries are kept rare."""

import numpy as np

from core.trends.series import Flags, Floats

FALSE_DISCOVERY_RATE = 0.05


def adjusted(p_values: Floats, *, any_dependence: bool = False) -> Floats:
    """Return the smallest false discovery rate at which each p-value would stand; NaN stays NaN and does not count.

    Benjamini, Y. and Hochberg, Y. (1995), Controlling the false discovery rate, JRSS B 57, 289-300; with
    any_dependence, Benjamini, Y. and Yekutieli, D. (2001), Annals of Statistics 29, 1165-1188, which needs no
    assumption on how the tests depend on each other.

    >>> adjusted(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    result = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    if not len(tested):
        return result
    order = tested[np.argsort(-p_values[tested], kind="stable")]
    ranks = np.arange(len(order), 0, -1)
    factor = len(order) * (np.sum(1 / ranks) if any_dependence else 1.0)
    result[order] = np.minimum(np.minimum.accumulate(p_values[order] * factor / ranks), 1.0)
    return result


def discoveries(p_values: Floats, *, any_dependence: bool = False) -> Flags:
    """Return which tests stand at a false discovery rate of 5 %; NaN never does.

    >>> discoveries(np.array([0.01, 0.2, np.nan])).tolist()
    [True, False, False]
    """
    found: Flags = adjusted(p_values, any_dependence=any_dependence) <= FALSE_DISCOVERY_RATE
    return found
