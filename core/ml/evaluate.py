"""How good predictions are: per label, per level of the tree and per language. Pure functions over arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import LabelKind, Taxonomy
from core.ml.decisions import Rules

Flags = NDArray[np.bool_]
FEW_POSITIVES = 10
"""Below so many positives a label's F1 is mostly chance; topics are averaged with and without such labels."""
N_BINS = 10


@dataclass(frozen=True)
class Scores:
    """Quality of one label's decisions and probabilities; a ratio without cases is 0."""

    precision: float
    recall: float
    f1: float
    average_precision: float
    support: int


def f1(true: Flags, decided: Flags) -> float:
    """Return 2 TP / (2 TP + FP + FN), 0 where nothing is true or decided.

    >>> f1(np.array([True, True, False]), np.array([True, False, False])).__round__(3)
    0.667
    """
    total = int(true.sum()) + int(decided.sum())
    return 2.0 * int((true & decided).sum()) / total if total else 0.0


def average_precision(true: Flags, probabilities: NDArray[np.float32]) -> float:
    """Return the area under the precision-recall steps, ties taken together; 0 without positives.

    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7], dtype=np.float32)).__round__(3)
    0.833
    """
    if not true.any():
        return 0.0
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(true[order])
    last_of_tie = np.append(np.diff(probabilities[order]) != 0, True)
    hits, ranks = hits[last_of_tie], np.arange(1, len(true) + 1)[last_of_tie]
    return float((np.diff(hits, prepend=0) * hits / ranks).sum() / true.sum())


def label_scores(true: Flags, decided: Flags, probabilities: NDArray[np.float32]) -> Scores:
    """Return the quality of one label, all arrays [n]."""
    hits = int((true & decided).sum())
    return Scores(
        precision=hits / max(1, int(decided.sum())),
        recall=hits / max(1, int(true.sum())),
        f1=f1(true, decided),
        average_precision=average_precision(true, probabilities),
        support=int(true.sum()),
    )


def expected_calibration_error(true: Flags, probabilities: NDArray[np.float32]) -> float:
    """Return the mean gap between stated and observed frequency over ten equal bins, weighted by their counts.

    All (text, label) pairs are taken together (Guo et al. 2017, section 2).

    >>> expected_calibration_error(np.array([True, False]), np.array([0.75, 0.75], dtype=np.float32))
    0.25
    """
    flat, hits = probabilities.ravel(), true.ravel()
    bins = np.minimum((flat * N_BINS).astype(int), N_BINS - 1)
    counts = np.bincount(bins, minlength=N_BINS)
    stated = np.bincount(bins, weights=flat, minlength=N_BINS)
    observed = np.bincount(bins, weights=hits, minlength=N_BINS)
    return float(np.abs(stated - observed).sum() / max(1, counts.sum()))


def evaluate(
    true: Flags,
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.float32],
    label_ids: Sequence[str],
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    """Return per-label scores, macro and micro per level, share of off-topic texts left untagged, calibration.

    `macro` averages over labels with a positive in the data; `topic_10` over topics with at least ten.
    """
    decided = Rules(label_ids, taxonomy).decisions(probabilities, thresholds)
    labels = {
        label_id: label_scores(true[:, i], decided[:, i], probabilities[:, i]) for i, label_id in enumerate(label_ids)
    }
    levels = {kind.value: _columns(label_ids, taxonomy, kind) for kind in LabelKind}
    levels["topic_10"] = [i for i in levels["topic"] if labels[label_ids[i]].support >= FEW_POSITIVES]
    off_topic = ~true.any(axis=1)
    return {
        "n": len(true),
        "labels": {label_id: vars(scores) for label_id, scores in labels.items()},
        "levels": {
            name: _level(true[:, columns], decided[:, columns], [labels[label_ids[i]] for i in columns])
            for name, columns in levels.items()
        },
        "off_topic": {
            "n": int(off_topic.sum()),
            "left_untagged": float((~decided[off_topic]).all(axis=1).mean()) if off_topic.any() else 0.0,
        },
        "expected_calibration_error": expected_calibration_error(true, probabilities),
    }


def evaluate_by_language(
    true: Flags,
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.float32],
    label_ids: Sequence[str],
    taxonomy: Taxonomy,
    languages: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Return `evaluate` for all texts together and for each language."""
    result = {"all": evaluate(true, probabilities, thresholds, label_ids, taxonomy)}
    for language in sorted(set(languages)):
        rows = np.array([other == language for other in languages])
        result[language or "unknown"] = evaluate(true[rows], probabilities[rows], thresholds, label_ids, taxonomy)
    return result


def _columns(label_ids: Sequence[str], taxonomy: Taxonomy, kind: LabelKind) -> list[int]:
    return [index for index, label_id in enumerate(label_ids) if taxonomy.by_id[label_id].kind is kind]


def _level(true: Flags, decided: Flags, scores: Sequence[Scores]) -> dict[str, float | int]:
    seen = [score for score in scores if score.support]
    return {
        "n_labels": len(seen),
        "macro_f1": float(np.mean([score.f1 for score in seen])) if seen else 0.0,
        "micro_f1": f1(true, decided),
        "macro_average_precision": float(np.mean([score.average_precision for score in seen])) if seen else 0.0,
    }
