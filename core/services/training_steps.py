"""The step that a training job is made of, safe to repeat: it goes on from its last checkpoint.

What is written down while it goes on is `core.services.job_recorder`'s.
"""

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.db import jobs as rows
from core.db.engine import Connection
from core.domain.jobs import Job
from core.errors import InputError, Stopped
from core.ml.training.methods import parse_options, train
from core.services.job_recorder import JobRecorder, add_result
from core.services.jobs import run_folder
from core.services.snapshots import find_snapshot, keep_snapshot
from core.services.training import ground_of, keep_version, require_found
from core.services.training_data import Mix, training_data
from core.services.workspace import Workspace, install_encoder

if TYPE_CHECKING:
    from core.ml.examples import Example

log = logging.getLogger("trendvane.training")


def train_version(workspace: Workspace, job_id: int, attempt: int) -> None:
    """Train what a job asks for and register it as the candidate; return without it where the job is to stop.

    Raise InputError for data or options that cannot be used.
    """
    with workspace.database.reading() as connection:
        job = rows.get_job(connection, job_id)
    folder = run_folder(workspace, job_id)
    if "model_version" not in job.result:
        try:
            _train(workspace, job, attempt, folder)
        except Stopped:
            return
    shutil.rmtree(folder, ignore_errors=True)


def _train(workspace: Workspace, job: Job, attempt: int, folder: Path) -> None:
    watch = JobRecorder(workspace, job.id, attempt)
    watch.phase("", 0, 0)
    install_encoder(workspace.settings, log.info)
    from core.ml.training.material import Material

    method = job.params["method"]
    options = parse_options(method, job.params["options"])
    ground = ground_of(workspace, options)
    material = Material(_examples(workspace, job), workspace.settings.encoder_dir, **vars(ground))
    run_dir = folder / "run"
    run_dir.mkdir(parents=True, exist_ok=True)
    found = train(method, material, folder / "model", options=options, watch=watch, run_dir=run_dir)

    def note(connection: Connection) -> None:
        add_result(connection, job.id, model_version=found.version)
        rows.update_job(connection, job.id, cancel_requested=False)  # too late: it is done

    keep_version(workspace, found, folder / "model", also=note)


def _examples(workspace: Workspace, job: Job) -> "list[Example]":
    """Return what to learn from; a training that goes on learns from what it began with, whatever came since."""
    if job.params["mix"] is None:
        from core.ml.examples import read_examples

        files = [Path(path) for path in job.params["files"]]
        require_found(files)
        return read_examples(files, workspace.taxonomy)
    kept = find_snapshot(workspace, job.result.get("data_hash", ""))
    if kept is not None:
        return kept.examples
    chosen = job.params["mix"]
    mix = Mix(**{**chosen, "sets": tuple(chosen["sets"])})
    found = training_data(workspace, mix)
    for problem in found.report.problems:
        raise InputError(problem.message, **problem.params)
    keep_snapshot(workspace, mix, found)
    with workspace.database.writing() as connection:
        add_result(connection, job.id, data_hash=found.report.data_hash)
    return found.examples
