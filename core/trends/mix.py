"""Whether a label's share also changes within the same sources and languages, or only their mix does."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.trends.series import Z_95, Counts, Floats

LEAST_COMMON = 0.5
"""So much of the stories of either period has to lie in strata that both periods have."""
FEWEST_COMMON = 20
"""And so many stories."""
LEAST_PART = 0.5
"""So much of the change of log-odds over all stories has to be there within strata."""
_HALF = 0.5


class Verdict(StrEnum):
    """What the strata say of a change."""

    HOLDS = "holds"
    """It is clear within them, and at least half as large in log-odds."""
    NOT_WITHIN = "not_within"
    """It is not: it may come from a change of sources."""
    NO_COMMON = "no_common"
    """Too few stories lie in strata that both periods have: it cannot be told."""


@dataclass(frozen=True)
class Within:
    """How the odds of a label differ between two periods within strata."""

    log_odds: float
    low: float
    high: float
    """The 95 % interval; all three NaN where no stratum has stories in both periods."""
    crude: float
    """The same difference over all stories, whatever their stratum."""
    common: float
    """The part of the period's stories that lies in strata with stories in both periods."""
    common_before: float
    """The same of the other period's."""
    n_common: int
    """Stories in those strata, of the period that has fewer there."""

    def verdict(self, *, rises: bool) -> Verdict:
        """Return whether the odds differ in the direction that was seen, and enough of what was seen."""
        if min(self.common, self.common_before) < LEAST_COMMON or self.n_common < FEWEST_COMMON:
            return Verdict.NO_COMMON
        nearest, sign = (self.low, 1) if rises else (-self.high, -1)
        holds = nearest > 0 and sign * self.log_odds >= LEAST_PART * sign * self.crude
        return Verdict.HOLDS if holds else Verdict.NOT_WITHIN


def within_strata(n: Counts, total: Counts, n_before: Counts, total_before: Counts) -> Within:
    """Return the common odds ratio of two periods within strata.

    Takes the label's stories and all stories of either period by stratum. The ratio is that of Mantel, N. and Haenszel,
    W. (1959), Journal of the National Cancer Institute 22, 719-748; the variance of its logarithm that of Robins, J.,
    Breslow, N. and Greenland, S. (1986), Biometrics 42, 311-323, which holds for few large strata and for many thin
    ones. Where one period never has the label, or always, half a story is added to each of the four cells, spread over
    the strata by size, for the ratio to be finite (Haldane, J. B. S. (1956), Annals of Human Genetics 20, 309-311).

    Simpson's paradox: the first feed has the label in 1 of 10 stories, the second in 4 of 10, both before and after.
    Because the second grew, the label went from 16 % to 34 % of stories, and within the feeds nothing changed.

    >>> total, before = np.array([100, 400]), np.array([400, 100])
    >>> found = within_strata(np.array([10, 160]), total, np.array([40, 40]), before)
    >>> round(found.log_odds, 2), round(found.low, 2), round(found.high, 2), str(found.verdict(rises=True))
    (0.0, -0.38, 0.38, 'not_within')
    """
    common = (total > 0) & (total_before > 0)
    all_of, all_before = total[common].sum(), total_before[common].sum()
    cells = np.array([n, total - n, n_before, total_before - n_before], dtype=np.float64)
    crude, _ = _mantel_haenszel(cells.sum(axis=1, keepdims=True))
    log_odds, error = _mantel_haenszel(cells[:, common]) if common.any() else (np.nan, np.nan)
    return Within(
        log_odds,
        log_odds - Z_95 * error,
        log_odds + Z_95 * error,
        crude,
        common=float(all_of / max(1, total.sum())),
        common_before=float(all_before / max(1, total_before.sum())),
        n_common=int(min(all_of, all_before)),
    )


def _mantel_haenszel(cells: Floats) -> tuple[float, float]:
    """Return the logarithm of the common odds ratio and its standard error; rows with, without, and both before."""
    size = cells.sum(axis=0)
    with_, without, with_before, without_before = cells
    if not ((with_ * without_before).any() and (without * with_before).any()):
        cells = cells + _HALF * size / size.sum()
        size = cells.sum(axis=0)
        with_, without, with_before, without_before = cells
    p, q = (with_ + without_before) / size, (without + with_before) / size
    r, s = with_ * without_before / size, without * with_before / size
    all_r, all_s = r.sum(), s.sum()
    variance = (p * r).sum() / (2 * all_r**2) + (q * s).sum() / (2 * all_s**2)
    variance += (p * s + q * r).sum() / (2 * all_r * all_s)
    return float(np.log(all_r / all_s)), float(np.sqrt(variance))
