"""Shares corrected for the classifier's own error, from the texts that it was validated on.

A classifier that misses stories and tags others by mistake distorts every share, and the more the rarer the label.
All methods here take it that the label's stories look the same in every bin as in validation, and so do the others:
only their mix changes (prior probability shift). Where validation says too little, the plain share is returned, with
the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.trends.series import Counts, Flags, Floats, wilson

FEWEST_VALIDATED = 10
"""Validation texts with the label, and without it."""
LEAST_SEPARATION = 0.2
"""Below this difference between true and false positive rate a correction multiplies noise more than five times."""
N_DRAWS = 1000


class Method(StrEnum):
    """How a share is corrected."""

    ACC = "acc"
    """Adjusted count: from the numbers of tagged stories."""
    PACC = "pacc"
    """Probabilistic adjusted count: from the mean probabilities."""
    EMQ = "emq"
    """Expectation maximisation over the probabilities; needs calibrated ones."""


class Reason(StrEnum):
    """Why a share was not corrected."""

    NO_VALIDATION = "no_validation"
    FEW_VALIDATED = "few_validated"
    NOT_SEPARATED = "not_separated"
    NO_PROBABILITIES = "no_probabilities"


@dataclass(frozen=True)
class Validation:
    """One label over texts that the classifier has not learned from."""

    truth: Flags
    probabilities: Floats
    threshold: float

    @classmethod
    def of_counts(cls, *, n_found: int, n_true: int, n_mistaken: int, n_texts: int) -> "Validation":
        """Return validation of which only the decisions are known, as much as ACC needs.

        >>> Validation.of_counts(n_found=8, n_true=10, n_mistaken=9, n_texts=100).rates
        (0.8, 0.1)
        """
        truth = np.arange(n_texts) < n_true
        tagged = np.concatenate([np.arange(n_true) < n_found, np.arange(n_texts - n_true) < n_mistaken])
        return cls(truth, tagged.astype(np.float64), 0.5)

    @property
    def rates(self) -> tuple[float, float]:
        """Return the true and the false positive rate."""
        tagged = self.probabilities >= self.threshold
        return float(tagged[self.truth].mean()), float(tagged[~self.truth].mean())


@dataclass(frozen=True)
class Corrected:
    """Plain and corrected shares a bin with 95 % intervals; NaN in bins without stories."""

    raw: Floats
    raw_low: Floats
    raw_high: Floats
    share: Floats
    low: Floats
    high: Floats
    reason: Reason | None
    """Why the corrected shares are the plain ones."""


def corrected(
    n: Counts | Floats,
    total: Counts | Floats,
    validation: Validation | None,
    *,
    method: Method = Method.ACC,
    probabilities: Sequence[Floats] | None = None,
    seed: int = 0,
) -> Corrected:
    """Return one label's shares, plain and corrected.

    Takes the tagged stories and all stories of each bin (effective numbers where the mix was held fixed);
    probabilities, needed but for ACC, are those of every story of each bin. Formulas: Forman, G. (2008), Quantifying
    counts and costs via classification, Data Mining and Knowledge Discovery 17, 164-206 (ACC); Bella, A. et al. (2010),
    Quantification via probability estimators, ICDM (PACC);
    Saerens, M., Latinne, P. and Decaestecker, C. (2002), Neural Computation 14, 21-41 (EMQ). Intervals are percentiles
    over draws in which validation and bin are both resampled: rates from their Jeffreys posteriors for ACC, the
    Bayesian bootstrap for the others (Rubin, D. B. (1981), Annals of Statistics 9, 130-134). They hold for each bin by
    itself; errors of validation move all bins together.

    >>> truth = np.repeat([True, False], 100)
    >>> scores = np.concatenate([np.repeat([0.9, 0.1], [80, 20]), np.repeat([0.9, 0.1], [5, 95])])
    >>> found = corrected(np.array([20]), np.array([100]), Validation(truth, scores, 0.5))
    >>> [round(float(each[0]), 2) for each in (found.raw, found.share, found.low, found.high)]
    [0.2, 0.2, 0.08, 0.3]
    """
    raw_low, raw_high = wilson(n, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = n / total
    reason = why_not(validation, method, probabilities)
    if reason or validation is None:
        return Corrected(raw, raw_low, raw_high, raw, raw_low, raw_high, reason)
    rng = np.random.default_rng(seed)
    if method == Method.ACC:
        share, draws = _adjusted_count(n, total, validation, rng)
    else:
        estimate = _mean_adjusted if method == Method.PACC else _expectation_maximised
        share, draws = estimate(probabilities or [], validation, rng)
    held = total > 0
    low, high = (np.where(held, each, np.nan) for each in np.quantile(draws, [0.025, 0.975], axis=0))
    return Corrected(raw, raw_low, raw_high, np.where(held, share, np.nan), low, high, None)


def why_not(
    validation: Validation | None, method: Method = Method.ACC, probabilities: Sequence[Floats] | None = None
) -> Reason | None:
    """Return why a share cannot be corrected, or None where it can.

    >>> why_not(Validation.of_counts(n_found=4, n_true=5, n_mistaken=0, n_texts=100))
    <Reason.FEW_VALIDATED: 'few_validated'>
    """
    if validation is None or not len(validation.truth):
        return Reason.NO_VALIDATION
    if min(validation.truth.sum(), (~validation.truth).sum()) < FEWEST_VALIDATED:
        return Reason.FEW_VALIDATED
    if np.subtract(*validation.rates) < LEAST_SEPARATION:
        return Reason.NOT_SEPARATED
    return Reason.NO_PROBABILITIES if method != Method.ACC and probabilities is None else None


def unmixed(observed: Floats, of_positives: Floats | float, of_negatives: Floats | float) -> Floats:
    """Return which part of positives mixes to the observed value; 0..1. Draws that do not separate say nothing.

    >>> unmixed(np.array([0.05, 0.4]), 0.8, 0.05).round(3).tolist()
    [0.0, 0.467]
    """
    separation = np.maximum(np.subtract(of_positives, of_negatives), 0.02)
    share: Floats = np.clip((observed - of_negatives) / separation, 0.0, 1.0)
    return share


def _adjusted_count(
    n: Counts | Floats, total: Counts | Floats, validation: Validation, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    share = unmixed(n / np.maximum(total, 1), *validation.rates)
    tagged, truth = validation.probabilities >= validation.threshold, validation.truth
    rates = [
        rng.beta(tagged[group].sum() + 0.5, (~tagged[group]).sum() + 0.5, (N_DRAWS, 1)) for group in (truth, ~truth)
    ]
    return share, unmixed(rng.beta(n + 0.5, total - n + 0.5, (N_DRAWS, len(n))), *rates)


def _mean_adjusted(
    probabilities: Sequence[Floats], validation: Validation, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    groups = [validation.probabilities[validation.truth], validation.probabilities[~validation.truth]]
    observed = np.array([each.mean() if len(each) else 0.0 for each in probabilities])
    share = unmixed(observed, *(float(each.mean()) for each in groups))
    means = [_resampled_mean(each, rng)[:, None] for each in groups]
    return share, unmixed(np.column_stack([_resampled_mean(each, rng) for each in probabilities]), *means)


def _resampled_mean(values: Floats, rng: np.random.Generator) -> Floats:
    if not len(values):
        return np.zeros(N_DRAWS)
    weights = rng.standard_exponential((N_DRAWS, len(values)))
    mean: Floats = weights @ values / weights.sum(axis=1)
    return mean


def _expectation_maximised(
    probabilities: Sequence[Floats], validation: Validation, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    n_positive, n_negative = int(validation.truth.sum()), int((~validation.truth).sum())
    priors = rng.beta(n_positive + 0.5, n_negative + 0.5, N_DRAWS)
    prior = np.array([n_positive / (n_positive + n_negative)])
    shares = [_maximised(each, np.ones((1, len(each))), prior)[0] for each in probabilities]
    draws = [_maximised(each, rng.standard_exponential((N_DRAWS, len(each))), priors) for each in probabilities]
    return np.array(shares), np.column_stack(draws)


def _maximised(probabilities: Floats, weights: Floats, prior: Floats) -> Floats:
    """Return the share that makes the probabilities most likely, for each row of weights and prior."""
    if not len(probabilities):
        return np.zeros(len(prior))
    kept = np.clip(probabilities, 1e-6, 1 - 1e-6)
    odds, share = kept / (1 - kept), prior
    for _ in range(200):
        ratio = (share * (1 - prior) / (prior * (1 - share)))[:, None] * odds
        following = (weights * (ratio / (1 + ratio))).sum(axis=1) / weights.sum(axis=1)
        following = np.asarray(np.clip(following, 1e-9, 1 - 1e-9), dtype=np.float64)
        if np.abs(following - share).max() < 1e-5:
            return following
        share = following
    return share
