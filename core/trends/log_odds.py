"""How much more often one set of documents holds a term than another, and how surely."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PRIOR_DOCUMENTS = 20.0
"""Weight of the prior, in documents that hold terms as often as both sets together do."""


def log_odds(n: Floats, total: float, n_other: Floats, total_other: float) -> tuple[Floats, Floats]:
    """Return the log odds ratio of each term between two sets of documents, and its z-score.

    Monroe, B. L., Colaresi, M. P. and Quinn, K. M. (2008), Fightin' Words, Political Analysis 16, 372-403, equations
    16 and 22, with documents in the place of words: n of total documents hold a term. The prior is informative: each
    set gets PRIOR_DOCUMENTS more documents that hold a term as often as both sets together, which draws what is rare
    towards no difference. The variance has all four cells, since a share of documents need not be small.

    >>> ratio, z = log_odds(np.array([12.0, 30.0]), 100, np.array([2.0, 95.0]), 300)
    >>> ratio.round(2).tolist(), z.round(2).tolist()
    ([2.63, -0.07], [3.87, -0.29])
    """
    share = (n + n_other) / max(1.0, total + total_other)
    with_term, with_other = n + PRIOR_DOCUMENTS * share, n_other + PRIOR_DOCUMENTS * share
    without, without_other = total + PRIOR_DOCUMENTS - with_term, total_other + PRIOR_DOCUMENTS - with_other
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(with_term / without) - np.log(with_other / without_other)
        error = np.sqrt(1 / with_term + 1 / without + 1 / with_other + 1 / without_other)
        z = ratio / error
    return np.nan_to_num(ratio, posinf=0, neginf=0), np.nan_to_num(z, posinf=0, neginf=0)
