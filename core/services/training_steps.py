"""The step that a training job is made of, safe to repeat: it goes on from its last checkpoint.

Owns what is written down while it goes on: progress, the points of the curve, remarks, the version that came of it.
"""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.db import jobs as rows
from core.db import training_points
from core.db.engine import Connection
from core.domain.documents import Reason
from core.domain.jobs import Job
from core.errors import InputError, MachineError, Stopped
from core.ml.training.methods import parse_options, train
from core.ml.training.watch import Point, Watch
from core.services.job_steps import should_stop
from core.services.jobs import run_folder
from core.services.snapshots import find_snapshot, keep_snapshot
from core.services.training import ground_of, keep_version, require_found
from core.services.training_data import Mix, training_data
from core.services.workspace import Workspace, install_encoder, now

if TYPE_CHECKING:
    from core.ml.examples import Example

log = logging.getLogger("trendvane.training")
TELL_SECONDS = 0.5
"""Between two looks at whether to go on; a step of the training may take longer."""


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
    watch = _Recorder(workspace, job.id, attempt)
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
        _add_result(connection, job.id, model_version=found.version)
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
        _add_result(connection, job.id, data_hash=found.report.data_hash)
    return found.examples


def _add_result(connection: Connection, job_id: int, **values: Any) -> None:
    rows.update_job(connection, job_id, result={**rows.get_job(connection, job_id).result, **values})


class _Recorder(Watch):
    """Writes a training's progress into its job, and ends it where the job is cancelled or another's by now."""

    def __init__(self, workspace: Workspace, job_id: int, attempt: int) -> None:
        self._workspace, self._job_id, self._attempt = workspace, job_id, attempt
        self._phase, self._told_at = "", 0.0
        self._began: dict[str, tuple[datetime, int]] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        """Write down how far a phase is, at most twice a second."""
        if name == self._phase and done < total and time.monotonic() - self._told_at < TELL_SECONDS:
            return
        if should_stop(self._workspace, self._job_id, self._attempt):
            raise Stopped
        self._phase, self._told_at = name, time.monotonic()
        # training is interrupted to validate: its estimate counts from when it began, that time included
        started_at, first_done = self._began.setdefault(name, (now(), done))
        values = {"phase": name, "n_done": done, "n_total": total}
        began = {"phase_started_at": started_at, "phase_first_done": first_done}
        self._write(lambda connection: rows.update_job(connection, self._job_id, **values, **began))

    def point(self, point: Point) -> None:
        """Add a point to the curve."""
        self._write(lambda connection: training_points.add_point(connection, self._job_id, asdict(point)))

    def remark(self, reason: Reason) -> None:
        """Keep a remark."""

        def add(connection: Connection) -> None:
            remarks = rows.get_job(connection, self._job_id).result.get("remarks", [])
            _add_result(connection, self._job_id, remarks=[*remarks, asdict(reason)])

        self._write(add)

    def _write(self, act: Callable[[Connection], None]) -> None:
        try:
            with self._workspace.database.writing() as connection:
                act(connection)
        except MachineError as error:  # a locked or full disk may pass, and hours of training are worth more
            log.warning("The progress of job %s could not be written: %s", self._job_id, error)
