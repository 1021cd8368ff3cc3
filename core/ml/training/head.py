"""Method `head`: the encoder stays as it is, one linear layer over its vectors is trained.

Seconds of work once the vectors are there; what it decides on its own texts comes from cross-validation, so every
text serves for training, calibration and thresholds alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ml.embedder import Embedder
from core.ml.evaluate import average_precision
from core.ml.training import linear
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import HeadOptions

PENALTIES = (0.01, 0.02, 0.03, 0.05, 0.1)
"""Strengths of the ridge penalty that are tried; the one with the best mean average precision is used."""


def fit(material: Material, options: HeadOptions, run: Run) -> Fitted:
    """Compute the texts' vectors and fit a head on all but the test part."""
    n = len(material.texts)
    vectors = Embedder.load(material.encoder_dir).embed(
        material.texts, on_progress=lambda done: run.watch.phase("reading", done, n)
    )
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    rows, test = np.sort(np.concatenate([split.taught, split.validation])), split.test
    folds = material.parts(options.folds, seed=options.seed)[rows]
    penalties = (options.penalty,) if options.penalty else PENALTIES
    chosen = fit_vectors(vectors[rows], material.true[rows], folds, penalties=penalties)
    return Fitted(
        linear=chosen.linear,
        held_out=chosen.held_out,
        rows=rows,
        test=chosen.linear.scores(vectors[test]),
        test_rows=test,
        n_trainable=chosen.linear.weight.size + chosen.linear.bias.size,
        found={"penalty": chosen.penalty},
    )


@dataclass(frozen=True)
class Chosen:
    """A head fitted to all texts, and how heads that did not see a text score it."""

    linear: linear.Linear
    held_out: NDArray[np.float32]
    """[n, n_labels], by cross-validation."""
    penalty: float


def fit_vectors(
    vectors: NDArray[np.float32],
    true: NDArray[np.bool_],
    folds: NDArray[np.intp],
    *,
    penalties: Sequence[float] = PENALTIES,
) -> Chosen:
    """Choose the penalty on held-out scores, then fit on everything."""
    candidates = {penalty: _held_out_scores(vectors, true, folds, penalty) for penalty in penalties}
    quality = {penalty: _mean_average_precision(true, scores) for penalty, scores in candidates.items()}
    penalty = max(quality, key=quality.__getitem__)
    return Chosen(linear.fit(vectors, true, penalty=penalty), candidates[penalty], penalty)


def _held_out_scores(
    vectors: NDArray[np.float32],
    true: NDArray[np.bool_],
    folds: NDArray[np.intp],
    penalty: float,
) -> NDArray[np.float32]:
    scores = np.zeros(true.shape, dtype=np.float32)
    for fold in np.unique(folds):
        held = folds == fold
        fitted = linear.fit(vectors[~held], true[~held], penalty=penalty)
        scores[held] = fitted.scores(vectors[held])
    return scores


def _mean_average_precision(true: NDArray[np.bool_], scores: NDArray[np.float32]) -> float:
    columns = [column for column in range(true.shape[1]) if true[:, column].any()]
    return float(np.mean([average_precision(true[:, column], scores[:, column]) for column in columns]))
