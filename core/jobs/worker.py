"""The worker: claims queued jobs, gives signs of life, and carries out at most two jobs at a time."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from dbos import DBOS

from core.errors import AppError
from core.jobs import workflows
from core.services import job_steps, worker_life
from core.services.jobs import JobReport, get_job
from core.services.workspace import HEARTBEAT_SECONDS, Workspace, worker_status

log = logging.getLogger("trendvane.worker")
POLL_SECONDS = 0.3
JOBS_AT_ONCE = 2
WORKFLOW_VERSION = "1"
"""Raised when the steps of a workflow change; set by hand so that a release does not orphan jobs under way."""


def default_name() -> str:
    """Return the name of this machine's usual worker."""
    return socket.gethostname()


@contextmanager
def working(workspace: Workspace, name: str) -> Iterator[None]:
    """Be a worker for the time of the block: launch DBOS, take up what this name left unfinished, give signs of life.

    Raise MachineError where the name is taken by a live process.
    """
    worker_life.refuse_taken_name(workspace, name, is_running=_is_other_process)
    workflows.use(workspace)
    ended = threading.Event()
    worker_life.announce(workspace, name, os.getpid())
    DBOS(
        config={
            "name": "trendvane",
            "system_database_url": workspace.settings.jobs_database_url,
            "application_version": WORKFLOW_VERSION,
            "executor_id": name,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    pulse = threading.Thread(target=_beat, args=(workspace, name, ended), daemon=True)
    pulse.start()
    try:
        yield
    finally:
        ended.set()
        pulse.join()
        DBOS.destroy(workflow_completion_timeout_sec=0)
        logging.getLogger("dbos").handlers.clear()  # each launch adds one, bound to the stderr of its time
        worker_life.depart(workspace, name)


def _is_other_process(pid: int) -> bool:
    return pid != os.getpid() and psutil.pid_exists(pid)


def _beat(workspace: Workspace, name: str, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_SECONDS):
        try:
            worker_life.announce(workspace, name, os.getpid())
        except AppError as error:  # a locked or full disk may pass; the next beat tries again
            log.warning("No sign of life could be given: %s", error)


def run_worker(workspace: Workspace, name: str, *, should_end: Callable[[], bool]) -> None:
    """Work on queued jobs until told to end."""
    active: set[tuple[int, int]] = set()
    with working(workspace, name):
        log.info("Worker %s is ready.", name)
        while not should_end():
            active = {key for key in active if not job_steps.should_stop(workspace, *key)}
            if len(active) < JOBS_AT_ONCE and job_steps.has_waiting(workspace):
                claimed = job_steps.claim_next(workspace, name)
                if claimed:
                    active.add(claimed)
                    workflows.start(*claimed)
            time.sleep(POLL_SECONDS)


def run_until_done(workspace: Workspace, job_id: int, *, on_progress: Callable[[JobReport], None]) -> JobReport:
    """Wait for a job, doing it in this process where no worker is alive; call back with its state as it goes."""
    if worker_status(workspace).alive:
        return _wait(workspace, job_id, on_progress)
    name = f"{default_name()}-{os.getpid()}"
    with working(workspace, name):
        claimed = job_steps.claim(workspace, job_id, name)
        if claimed:
            workflows.start(*claimed)
        return _wait(workspace, job_id, on_progress)


def _wait(workspace: Workspace, job_id: int, on_progress: Callable[[JobReport], None]) -> JobReport:
    while True:
        report = get_job(workspace, job_id)
        on_progress(report)
        if report.summary.job.state.is_final:
            return report
        time.sleep(POLL_SECONDS)
