"""The steps that a job is made of, each safe to repeat; core.jobs puts them in order and makes them durable."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.db import jobs as rows
from core.db import taggings
from core.domain.documents import Reason
from core.domain.jobs import HEAVY, ItemStatus, Job, JobKind, JobState, Phase
from core.errors import MissingError
from core.services.reading import read_item
from core.services.tagging import tag_waiting
from core.services.workspace import DEAD_AFTER_SECONDS, Workspace, now
from core.services.zero_shot import compare_waiting, count_waiting

OPEN = (JobState.QUEUED, JobState.RUNNING)


def claim_next(workspace: Workspace, worker_id: str) -> tuple[int, int] | None:
    """Claim the oldest queued job for a worker; return (job id, attempt), or None where nothing waits.

    Jobs of workers that stopped giving signs of life are queued again first.
    """
    with workspace.database.writing() as connection:
        rows.lock_claims(connection)
        alive = rows.live_workers(connection, since=now() - timedelta(seconds=4 * DEAD_AFTER_SECONDS))
        rows.requeue_orphans(connection, alive=alive | {worker_id})
        for job in _claimable(rows.list_jobs(connection, states=OPEN, limit=1000)):
            if rows.claim_job(connection, job.id, worker_id=worker_id, now=now()):
                return job.id, job.attempt
    return None


def claim(workspace: Workspace, job_id: int, worker_id: str) -> tuple[int, int] | None:
    """Claim one queued job for a worker; return (job id, attempt), or None where another was faster."""
    with workspace.database.writing() as connection:
        claimed = rows.claim_job(connection, job_id, worker_id=worker_id, now=now())
        return (job_id, rows.get_job(connection, job_id).attempt) if claimed else None


def has_waiting(workspace: Workspace) -> bool:
    """Return whether a job is queued or has lost its worker (a read: an idle worker takes no write lock)."""
    with workspace.database.reading() as connection:
        alive = rows.live_workers(connection, since=now() - timedelta(seconds=4 * DEAD_AFTER_SECONDS))
        open_jobs = rows.list_jobs(connection, states=OPEN, limit=1000)
    orphaned = any(j.state is JobState.RUNNING and j.worker_id not in alive for j in open_jobs)
    return orphaned or bool(_claimable(open_jobs))


def _claimable(open_jobs: Sequence[Job]) -> list[Job]:
    """Return the queued jobs, oldest first; heavy ones go one after the other."""
    is_laden = any(j.kind in HEAVY and j.state is JobState.RUNNING for j in open_jobs)
    queued = [j for j in reversed(open_jobs) if j.state is JobState.QUEUED]
    return [j for j in queued if not (is_laden and j.kind in HEAVY)]


def find_job(workspace: Workspace, job_id: int) -> Job:
    """Return a job; raise MissingError where there is none of that id."""
    with workspace.database.reading() as connection:
        return rows.get_job(connection, job_id)


def should_stop(workspace: Workspace, job_id: int, attempt: int) -> bool:
    """Return whether this attempt of a job is cancelled, superseded or removed."""
    with workspace.database.reading() as connection:
        try:
            job = rows.get_job(connection, job_id)
        except MissingError:
            return True
    return job.cancel_requested or job.attempt != attempt or job.state is not JobState.RUNNING


def files_to_read(workspace: Workspace, job_id: int) -> list[int]:
    """Return the items of an import that are not dealt with, and set the phase."""
    with workspace.database.writing() as connection:
        items = rows.list_items(connection, job_id)
        left = [i.id for i in items if i.status in (ItemStatus.WAITING, ItemStatus.READING)]
        if left:
            _begin_phase(connection, job_id, Phase.READING, done=len(items) - len(left), total=len(items))
    return left


def read_file_of_job(workspace: Workspace, job_id: int, attempt: int, item_id: int) -> None:
    """Read one file of an import."""
    read_item(workspace, item_id, should_stop=lambda: should_stop(workspace, job_id, attempt))
    with workspace.database.writing() as connection:
        items = rows.list_items(connection, job_id)
        done = sum(i.status not in (ItemStatus.WAITING, ItemStatus.READING) for i in items)
        rows.update_job(connection, job_id, n_done=done)


def begin_tagging(workspace: Workspace, job_id: int) -> int:
    """Set the phase and return how many documents of the job wait to be tagged."""
    with workspace.database.reading() as connection:
        scope = _scope(rows.get_job(connection, job_id))
    n_waiting = _count_waiting(workspace, scope)
    with workspace.database.writing() as connection:
        _begin_phase(connection, job_id, Phase.TAGGING, done=0, total=n_waiting)
    return n_waiting


def tag_some(workspace: Workspace, job_id: int, attempt: int) -> bool:
    """Tag one batch of the job's documents, or compare one with labels that no model was trained for.

    Return whether there may be more to do.
    """
    if should_stop(workspace, job_id, attempt):
        return False
    with workspace.database.reading() as connection:
        job = rows.get_job(connection, job_id)
    scope = _scope(job)
    n_dealt_with = tag_waiting(workspace, job_id=scope) or compare_waiting(workspace, job_id=scope)
    n_left = _count_waiting(workspace, scope)
    with workspace.database.writing() as connection:
        rows.update_job(connection, job_id, n_done=max(0, job.n_total - n_left))
    return n_dealt_with > 0 and n_left > 0


def _scope(job: Job) -> int | None:
    """Return the job whose own documents are meant, None for all documents."""
    return job.id if job.kind is JobKind.IMPORT else None


def _count_waiting(workspace: Workspace, scope: int | None) -> int:
    """Return how many times a document waits: to be tagged, and to be compared with labels that were added."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        n_untagged = taggings.count_untagged(connection, model_version_id=version, job_id=scope)
    return n_untagged + count_waiting(workspace, job_id=scope)


def _begin_phase(connection: Any, job_id: int, phase: Phase, *, done: int, total: int) -> None:
    rows.update_job(
        connection,
        job_id,
        phase=phase.value,
        n_done=done,
        n_total=total,
        phase_started_at=now(),
        phase_first_done=done,
    )


def finish(workspace: Workspace, job_id: int, attempt: int, error: Reason | None = None) -> None:
    """Close an attempt: failed where there is an error, cancelled where that was asked for, else succeeded."""
    with workspace.database.writing() as connection:
        job = rows.get_job(connection, job_id)
        if job.attempt != attempt or job.state is not JobState.RUNNING:
            return
        state = JobState.FAILED if error else JobState.CANCELLED if job.cancel_requested else JobState.SUCCEEDED
        values: dict[str, Any] = {"state": state.value, "finished_at": now(), "cancel_requested": False}
        if error:
            values["error"] = {"message": error.message, "params": error.params}
        rows.update_job(connection, job_id, **values)
