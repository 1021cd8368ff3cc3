"""What long work writes into its job while it goes on: progress, the points of a curve, remarks, what came of it."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.db import jobs as rows
from core.db import training_points
from core.db.engine import Connection
from core.domain.documents import Reason
from core.errors import MachineError, Stopped
from core.ml.training.watch import Point, Watch
from core.services.job_steps import should_stop
from core.services.workspace import Workspace, now

log = logging.getLogger("trendvane.jobs")
TELL_SECONDS = 0.5
"""Between two looks at whether to go on; a step of a training may take longer."""


def add_result(connection: Connection, job_id: int, **values: Any) -> None:
    """Add to what came of a job."""
    rows.update_job(connection, job_id, result={**rows.get_job(connection, job_id).result, **values})


class JobRecorder(Watch):
    """Writes the progress of long work into its job, and ends it where the job is cancelled or another's by now."""

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
            add_result(connection, self._job_id, remarks=[*remarks, asdict(reason)])

        self._write(add)

    def _write(self, act: Callable[[Connection], None]) -> None:
        try:
            with self._workspace.database.writing() as connection:
                act(connection)
        except MachineError as error:  # a locked or full disk may pass, and hours of training are worth more
            log.warning("The progress of job %s could not be written: %s", self._job_id, error)
