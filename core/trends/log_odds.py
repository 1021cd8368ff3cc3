"""How much more often one set of documents holds a term than another, and how surely."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

PRIOR_DOCUMENTS = 20.0
"""Weight of the prior, in documents that hold terms as often as both sets together do."""
LARGEST_Z = 37.0
"""Beyond it the p-value is 0 in double precision."""


def log_odds(n: Counts, total: int, n_other: Counts, total_other: int) -> Floats:
    """Return the log odds ratio of each term between two sets of documents, shrunken by an informative prior.

    Monroe, B. L., Colaresi, M. P. and Quinn, K. M. (2008), Fightin' Words, Political Analysis 16, 372-403, equation
    16, with documents in the place of words: n of total documents hold a term. Each set gets PRIOR_DOCUMENTS more
    that hold a term as often as both sets together, which draws what is rare towards no difference.

    >>> log_odds(np.array([12, 30]), 100, np.array([2, 95]), 300).round(2).tolist()
    [2.63, -0.07]
    """
    share = (n + n_other) / max(1, total + total_other)
    with_term, with_other = n + PRIOR_DOCUMENTS * share, n_other + PRIOR_DOCUMENTS * share
    without, without_other = total + PRIOR_DOCUMENTS - with_term, total_other + PRIOR_DOCUMENTS - with_other
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.log(with_term / without) - np.log(with_other / without_other)
    return np.nan_to_num(ratio, posinf=0, neginf=0)


def exact_test(n: Counts, total: int, n_other: Counts, total_other: int) -> tuple[Floats, Floats]:
    """Return one-sided p-values of Fisher's exact test that the first set holds a term more often, and their z-scores.

    The normal approximation of Monroe et al. (their equation 22) is no use for what one set never holds: its variance
    grows without bound there.

    >>> p_value, z = exact_test(np.array([5]), 10, np.array([0]), 10)
    >>> p_value.round(4).tolist(), z.round(2).tolist()
    ([0.0163], [2.14])
    """
    from scipy import stats

    p_value: Floats = stats.hypergeom.sf(n - 1, total + total_other, n + n_other, total)
    return p_value, np.minimum(stats.norm.isf(p_value), LARGEST_Z)
