"""The order of a job's steps, made durable by DBOS: after a crash a job goes on at the step it had reached.

Each step is a use case of core.services.job_steps and safe to repeat, so a step that was cut off half-way is simply
run again. What happened is kept in the job's own rows; DBOS keeps where each workflow stands.
"""

import logging
from collections.abc import Callable
from typing import Any

from dbos import DBOS, SetWorkflowID

from core.domain.documents import Reason
from core.domain.jobs import JobKind
from core.errors import AppError
from core.services import job_steps
from core.services.workspace import Workspace

log = logging.getLogger("trendvane.jobs")
_workspace: list[Workspace] = []
"""The one workspace of this process: DBOS calls workflows again after a restart with stored arguments alone."""


def use(workspace: Workspace) -> None:
    """Let the workflows of this process work on a workspace."""
    _workspace[:] = [workspace]


def start(job_id: int, attempt: int) -> None:
    """Start a claimed job; an attempt that was started before is not started twice.

    The moment of the request is in the workflow's name: SQLite gives the id of a removed job to the next one.
    """
    job = job_steps.find_job(_workspace[0], job_id)
    with SetWorkflowID(f"job-{job_id}-{attempt}-{job.created_at:%Y%m%d%H%M%S%f}"):
        DBOS.start_workflow(_WORKFLOWS.get(job.kind, run_job), job_id, attempt)


@DBOS.step()
def files_to_read(job_id: int) -> list[int]:
    """See job_steps.files_to_read."""
    return job_steps.files_to_read(_workspace[0], job_id)


@DBOS.step()
def read_file(job_id: int, attempt: int, item_id: int) -> None:
    """See job_steps.read_file_of_job."""
    job_steps.read_file_of_job(_workspace[0], job_id, attempt, item_id)


@DBOS.step()
def begin_tagging(job_id: int) -> int:
    """See job_steps.begin_tagging."""
    return job_steps.begin_tagging(_workspace[0], job_id)


@DBOS.step()
def tag_some(job_id: int, attempt: int) -> bool:
    """See job_steps.tag_some."""
    return job_steps.tag_some(_workspace[0], job_id, attempt)


@DBOS.step()
def train_version(job_id: int, attempt: int) -> None:
    """See training_steps.train_version."""
    from core.services.training_steps import train_version as train

    train(_workspace[0], job_id, attempt)


@DBOS.step()
def compress_version(job_id: int, attempt: int) -> None:
    """See compression_jobs.compress_version."""
    from core.services.compression_jobs import compress_version as compress

    compress(_workspace[0], job_id, attempt)


@DBOS.step()
def compare_version(job_id: int, attempt: int) -> None:
    """See comparison_jobs.compare_version."""
    from core.services.comparison_jobs import compare_version as compare

    compare(_workspace[0], job_id, attempt)


@DBOS.step()
def finish(job_id: int, attempt: int, error: dict[str, Any] | None) -> None:
    """See job_steps.finish."""
    job_steps.finish(_workspace[0], job_id, attempt, Reason(**error) if error else None)


@DBOS.workflow()
def run_job(job_id: int, attempt: int) -> None:
    """Read what is to be read, tag what is to be tagged, and say how it ended."""

    def work() -> None:
        for item_id in files_to_read(job_id):
            read_file(job_id, attempt, item_id)
        if begin_tagging(job_id):
            while tag_some(job_id, attempt):
                pass

    _to_its_end(job_id, attempt, work)


@DBOS.workflow()
def run_training(job_id: int, attempt: int) -> None:
    """Train a model version and say how it ended."""
    _to_its_end(job_id, attempt, lambda: train_version(job_id, attempt))


@DBOS.workflow()
def run_compression(job_id: int, attempt: int) -> None:
    """Make a model version smaller and say how it ended."""
    _to_its_end(job_id, attempt, lambda: compress_version(job_id, attempt))


@DBOS.workflow()
def run_comparison(job_id: int, attempt: int) -> None:
    """Compare a model version with the champion and say how it ended."""
    _to_its_end(job_id, attempt, lambda: compare_version(job_id, attempt))


_WORKFLOWS = {
    JobKind.TRAINING: run_training,
    JobKind.COMPRESSION: run_compression,
    JobKind.COMPARISON: run_comparison,
}


def _to_its_end(job_id: int, attempt: int, work: Callable[[], None]) -> None:
    error = None
    try:
        work()
    except AppError as refused:
        error = {"message": refused.message, "params": refused.params}
    except Exception as fault:
        log.exception("Job %s failed", job_id)
        error = {"message": UNEXPECTED, "params": {"fault": f"{type(fault).__name__}: {fault}"[:300]}}
    finish(job_id, attempt, error)


UNEXPECTED = Reason(
    "Something unexpected happened ({fault}). Resume the job; if it happens again, see the log."
).message
