"""Shares over a fixed mix of strata (source by language), so that a feed that joins or leaves makes no trend."""

from dataclasses import dataclass

import numpy as np

from core.trends.series import Counts, Floats, wilson

FEWEST_OF_STRATUM = 30
"""Strata with fewer stories over the whole period are counted as one."""
PRIOR_STORIES = 1.0
"""A cell's own share counts like its stories, what the model expects of it like so many."""
_N_ROUNDS = 30


@dataclass(frozen=True)
class Standardised:
    """Shares a bin as if every bin had the strata's mix of the whole period."""

    share: Floats
    low: Floats
    high: Floats
    n_effective: Floats
    """A plain sample of so many stories would be as uncertain; never more than the bin's stories."""


def standardised(n: Counts, total: Counts) -> Standardised:
    """Return directly standardised shares of one label with their 95 % intervals; NaN where a bin has no stories.

    Takes the label's stories and all stories, strata by bins. A stratum's weight is its part of all stories of the
    period, the same in every bin (direct standardisation: Fleiss, J. L. et al. (2003), Statistical methods for rates
    and proportions, chapter 19). A cell without stories has no share of its own: it takes the one of a logistic model
    with an effect for the stratum and one for the bin, and thin cells are drawn towards it (Gelman, A. and Little, T.
    C. (1997), Poststratification into many categories, Survey Methodology 23, 127-135). The variance is that of the
    whole estimate by the delta method; the interval is Wilson's at the effective number of stories.

    >>> total = np.array([[100, 100], [0, 300]])
    >>> standardised(np.array([[10, 10], [0, 150]]), total).share.round(2).tolist()
    [0.34, 0.34]

    The plain shares are 0.1 and 0.4: the second stratum came later and always had more.
    """
    n, total = _pool_thin(n, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = total.sum(axis=1) / total.sum()
    n_all, n_total = int(n.sum()), int(total.sum())
    if n_all in (0, n_total):
        share, effective = np.full(total.shape[1], float(n_all > 0)), _weighted_size(total, weights)
    else:
        share, variance = _estimate(n, total, weights)
        # the variance takes it that a missing stratum moves like the others: never claim more than the stories
        effective = np.minimum(share * (1 - share) / variance, total.sum(axis=0))
    # a bin without stories says nothing, whatever the model expects of it
    held = total.sum(axis=0) > 0
    share, effective = np.where(held, share, np.nan), np.where(held, effective, 0.0)
    low, high = wilson(share * effective, effective)
    return Standardised(share, low, high, effective)


def _pool_thin(n: Counts, total: Counts) -> tuple[Counts, Counts]:
    thin = total.sum(axis=1) < FEWEST_OF_STRATUM
    if thin.sum() < 2:
        return n, total
    pooled = (np.vstack([each[~thin], each[thin].sum(axis=0, keepdims=True)]) for each in (n, total))
    return next(pooled), next(pooled)


def _weighted_size(total: Counts, weights: Floats) -> Floats:
    """Return Kish's effective number of stories a bin, over the strata that it has: (sum w)² / sum (w² / stories)."""
    weights = weights[:, None] * (total > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        size: Floats = weights.sum(axis=0) ** 2 / np.where(total > 0, weights**2 / total, 0).sum(axis=0)
    return size


def _estimate(n: Counts, total: Counts, weights: Floats) -> tuple[Floats, Floats]:
    """Return the share of each bin and its variance."""
    n_strata = len(total)
    expected, inverse = _expected(n, total)
    own = total / (total + PRIOR_STORIES)
    cells = (n + PRIOR_STORIES * expected) / (total + PRIOR_STORIES)
    slope = weights[:, None] * (1 - own) * expected * (1 - expected)
    # how each bin's share answers to the model's effects, then to each cell's count through them
    answers = np.hstack([slope.T, np.diag(slope.sum(axis=0))]) @ inverse
    through_model = answers[:, :n_strata, None] + answers[:, None, n_strata:]
    direct = weights[:, None] / (total + PRIOR_STORIES)
    for t in range(total.shape[1]):
        through_model[t, :, t] += direct[:, t]
    # a cell's count varies by the smoothed share, which is never 0 or 1
    variance = np.einsum("tsj,sj->t", through_model**2, total * cells * (1 - cells))
    share: Floats = weights @ cells
    return share, variance


def _expected(n: Counts, total: Counts) -> tuple[Floats, Floats]:
    """Fit log-odds = overall + stratum + bin; return the cells' shares and the covariance of the effects.

    The effects of strata and of bins have normal priors whose variances are estimated along (expectation maximisation).
    """
    n_strata, n_bins = total.shape
    overall = n.sum() / total.sum()
    centre = np.log(overall / (1 - overall))
    effects: Floats = np.zeros(n_strata + n_bins)
    strata, bins = slice(0, n_strata), slice(n_strata, None)
    variance = np.ones(n_strata + n_bins)
    for _ in range(_N_ROUNDS):
        expected = 1 / (1 + np.exp(-(centre + effects[strata, None] + effects[None, bins])))
        weight, residual = total * expected * (1 - expected), n - total * expected
        gradient = np.concatenate([residual.sum(axis=1), residual.sum(axis=0)]) - effects / variance
        information = np.block([[np.diag(weight.sum(axis=1)), weight], [weight.T, np.diag(weight.sum(axis=0))]])
        inverse = np.asarray(np.linalg.inv(information + np.diag(1 / variance)), dtype=np.float64)
        effects = effects + np.clip(inverse @ gradient, -2, 2)
        for part in (strata, bins):
            variance[part] = max(np.mean(effects[part] ** 2 + np.diag(inverse)[part]), 1e-3)
    return expected, inverse
