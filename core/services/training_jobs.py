"""Training as a durable job: what can be asked for, asking for it, and how it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.db import jobs as rows
from core.db import models, training_points
from core.domain.jobs import Job, JobKind, JobState
from core.errors import InputError, MissingError
from core.ml.training.methods import METHODS, fields_of, parse_options
from core.ml.training.options import OptionField, Value
from core.services.jobs import resume
from core.services.labelled_sets import list_sets
from core.services.training import require_found
from core.services.training_data import Mix
from core.services.workspace import DEAD_AFTER_SECONDS, Workspace, model_folder, now

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription

CORRECTIONS, BUNDLED, SET = "corrections", "bundled", "set:"
"""How the sources of a mix are written on the command line and in an address; a set's name follows SET."""


@dataclass(frozen=True)
class TrainingMethod:
    """A way to train, as a form or a command line offers it."""

    name: str
    sentence: str
    """What it does, in English; the catalogues translate it."""
    fields: list[OptionField]


def list_methods() -> list[TrainingMethod]:
    """Return the training methods with their options."""
    return [TrainingMethod(name, method.sentence, fields_of(name)) for name, method in METHODS.items()]


def request_training(
    workspace: Workspace,
    method: str,
    options: Mapping[str, Value],
    mix: Mix | None = None,
    *,
    files: Sequence[Path] = (),
) -> int:
    """Queue a training on the app's own data by a mix, or on JSONL files, and return the job's id.

    Options that are left out have their defaults. Raise InputError for an unknown method, for files that are not
    there, or with every option that is unknown or out of bounds. Trainings are carried out one after the other.
    """
    chosen = parse_options(method, options)
    require_found(files)
    params = {
        "method": method,
        "options": asdict(chosen),
        "mix": asdict(mix) if mix else None,
        "files": [str(file.resolve()) for file in files],
    }
    with workspace.database.writing() as connection:
        return rows.add_job(connection, kind=JobKind.TRAINING, title=method, params=params, now=now())


def mix_sources(workspace: Workspace) -> list[str]:
    """Return what a mix can be made of, as `parse_mix` reads it."""
    return [CORRECTIONS, BUNDLED, *(f"{SET}{known.name}" for known in list_sets(workspace))]


def parse_mix(workspace: Workspace, sources: Sequence[str]) -> Mix:
    """Return the mix of these sources; raise InputError with every one that there is not, and where there is none."""
    wanted = [source.strip() for source in sources if source.strip()]
    known = mix_sources(workspace)
    unknown = [source for source in wanted if source not in known]
    if unknown or not wanted:
        raise InputError(
            "Sources to learn from were expected, found {found}; there are: {known}.",
            found=", ".join(unknown) or "-",
            known=", ".join(known),
        )
    ids = tuple(known.id for known in list_sets(workspace) if f"{SET}{known.name}" in wanted)
    return Mix(CORRECTIONS in wanted, BUNDLED in wanted, ids)


def trained_by(workspace: Workspace, job: Job) -> "ModelDescription | None":
    """Return the description of the model version that a training job came to, None where it came to none."""
    from core.ml.model_folder import read_description

    if "model_version" not in job.result:
        return None
    with workspace.database.reading() as connection:
        version = models.get_model_version(connection, job.result["model_version"])
    return read_description(model_folder(version, workspace.settings))


def training_curve(workspace: Workspace, job_id: int) -> pd.DataFrame:
    """Return the points of a training's curve so far: step, n_steps, epoch, seconds, loss, macro_f1, learning_rate."""
    with workspace.database.reading() as connection:
        return training_points.curve(connection, job_id)


def resume_training(workspace: Workspace) -> int:
    """Queue the latest training that has not ended well, and return its id; one that is under way is left alone.

    One that lost its worker goes on as a new attempt. Raise MissingError where there is none.
    """
    with workspace.database.reading() as connection:
        found = rows.list_jobs(connection, kind=JobKind.TRAINING, limit=1)
    if not found or found[0].state is JobState.SUCCEEDED:
        raise MissingError("There is no training to go on with: the latest has ended well, or there was none.")
    if found[0].state in (JobState.CANCELLED, JobState.FAILED):
        resume(workspace, found[0].id)
    else:
        _queue_lost(workspace)
    return found[0].id


def _queue_lost(workspace: Workspace) -> None:
    """Queue running jobs again whose worker gives no sign of life; a person waits, so sooner than a worker would."""
    with workspace.database.writing() as connection:
        alive = rows.live_workers(connection, since=now() - timedelta(seconds=DEAD_AFTER_SECONDS))
        rows.requeue_orphans(connection, alive=alive)
