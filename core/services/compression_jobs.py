"""Making a model version smaller as a durable job: what can be asked for, how long it takes, and the step that does it.

The step is safe to repeat: one that was cut off goes on from its last checkpoint where the technique learns, else it
begins anew; what else it had written in its folder goes.
"""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from core.db import jobs as rows
from core.db.models import ModelVersion
from core.domain.jobs import Job, JobKind, JobState
from core.errors import InputError, Stopped
from core.ml.compression.options import TECHNIQUES, fields_of_technique, parse_technique
from core.ml.training import checkpoints
from core.ml.training.options import OptionField, Value
from core.services.compression import compress
from core.services.job_recorder import JobRecorder, add_result
from core.services.jobs import run_folder
from core.services.registry import find_model, require_files
from core.services.training_estimate import LOOKED_AT, TRAINED_PASS, n_layers_of, paces_of_tagging
from core.services.workspace import Workspace, now

COMPARED = 600
"""Texts that both versions tag in the end, beside those that F1 is measured on."""


@dataclass(frozen=True)
class CompressionTechnique:
    """A way to make a model smaller, as a form offers it."""

    name: str
    sentence: str
    """What it does, in English; the catalogues translate it."""
    fields: list[OptionField]


@dataclass(frozen=True)
class CompressionEstimate:
    """Seconds that making a model smaller is expected to take, and what that rests on."""

    seconds: float
    from_compressions: bool
    """Whether from jobs of the same technique and options here, else from how fast this machine tags."""
    n: int
    """Jobs that it rests on."""


def list_techniques() -> list[CompressionTechnique]:
    """Return the techniques with their options."""
    return [CompressionTechnique(name, one.sentence, fields_of_technique(name)) for name, one in TECHNIQUES.items()]


def request_compression(workspace: Workspace, reference: str, technique: str, options: Mapping[str, Value]) -> int:
    """Queue making a version smaller and return the job's id; trainings and these go one after the other.

    Options that are left out have their defaults. Raise InputError for an unknown technique or with every option that
    is unknown or out of bounds, ModelError where the version's files are gone.
    """
    chosen = parse_technique(technique, options)
    version = find_model(workspace, reference)
    require_files(workspace, version)
    params = {"model_version": version.id, "technique": technique, "options": asdict(chosen)}
    with workspace.database.writing() as connection:
        return rows.add_job(connection, kind=JobKind.COMPRESSION, title=technique, params=params, now=now())


def compress_version(workspace: Workspace, job_id: int, attempt: int) -> None:
    """Make the version smaller that a job names; return without a result where the job is to stop.

    Raise InputError where the technique has nothing to do, ModelError where the version's files are gone.
    """
    with workspace.database.reading() as connection:
        job = rows.get_job(connection, job_id)
    folder = run_folder(workspace, job_id)
    for leftover in folder.glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)
    watch = JobRecorder(workspace, job_id, attempt)
    asked = job.params
    try:
        watch.phase("", 0, 0)
        made = compress(
            workspace, asked["model_version"], asked["technique"], asked["options"], watch=watch, within=folder
        )
        checkpoints.discard(folder)
    except Stopped:
        return
    finally:
        if not any(folder.glob("*")):
            shutil.rmtree(folder, ignore_errors=True)
    with workspace.database.writing() as connection:
        add_result(connection, job_id, model_version=made.version.id)
        rows.update_job(connection, job_id, cancel_requested=False)  # too late: it is done


def estimate_compression(
    workspace: Workspace, version: ModelVersion, technique: str, options: Mapping[str, Value]
) -> CompressionEstimate | None:
    """Return what making a version smaller will take; None where nothing was measured, or options are wrong."""
    try:
        chosen = asdict(parse_technique(technique, options))
    except InputError:
        return None
    with workspace.database.reading() as connection:
        jobs = rows.list_jobs(connection, states=[JobState.SUCCEEDED], limit=200)
    if same := [seconds for job in jobs if (seconds := _seconds_of(job, technique, chosen))][:LOOKED_AT]:
        return CompressionEstimate(median(same), True, len(same))
    paces = list(paces_of_tagging(jobs))[:LOOKED_AT]
    if not paces:
        return None
    measured = version.metrics.get("all")
    n_measured = measured.get("n") if isinstance(measured, dict) else None
    n_compared = 2 * COMPARED + (n_measured if isinstance(n_measured, int) else 0)
    n_passes = passes(technique, chosen, n_layers_of(workspace)) + n_compared
    return CompressionEstimate(median(paces) * n_passes, False, len(paces))


def _seconds_of(job: Job, technique: str, options: dict[str, Any]) -> float | None:
    """Return how long a job took that did the same in one go."""
    if job.kind is not JobKind.COMPRESSION or job.attempt > 1 or not job.started_at or not job.finished_at:
        return None
    same = (job.params["technique"], job.params["options"]) == (technique, options)
    return (job.finished_at - job.started_at).total_seconds() if same else None


def passes(technique: str, options: Mapping[str, Any], n_layers: int) -> float:
    """Return how many texts a technique puts through the whole encoder, before anything is compared.

    >>> passes("int8", {"n_texts": 128}, 12)
    128.0
    >>> passes("layers", {"n_texts": 1500, "n_sample": 48, "n_layers": 10}, 12)
    4104.0
    """
    n_texts = float(options.get("n_texts", 0))
    if technique == "layers":
        n_tries = sum(range(options["n_layers"] + 1, n_layers + 1))
        return 2 * n_texts + float(options["n_sample"]) * n_tries
    if technique == "distill":
        learning = max(0, options["n_layers"] - options["frozen_layers"]) / n_layers
        return n_texts * (1 + TRAINED_PASS * int(options["epochs"]) * float(learning))
    return n_texts
