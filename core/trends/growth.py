"""How fast a label gains or loses share over a whole period, and how surely; all labels at once.

The change from one bin to the next is core.trends.movement.
"""

import numpy as np
import pandas as pd

from core.trends.discovery import adjusted, discoveries
from core.trends.series import Counts, Floats

FEWEST_BINS = 5
"""Bins with stories; fewer cannot tell a slope from scatter."""
FEWEST_OF_LABEL = 10
PRIOR_DEVIATION = 2.5
COLUMNS = (
    *("n", "slope", "low", "high", "factor", "dispersion", "p_value", "adjusted_p", "significant"),
    *("kendall_tau", "kendall_p", "enough"),
)


def growth(n: Counts, total: Counts, years: Floats, *, any_dependence: bool = False) -> pd.DataFrame:
    """Return how the odds of each label's share move, one row a label.

    Takes counts n (labels by bins), the stories of each bin, and each bin's middle in years from any origin. Bins
    without stories are left out. Columns: n, slope (log-odds a year) with its 95 % interval low and high, factor (by
    which the odds are multiplied in a year), dispersion, p_value, adjusted_p and significant (over the rows with
    enough, see core.trends.discovery), kendall_tau and kendall_p (a check that assumes no shape), enough (5 bins with
    stories, 10 stories with the label and 10 without it). Figures are NaN where they cannot be told.

    Binomial regression whose variance is multiplied by Pearson's X² / (bins - 2), never less than 1, with t quantiles:
    McCullagh, P. and Nelder, J. A. (1989), Generalized linear models, chapter 4.5. A normal prior of deviation 2.5 on
    the change over two deviations of time keeps the slope finite where only late or early bins have the label, and
    hardly moves others: the scale of Gelman, A. et al. (2008), Annals of Applied Statistics 2, 1360-1383.

    >>> total = np.full(6, 100)
    >>> n = np.array([[10, 13, 16, 20, 25, 30], [20, 20, 20, 20, 20, 20]])
    >>> growth(n, total, np.arange(6) / 2)[["slope", "factor", "significant"]].round(2).values.tolist()
    [[0.53, 1.71, True], [0.0, 1.0, False]]
    """
    held = total > 0
    n, total, years = n[:, held], total[held], years[held]
    n_of_label = n.sum(axis=1)
    rest = total.sum() - n_of_label
    enough = (len(total) >= FEWEST_BINS) & (np.minimum(n_of_label, rest) >= FEWEST_OF_LABEL)
    slope, error, dispersion = _fit(n, total, years)
    half, p_value = _t_test(slope, error, len(total) - 2)
    tested = np.where(enough, p_value, np.nan)
    tau, kendall_p = mann_kendall(n / np.maximum(total, 1))
    with np.errstate(over="ignore"):
        fitted = {"slope": slope, "low": slope - half, "high": slope + half, "factor": np.exp(slope)}
    verdict = {
        "p_value": p_value,
        "adjusted_p": adjusted(tested, any_dependence=any_dependence),
        "significant": discoveries(tested, any_dependence=any_dependence),
    }
    check = {"kendall_tau": tau, "kendall_p": kendall_p, "enough": enough}
    return pd.DataFrame({"n": n_of_label, **fitted, "dispersion": dispersion, **verdict, **check})[list(COLUMNS)]


def _fit(n: Counts, total: Counts, years: Floats) -> tuple[Floats, Floats, Floats]:
    """Return slope, standard error and dispersion of each label by Fisher scoring; NaN where there is no variation."""
    nothing = np.full(len(n), np.nan)
    if len(total) < 3 or not len(n):
        return nothing, nothing.copy(), nothing.copy()
    x = years - np.average(years, weights=total)
    scale = 2 * np.sqrt(np.average(x**2, weights=total)) or 1.0
    x, prior = x / scale, PRIOR_DEVIATION**-2
    overall = n.sum(axis=1) / total.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        level, slope = np.log(overall / (1 - overall)), np.zeros(len(n))
        for _ in range(100):
            # kept off 0 and 1, where a bin would have no variance
            p = np.clip(1 / (1 + np.exp(-(level[:, None] + slope[:, None] * x))), 1e-9, 1 - 1e-9)
            weight, residual = total * p * (1 - p), n - total * p
            a, b, c = weight.sum(1), (weight * x).sum(1), (weight * x**2).sum(1) + prior
            g, h = residual.sum(1), (residual * x).sum(1) - prior * slope
            # a whole step may leap to where all weights vanish
            step = np.clip(np.array([c * g - b * h, a * h - b * g]) / (a * c - b * b), -1, 1)
            level, slope = level + step[0], slope + step[1]
            if not (np.abs(step) > 1e-8).any():
                break
        dispersion = np.maximum((residual**2 / weight).sum(1) / (len(total) - 2), 1.0)
        slope, error = slope / scale, np.sqrt(dispersion * a / (a * c - b * b)) / scale
    varies = np.isfinite(error) & (overall > 0) & (overall < 1)
    slope, error, dispersion = (np.where(varies, each, np.nan) for each in (slope, error, dispersion))
    return slope, error, dispersion


def _t_test(slope: Floats, error: Floats, degrees: int) -> tuple[Floats, Floats]:
    """Return half the 95 % interval and the two-sided p-value."""
    from scipy import special  # loads in 0.2 s, and drawing a series does without

    if degrees < 1:
        return np.full(len(slope), np.nan), np.full(len(slope), np.nan)
    p_value: Floats = 2 * special.stdtr(degrees, -np.abs(slope / error))
    return error * special.stdtrit(degrees, 0.975), p_value


def mann_kendall(values: Floats) -> tuple[Floats, Floats]:
    """Return Kendall's tau-a against time and the two-sided p-value of Mann's trend test, row by row.

    Normal approximation with continuity correction and ties. Mann, H. B. (1945), Econometrica 13, 245-259; Kendall,
    M. G. (1975), Rank correlation methods. NaN with fewer than 3 columns; p is 1 where all values are equal.

    >>> tau, p_value = mann_kendall(np.array([[1.0, 2.0, 3.0, 4.0, 4.0, 6.0]]))
    >>> round(float(tau[0]), 3), round(float(p_value[0]), 4)
    (0.933, 0.0129)
    """
    from scipy import special

    n_bins = values.shape[1]
    if n_bins < 3:
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    earlier, later = np.triu_indices(n_bins, 1)
    score = np.sign(values[:, later] - values[:, earlier]).sum(axis=1)
    ties = np.array([sum(t * (t - 1) * (2 * t + 5) for t in np.unique(row, return_counts=True)[1]) for row in values])
    deviation = np.sqrt((n_bins * (n_bins - 1) * (2 * n_bins + 5) - ties) / 18)
    z = np.divide(np.maximum(np.abs(score) - 1, 0), deviation, out=np.zeros(len(values)), where=deviation > 0)
    return score / len(earlier), 2 * special.ndtr(-z)
