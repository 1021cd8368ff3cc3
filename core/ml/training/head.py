"""Method `head`: the encoder stays as it is, one linear layer over its vectors is trained.

Seconds of work once the vectors are there; what it decides on its own texts comes from cross-validation, so every
text serves for training, calibration and thresholds alike.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.errors import InputError
from core.ml.embedder import Embedder
from core.ml.evaluate import average_precision, evaluate_by_language
from core.ml.examples import Example, data_hash, joined, label_matrix
from core.ml.model_folder import Head, ModelDescription, content_version, write_model
from core.ml.training import linear
from core.ml.training.card import model_card

METHOD = "head"
MIN_EXAMPLES = 50


@dataclass(frozen=True)
class HeadOptions:
    """What can be chosen about the training of a head."""

    penalties: tuple[float, ...] = (0.01, 0.02, 0.03, 0.05, 0.1)
    """Strengths of the ridge penalty that are tried; the one with the best mean average precision is used."""
    folds: int = 5
    """Parts for cross-validation; a text's part follows from its id, so it never changes."""
    threshold_shrinkage: float = 30.0
    """So many positives make a label's own threshold count as much as the common one."""
    seed: int = 0
    """Recorded with the model and mixed into the assignment of texts to parts."""


def train_head(
    examples: Sequence[Example],
    embedder: Embedder,
    taxonomy: Taxonomy,
    folder: Path,
    *,
    options: HeadOptions | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> ModelDescription:
    """Train a head on the examples and write its model folder; raise InputError where there are too few."""
    if len(examples) < MIN_EXAMPLES:
        raise InputError(
            "{found} texts are too few to train on: at least {n} are needed.", found=len(examples), n=MIN_EXAMPLES
        )
    started = time.monotonic()
    options = options or HeadOptions()
    vectors = embedder.embed([joined(example.title, example.text) for example in examples], on_progress=on_progress)
    label_ids = [label.id for label in taxonomy.labels]
    true = label_matrix(examples, label_ids)
    fitted = fit_head(vectors, true, fold_of(examples, options), options=options)
    languages = [example.lang for example in examples]
    metrics = evaluate_by_language(true, fitted.held_out, fitted.thresholds, label_ids, taxonomy, languages)
    thresholds = [round(float(threshold), 4) for threshold in fitted.thresholds]
    identity = {
        "labels": label_ids,
        "thresholds": thresholds,
        "encoder": embedder.encoder.hash,
        "taxonomy": taxonomy.version,
    }
    description = ModelDescription(
        version=content_version(fitted.head, identity),
        method=METHOD,
        options=asdict(options),
        seed=options.seed,
        data_hash=data_hash(examples),
        n_examples=len(examples),
        taxonomy_version=taxonomy.version,
        encoder_name=embedder.encoder.name,
        encoder_hash=embedder.encoder.hash,
        label_ids=label_ids,
        thresholds=thresholds,
        calibration=fitted.calibration,
        metrics=metrics,
        seconds=round(time.monotonic() - started, 1),
    )
    write_model(folder, fitted.head, description, model_card(description))
    return description


@dataclass(frozen=True)
class FittedHead:
    """A head and what cross-validation says of it."""

    head: Head
    thresholds: NDArray[np.float32]
    held_out: NDArray[np.float32]
    """Calibrated probabilities [n, n_labels] of every text by a head that did not see it."""
    calibration: dict[str, Any]


def fit_head(
    vectors: NDArray[np.float32], true: NDArray[np.bool_], folds: NDArray[np.intp], *, options: HeadOptions
) -> FittedHead:
    """Choose the penalty, calibrate and set thresholds on held-out scores, then fit on everything."""
    candidates = {penalty: _held_out_scores(vectors, true, folds, penalty) for penalty in options.penalties}
    quality = {penalty: _mean_average_precision(true, scores) for penalty, scores in candidates.items()}
    penalty = max(quality, key=quality.__getitem__)
    slope, intercept = linear.platt(candidates[penalty], true)
    fitted = linear.fit(vectors, true, penalty=penalty)
    held_out = Head(np.eye(true.shape[1], dtype=np.float32) * slope, np.full(true.shape[1], intercept, np.float32))
    probabilities = held_out.probabilities(candidates[penalty])
    return FittedHead(
        head=Head(fitted.weight * np.float32(slope), fitted.bias * np.float32(slope) + np.float32(intercept)),
        thresholds=linear.choose_thresholds(probabilities, true, shrinkage=options.threshold_shrinkage),
        held_out=probabilities,
        calibration={"kind": "platt", "slope": slope, "intercept": intercept, "penalty": penalty},
    )


def fold_of(examples: Sequence[Example], options: HeadOptions) -> NDArray[np.intp]:
    """Return each text's part, from a hash of its id: stable whatever else is added."""
    digests = (hashlib.sha256(f"{options.seed}:{example.id}".encode()).digest() for example in examples)
    return np.array([int.from_bytes(digest[:4], "big") % options.folds for digest in digests])


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
