"""Which labels move first and which follow: cross-correlations of series whose own memory was taken out.

Two series that each drift or swing slowly correlate at many lags without any tie between them. So each is brought to
a standstill and whitened before they are compared, and every pair and lag is one of the tests that the false
discovery rate is controlled over. A lead is no cause.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.trends.discovery import discoveries
from core.trends.series import Z_95, Floats

FEWEST_BINS = 24
MOST_LAGS = 6
"""Leads of up to so many bins are looked for."""
FEWEST_STORIES = 30
"""A label with fewer stories in the period is not compared."""
LEAST_BINS_HELD = 0.4
"""Nor one that so few of the bins hold: its series is mostly the noise of single stories."""
PSEUDO_STORIES = 2.0
COLUMNS = ("leader", "follower", "lag", "correlation", "low", "high", "n_bins", "p_value", "significant")


def levels(n: npt.NDArray[np.int64], total: npt.NDArray[np.int64]) -> Floats:
    """Return the log odds of a label bin by bin, drawn towards its share of the whole where a bin has few stories.

    n is [n_bins] or [n_bins, n_labels], total [n_bins]. Each bin gets two more stories that carry the label as often
    as all do, so that an empty bin says nothing.

    >>> levels(np.array([5, 0, 10]), np.array([10, 0, 20])).tolist()
    [0.0, 0.0, 0.0]
    """
    totals = total if n.ndim == 1 else total[:, None]
    share = n.sum(axis=0) / max(1, int(total.sum()))
    smooth = (n + PSEUDO_STORIES * share) / (totals + PSEUDO_STORIES)
    smooth = np.clip(smooth, 1e-6, 1 - 1e-6)
    found: Floats = np.log(smooth / (1 - smooth))
    return found


def whitened(series: Floats) -> Floats:
    """Return the residuals of an autoregression of the series' changes from bin to bin, at unit variance.

    The order is the one of 0 to n/10 (at most 6) with the least corrected Akaike criterion, the coefficients are by
    least squares. Box, G. E. P. and Jenkins, G. M. (1970), Time Series Analysis, chapter 11; Hurvich, C. M. and Tsai,
    C.-L. (1989), Biometrika 76, 297-307. All orders are judged on the same bins; the first `order` residuals are 0.

    >>> walk = np.cumsum(np.random.default_rng(0).normal(size=200))
    >>> residuals = whitened(walk)
    >>> abs(float(np.corrcoef(residuals[1:], residuals[:-1])[0, 1])) < 0.1
    True
    """
    changes = np.diff(series)
    changes = changes - changes.mean()
    most = min(MOST_LAGS, len(changes) // 10)
    fits = [_autoregression(changes, order, most) for order in range(most + 1)]
    residuals = min(fits, key=lambda fit: fit[0])[1]
    spread = residuals.std()
    return residuals / spread if spread > 0 else residuals


def _autoregression(changes: Floats, order: int, most: int) -> tuple[float, Floats]:
    """Return the corrected Akaike criterion and the residuals of an autoregression."""
    target = changes[most:]
    past = np.column_stack(
        [changes[most - k : len(changes) - k] for k in range(1, order + 1)] or [np.zeros(len(target))]
    )
    coefficients = np.linalg.lstsq(past, target, rcond=None)[0][:order]
    fitted = np.zeros(len(changes))
    for k in range(1, order + 1):
        fitted[order:] += coefficients[k - 1] * changes[order - k : len(changes) - k]
    residuals = changes - fitted
    residuals[:order] = 0
    n, n_parameters = len(target), order + 1
    variance = max(float(np.mean(residuals[most:] ** 2)), 1e-12)
    penalty = 2 * n_parameters * n / max(1, n - n_parameters - 1)
    return n * np.log(variance) + penalty, residuals


def lead_lag(
    counts: pd.DataFrame, totals: npt.NDArray[np.int64], *, related: Callable[[str, str], bool]
) -> pd.DataFrame:
    """Return for every ordered pair of labels the lag at which the second follows the first most closely.

    Takes complete bins in order: counts [n_bins] by label (columns) and totals [n_bins]; `related` says which pairs
    to leave out (of a label and its parent, one is part of the other). Columns: leader, follower, lag (bins, 1 to 6),
    correlation of the whitened series with its 95 % interval (Fisher's z), n_bins, p_value (two-sided, of this lag),
    significant (Benjamini and Hochberg at 5 % over all pairs and lags). Both series are whitened, each by its own
    model, which makes correlations at all lags asymptotically independent if the series are: Haugh, L. D. (1976),
    Checking the independence of two covariance-stationary time series, JASA 71, 378-385. Least p-value first. Labels
    with under 30 stories, or in under 40 % of the bins, and periods under 24 bins are left out.
    """
    n = counts.to_numpy(dtype=np.int64)
    often = (n.sum(axis=0) >= FEWEST_STORIES) & ((n > 0).sum(axis=0) >= LEAST_BINS_HELD * len(n))
    names = counts.columns[often].to_numpy()
    if len(n) < FEWEST_BINS or len(names) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    white = np.column_stack([whitened(series) for series in levels(n[:, often], totals).T])
    tests = pd.concat([_at_lag(white, lag) for lag in range(1, MOST_LAGS + 1)], ignore_index=True)
    apart = [not related(names[i], names[j]) for i, j in zip(tests["i"], tests["j"], strict=True)]
    tests = tests[np.array(apart, dtype=bool)].reset_index(drop=True)
    tests["significant"] = discoveries(tests["p_value"].to_numpy())
    tests = tests.sort_values("p_value", kind="stable").drop_duplicates(["i", "j"])
    found = tests.assign(leader=names[tests["i"]], follower=names[tests["j"]])
    return found[list(COLUMNS)].reset_index(drop=True)


def _at_lag(white: Floats, lag: int) -> pd.DataFrame:
    """Correlate every series with every other `lag` bins later."""
    from scipy import stats

    early, late = white[:-lag], white[lag:]
    n = len(early)
    early, late = (part - part.mean(axis=0) for part in (early, late))
    scale = np.sqrt((early**2).sum(axis=0))[:, None] * np.sqrt((late**2).sum(axis=0))
    correlation = np.clip(early.T @ late / np.where(scale > 0, scale, 1), -0.999999, 0.999999)
    i, j = np.nonzero(~np.eye(len(correlation), dtype=bool))
    r = correlation[i, j]
    p_value = 2 * stats.t.sf(np.abs(r) * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    half = Z_95 / np.sqrt(n - 3)
    interval = {"low": np.tanh(np.arctanh(r) - half), "high": np.tanh(np.arctanh(r) + half)}
    return pd.DataFrame({"i": i, "j": j, "lag": lag, "correlation": r, **interval, "n_bins": n, "p_value": p_value})
