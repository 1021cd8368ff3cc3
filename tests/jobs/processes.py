"""A worker as a process, and waiting for what it does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.config import PROJECT_ROOT
from core.domain.jobs import JobState
from core.services import jobs
from core.services.workspace import Workspace

PATIENCE_SECONDS = 90


@contextmanager
def worker(workspace: Workspace, *, name: str = "desk") -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker process; killed at the end if it has not ended."""
    settings = {
        "TRENDVANE_HOME": str(workspace.settings.home),
        "TRENDVANE_DATABASE_URL": workspace.settings.database_url,
    }
    environment = {**os.environ, **settings, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "core", "worker", "--name", name]
    process = subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: object, *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def state(workspace: Workspace, job_id: int) -> JobState:
    return jobs.get_job(workspace, job_id).summary.job.state
