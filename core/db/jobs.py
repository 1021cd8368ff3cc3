"""Jobs, their items and the workers' signs of life, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.db.tables import job, job_item, worker
from core.domain.documents import Reason
from core.domain.jobs import ItemStatus, Job, JobItem, JobKind, JobState
from core.errors import MissingError

MAX_PROBLEMS_KEPT = 200


def add_job(connection: Connection, *, kind: JobKind, title: str, params: dict[str, Any], now: datetime) -> int:
    """Queue a job and return its id."""
    row = {"kind": kind.value, "title": title, "state": JobState.QUEUED.value, "params": params, "created_at": now}
    return int(connection.execute(insert(job).values(row).returning(job.c.id)).scalar_one())


def add_items(connection: Connection, job_id: int, items: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Add files to an import, as (name, path, options)."""
    rows = [
        {"job_id": job_id, "name": name, "path": path, "options": options, "status": ItemStatus.WAITING.value}
        for name, path, options in items
    ]
    if rows:
        connection.execute(insert(job_item), rows)


def _job(row: Row[Any]) -> Job:
    fields = dict(row._mapping)
    fields |= {"kind": JobKind(row.kind), "state": JobState(row.state)}
    fields["error"] = Reason(**row.error) if row.error else None
    return Job(**fields)


def _item(row: Row[Any]) -> JobItem:
    fields = dict(row._mapping)
    fields |= {"status": ItemStatus(row.status), "reason": Reason(**row.reason) if row.reason else None}
    return JobItem(**fields)


def get_job(connection: Connection, job_id: int) -> Job:
    """Return a job; raise MissingError where there is none of that id."""
    row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise MissingError("There is no job {id}; it may have been removed.", id=job_id)
    return _job(row)


def list_jobs(
    connection: Connection, *, states: Sequence[JobState] = (), kind: JobKind | None = None, limit: int = 100
) -> list[Job]:
    """Return jobs (in any of the states, of a kind), newest first."""
    query = select(job).order_by(job.c.id.desc()).limit(limit)
    if states:
        query = query.where(job.c.state.in_([s.value for s in states]))
    if kind:
        query = query.where(job.c.kind == kind.value)
    return [_job(row) for row in connection.execute(query)]


def list_items(connection: Connection, job_id: int, *, statuses: Sequence[ItemStatus] = ()) -> list[JobItem]:
    """Return the files of an import (in any of the statuses), in the order they were given."""
    query = select(job_item).where(job_item.c.job_id == job_id).order_by(job_item.c.id)
    if statuses:
        query = query.where(job_item.c.status.in_([s.value for s in statuses]))
    return [_item(row) for row in connection.execute(query)]


def get_item(connection: Connection, item_id: int) -> JobItem:
    """Return one file of an import; raise MissingError where there is none of that id."""
    row = connection.execute(select(job_item).where(job_item.c.id == item_id)).one_or_none()
    if row is None:
        raise MissingError("There is no import item {id}; its job may have been removed.", id=item_id)
    return _item(row)


def update_job(connection: Connection, job_id: int, **values: Any) -> None:
    """Set columns of a job."""
    connection.execute(update(job).where(job.c.id == job_id).values(**values))


def update_item(connection: Connection, item_id: int, **values: Any) -> None:
    """Set columns of an item."""
    connection.execute(update(job_item).where(job_item.c.id == item_id).values(**values))


def reset_item(connection: Connection, item_id: int) -> None:
    """Let a refused file be read again from its start."""
    fresh: dict[str, Any] = {"reason": None, "problems": [], "n_problems": 0, "position": 0}
    connection.execute(
        update(job_item).where(job_item.c.id == item_id).values(status=ItemStatus.WAITING.value, **fresh)
    )


def remove_job(connection: Connection, job_id: int) -> None:
    """Remove a job and its items; documents that it added stay."""
    connection.execute(delete(job).where(job.c.id == job_id))


def count_problems(connection: Connection, job_id: int) -> dict[str, int]:
    """Return the sums over a job's items: n_documents, n_passages, n_duplicates, n_problems, n_refused."""
    sums = [
        func.coalesce(func.sum(job_item.c[name]), 0)
        for name in ("n_documents", "n_passages", "n_duplicates", "n_problems")
    ]
    refused = func.count().filter(job_item.c.status == ItemStatus.REFUSED.value)
    row = connection.execute(select(*sums, refused).where(job_item.c.job_id == job_id)).one()
    return dict(
        zip(("n_documents", "n_passages", "n_duplicates", "n_problems", "n_refused"), map(int, row), strict=True)
    )


def sign_of_life(connection: Connection, *, worker_id: str, pid: int, now: datetime) -> None:
    """Record that a worker is alive."""
    if not connection.execute(update(worker).where(worker.c.id == worker_id).values(seen_at=now, pid=pid)).rowcount:
        connection.execute(insert(worker).values(id=worker_id, pid=pid, started_at=now, seen_at=now))


def last_sign_of_life(connection: Connection) -> datetime | None:
    """Return when any worker was last heard of."""
    seen_at: datetime | None = connection.execute(select(func.max(worker.c.seen_at))).scalar_one()
    return seen_at


def remove_worker(connection: Connection, worker_id: str) -> None:
    """Forget a worker that ended in good order."""
    connection.execute(delete(worker).where(worker.c.id == worker_id))


def live_workers(connection: Connection, *, since: datetime) -> set[str]:
    """Return the ids of workers heard of since then."""
    return set(connection.execute(select(worker.c.id).where(worker.c.seen_at >= since)).scalars())


def lock_imports(connection: Connection) -> None:
    """Let one import store at a time, so that duplicates and stories are judged against everything stored.

    SQLite's write lock does that already; PostgreSQL gets an advisory lock to the end of the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(0x7E4D)))


def lock_claims(connection: Connection) -> None:
    """Let one worker choose its next job at a time; see lock_imports on the two kinds of database."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(0x7E4E)))


def claim_job(connection: Connection, job_id: int, *, worker_id: str, now: datetime) -> bool:
    """Make a queued job this worker's; return False where another was faster."""
    claimed = (
        update(job)
        .where(job.c.id == job_id, job.c.state == JobState.QUEUED.value)
        .values(state=JobState.RUNNING.value, worker_id=worker_id, started_at=now, finished_at=None, error=None)
    )
    return bool(connection.execute(claimed).rowcount)


def requeue_orphans(connection: Connection, *, alive: set[str]) -> list[int]:
    """Queue running jobs of workers that are gone again, as a new attempt; return their ids."""
    orphaned = (job.c.state == JobState.RUNNING.value, job.c.worker_id.not_in(list(alive)))
    ids = list(connection.execute(select(job.c.id).where(*orphaned)).scalars())
    values = {"state": JobState.QUEUED.value, "attempt": job.c.attempt + 1, "worker_id": None}
    connection.execute(update(job).where(*orphaned).values(values))
    return ids


def find_worker(connection: Connection, worker_id: str) -> tuple[int, datetime] | None:
    """Return a worker's process id and when it was last heard of, or None where the name is free."""
    row = connection.execute(select(worker.c.pid, worker.c.seen_at).where(worker.c.id == worker_id)).one_or_none()
    return (row.pid, row.seen_at) if row else None
