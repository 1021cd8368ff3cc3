"""Method `head`: the encoder stays as it is, one linear layer over its vectors is trained.

Seconds of work once the vectors are there; what it decides on its own texts comes from cross-validation, so every
text serves for training, calibration and thresholds alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ml.embedder import Embedder
from core.ml.evaluate import average_precision
from core.ml.training import linear
from core.ml.training.finish import Fitted
from core.ml.training.material import Material, Progress


@dataclass(frozen=True)
class HeadOptions:
    """What can be chosen about the training of a head."""

    penalties: tuple[float, ...] = (0.01, 0.02, 0.03, 0.05, 0.1)
    """Strengths of the ridge penalty that are tried; the one with the best mean average precision is used."""
    folds: int = 5
    """Parts for cross-validation; a text's part follows from its id, so it never changes."""
    seed: int = 0
    """Recorded with the model and mixed into the assignment of texts to parts."""


def fit(material: Material, options: HeadOptions, on_progress: Progress) -> Fitted:
    """Compute the texts' vectors and fit a head on them."""
    n = len(material.texts)
    vectors = Embedder.load(material.encoder_dir).embed(
        material.texts, on_progress=lambda done: on_progress("reading", done, n)
    )
    return fit_vectors(vectors, material.true, material.parts(options.folds, seed=options.seed), options=options)


def fit_vectors(
    vectors: NDArray[np.float32], true: NDArray[np.bool_], folds: NDArray[np.intp], *, options: HeadOptions
) -> Fitted:
    """Choose the penalty on held-out scores, then fit on everything."""
    candidates = {penalty: _held_out_scores(vectors, true, folds, penalty) for penalty in options.penalties}
    quality = {penalty: _mean_average_precision(true, scores) for penalty, scores in candidates.items()}
    penalty = max(quality, key=quality.__getitem__)
    return Fitted(
        linear=linear.fit(vectors, true, penalty=penalty),
        held_out=candidates[penalty],
        rows=np.arange(len(true)),
        found={"penalty": penalty},
    )


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
