"""How long a training will take, from what this machine has done so far; an estimate, and never more.

Work is counted in passes of a text through the whole encoder. A method that leaves the encoder as it is needs one.
One that trains it needs that one and, for each epoch, `TRAINED_PASS` passes through the layers that are not frozen.
Getting used to documents first takes its texts twice through the upper half (an encoder with a masked-LM head: once).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from core.db import jobs as rows
from core.db import models
from core.domain.jobs import Job, JobKind, JobState, Phase
from core.errors import InputError, MissingError
from core.ml.training.methods import parse_options
from core.ml.training.options import Value
from core.services.registry import describe
from core.services.training import ADAPTED_A_STEP
from core.services.workspace import Workspace

TRAINED_PASS = 7.0
"""A forward and backward pass in passes of tagging: the default model took 693 s for 7,769 texts, two epochs of the
upper half of the layers, on a machine that tags 76 texts a second."""
MIN_DOCUMENTS = 50
LOOKED_AT = 5
"""Latest jobs whose median counts."""


@dataclass(frozen=True)
class Estimate:
    """Seconds that a training is expected to take, and what that rests on."""

    seconds: float
    from_trainings: bool
    """Whether from trainings by the same method here, else from how fast this machine tags."""
    n: int
    """Trainings, or tagging jobs, that it rests on."""


def estimate_training(workspace: Workspace, method: str, options: Mapping[str, Value], n_texts: int) -> Estimate | None:
    """Return what a training on so many texts will take; None where nothing was measured, or options are wrong."""
    try:
        chosen = vars(parse_options(method, options))
    except InputError:
        return None
    n_layers = n_layers_of(workspace)
    with workspace.database.reading() as connection:
        jobs = rows.list_jobs(connection, states=[JobState.SUCCEEDED], limit=200)
    paces = list(_paces_of_trainings(workspace, method, jobs, n_layers))[:LOOKED_AT]
    from_trainings = bool(paces)
    paces = paces or list(paces_of_tagging(jobs))[:LOOKED_AT]
    if not paces:
        return None
    return Estimate(median(paces) * passes(chosen, n_layers, n_texts), from_trainings, len(paces))


def passes(options: Mapping[str, Any], n_layers: int, n_texts: int) -> float:
    """Return how many texts go through the encoder, in passes of tagging.

    >>> passes({"penalty": 0.1}, 12, 100)
    100.0
    >>> passes({"epochs": 2, "frozen_layers": 6}, 12, 100)
    800.0
    >>> passes({"adapt_steps": 10}, 12, 100)
    1380.0
    """
    share = max(0, n_layers - int(options.get("frozen_layers", 0))) / n_layers
    adapted = ADAPTED_A_STEP * int(options.get("adapt_steps", 0)) * (1.0 + 2 * TRAINED_PASS / 2)
    return n_texts * (1.0 + TRAINED_PASS * int(options.get("epochs", 0)) * share) + adapted


def n_layers_of(workspace: Workspace) -> int:
    """Return how many layers the common encoder has."""
    try:
        config = json.loads((workspace.settings.encoder_dir / "config.json").read_text("utf-8"))
    except OSError:
        return 12  # as the embedded one has, which will be unpacked
    return int(config["num_hidden_layers"])


def _paces_of_trainings(workspace: Workspace, method: str, jobs: list[Job], n_layers: int) -> Iterator[float]:
    """Yield seconds a pass of trainings by the method that went through in one go, latest first."""
    for job in jobs:
        if job.kind is not JobKind.TRAINING or job.params["method"] != method or job.attempt > 1:
            continue
        try:
            with workspace.database.reading() as connection:
                version = models.get_model_version(connection, job.result["model_version"])
        except (KeyError, MissingError):
            continue
        made = describe(workspace, version)
        if made.get("n_examples"):
            yield made["seconds"] / passes(made["options"], n_layers, made["n_examples"])


def paces_of_tagging(jobs: list[Job]) -> Iterator[float]:
    """Yield seconds a document of the jobs that have tagged some number of documents, latest first."""
    for job in jobs:
        n = job.n_done - job.phase_first_done
        if job.phase == Phase.TAGGING and job.finished_at and job.phase_started_at and n >= MIN_DOCUMENTS:
            yield (job.finished_at - job.phase_started_at).total_seconds() / n
