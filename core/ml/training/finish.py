"""The end that every training method shares: calibrate, choose thresholds, measure, write the model folder."""

import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from core.ml.decisions import Rules
from core.ml.encoder import EncoderInfo
from core.ml.evaluate import evaluate_by_language
from core.ml.examples import data_hash
from core.ml.model_folder import Head, ModelDescription, content_version, write_model
from core.ml.training.calibration import choose_thresholds, platt
from core.ml.training.card import model_card
from core.ml.training.linear import Linear
from core.ml.training.material import Material

THRESHOLD_SHRINKAGE = 30.0
"""So many positives make a label's own threshold count as much as the common one."""
OFF_TOPIC_SHARE = 0.92
"""Of the off-topic texts that training did not see, so many must end without a label."""


@dataclass(frozen=True)
class Fitted:
    """What a method learnt, and how it scores texts that it did not learn from, before calibration."""

    linear: Linear
    held_out: NDArray[np.float32]
    """Scores of the texts that calibrate and choose thresholds, [n_rows, n_labels]."""
    rows: NDArray[np.intp]
    """Which of the examples those are; none of them is of the test part."""
    test: NDArray[np.float32]
    """Scores of the test part's texts, which neither training nor any choice has seen, [n_test, n_labels]."""
    test_rows: NDArray[np.intp]
    n_trainable: int
    """Weights that were trained, head included."""
    adapter: dict[str, Tensor] = field(default_factory=dict)
    """What changed of the encoder, see core.ml.adapter; empty where nothing did."""
    found: dict[str, Any] = field(default_factory=dict)
    """Choices that the method made by itself."""


@dataclass(frozen=True)
class Recipe:
    """What was asked for, as it is put on record."""

    method: str
    options: dict[str, Any]
    started: float
    """The moment by time.monotonic()."""
    cpu_started: float
    """Processor seconds of this process before."""


def finish(fitted: Fitted, material: Material, encoder: EncoderInfo, folder: Path, recipe: Recipe) -> ModelDescription:
    """Write the model folder and return its description."""
    label_ids, taxonomy = material.label_ids, material.taxonomy
    true = material.true[fitted.rows]
    slope, intercept = platt(fitted.held_out, true)
    head = _head(fitted.linear, slope, intercept)
    rules = Rules(label_ids, taxonomy)
    held_out, test = (
        rules.consistent(np.asarray(expit(slope * scores + intercept), dtype=np.float32))
        for scores in (fitted.held_out, fitted.test)
    )
    chosen = choose_thresholds(held_out, true, rules, shrinkage=THRESHOLD_SHRINKAGE, off_topic_share=OFF_TOPIC_SHARE)
    thresholds = [round(float(threshold), 4) for threshold in chosen]  # as model.json will have them
    description = ModelDescription(
        version="",
        method=recipe.method,
        options=recipe.options,
        seed=int(recipe.options["seed"]),
        data_hash=data_hash(material.examples),
        n_examples=len(material.examples),
        taxonomy_version=taxonomy.version,
        encoder_name=encoder.name,
        encoder_hash=encoder.hash,
        label_ids=label_ids,
        thresholds=thresholds,
        calibration={"kind": "platt", "slope": slope, "intercept": intercept, "n": len(true), **fitted.found},
        metrics=evaluate_by_language(
            material.true[fitted.test_rows],
            test,
            np.array(thresholds, dtype=np.float32),
            label_ids,
            taxonomy,
            [material.examples[row].lang for row in fitted.test_rows],
        ),
        seconds=round(time.monotonic() - recipe.started, 1),
        cpu_seconds=round(time.process_time() - recipe.cpu_started, 1),
        peak_bytes=peak_bytes(),
        n_trainable=fitted.n_trainable,
        disk_bytes=head.weight.nbytes + head.bias.nbytes + sum(t.nbytes for t in fitted.adapter.values()),
    )
    description = replace(description, version=content_version(head, fitted.adapter, description))
    write_model(folder, head, fitted.adapter, description, model_card(description))
    return description


def _head(linear: Linear, slope: float, intercept: float) -> Head:
    """Return the linear layer with the calibration folded in."""
    weight, bias = linear.weight * np.float32(slope), linear.bias * np.float32(slope) + np.float32(intercept)
    return Head(weight, bias)


def peak_bytes() -> int:
    """Return the most memory that this process has held so far, 0 where the system does not say."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
