"""What an analyst does with long work: see how it goes, cancel it, go on with it, try refused files again."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.db import jobs as rows
from core.db.engine import Connection
from core.domain.jobs import ItemStatus, Job, JobItem, JobKind, JobState
from core.errors import InputError
from core.services.workspace import Workspace, now


@dataclass(frozen=True)
class JobSummary:
    """A job with its estimate and its sums."""

    job: Job
    seconds_left: float | None
    """To the end of the current phase."""
    counts: dict[str, int]
    """n_documents, n_passages, n_duplicates, n_problems, n_refused."""


@dataclass(frozen=True)
class JobReport:
    """A job with what became of each of its files."""

    summary: JobSummary
    items: list[JobItem]


def list_jobs(workspace: Workspace, *, kind: JobKind | None = None, limit: int = 50) -> list[JobSummary]:
    """Return jobs (of a kind), newest first."""
    with workspace.database.reading() as connection:
        return [_summary(connection, job) for job in rows.list_jobs(connection, kind=kind, limit=limit)]


def get_job(workspace: Workspace, job_id: int) -> JobReport:
    """Return a job with its files; raise MissingError where there is none of that id."""
    with workspace.database.reading() as connection:
        summary = _summary(connection, rows.get_job(connection, job_id))
        return JobReport(summary, rows.list_items(connection, job_id))


def _summary(connection: Connection, job: Job) -> JobSummary:
    seconds_left = job.seconds_left(now()) if job.state is JobState.RUNNING else None
    return JobSummary(job, seconds_left, rows.count_problems(connection, job.id))


def cancel(workspace: Workspace, job_id: int) -> None:
    """Stop a job after its current batch; what is done stays. Raise InputError where it has ended."""
    with workspace.database.writing() as connection:
        job = rows.get_job(connection, job_id)
        if job.state.is_final:
            raise InputError("Job {id} has ended already; there is nothing to cancel.", id=job_id)
        if job.state is JobState.QUEUED:
            rows.update_job(connection, job_id, state=JobState.CANCELLED.value, finished_at=now())
        else:
            rows.update_job(connection, job_id, cancel_requested=True)


def resume(workspace: Workspace, job_id: int) -> None:
    """Queue a cancelled or failed job again; finished parts are not done twice. Raise InputError in another state."""
    with workspace.database.writing() as connection:
        job = rows.get_job(connection, job_id)
        if job.state not in (JobState.CANCELLED, JobState.FAILED):
            raise InputError("Only a cancelled or failed job can be resumed, and job {id} is neither.", id=job_id)
        _queue_again(connection, job)


def retry_refused(workspace: Workspace, job_id: int) -> int:
    """Queue the refused files of an ended import again and return how many; raise InputError where there are none."""
    with workspace.database.writing() as connection:
        job = rows.get_job(connection, job_id)
        refused = rows.list_items(connection, job_id, statuses=[ItemStatus.REFUSED])
        if not job.state.is_final or not refused:
            raise InputError("Job {id} has no refused files to try again, or is still running.", id=job_id)
        for item in refused:
            rows.reset_item(connection, item.id)
        _queue_again(connection, job)
    return len(refused)


def _queue_again(connection: Connection, job: Job) -> None:
    values = {"state": JobState.QUEUED.value, "attempt": job.attempt + 1, "cancel_requested": False, "error": None}
    rows.update_job(connection, job.id, **values, finished_at=None)


def remove(workspace: Workspace, job_id: int) -> None:
    """Forget an ended job, its uploads and checkpoints; what came of it stays. Raise InputError while it runs."""
    with workspace.database.writing() as connection:
        if not rows.get_job(connection, job_id).state.is_final:
            raise InputError("Job {id} is not finished; cancel it first.", id=job_id)
        items = rows.list_items(connection, job_id)
        rows.remove_job(connection, job_id)
    for item in items:
        if Path(item.path).parent == workspace.settings.uploads_dir:
            Path(item.path).unlink(missing_ok=True)
    shutil.rmtree(run_folder(workspace, job_id), ignore_errors=True)


def run_folder(workspace: Workspace, job_id: int) -> Path:
    """Return where a training keeps what it needs to go on after a break."""
    return workspace.settings.runs_dir / f"job-{job_id}"
