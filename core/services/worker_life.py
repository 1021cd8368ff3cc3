"""Signs of life: how the app knows that a worker is there, and a worker that another holds its name."""

from collections.abc import Callable
from datetime import timedelta

from core.db import jobs as rows
from core.errors import MachineError
from core.services.workspace import DEAD_AFTER_SECONDS, Workspace, now


def announce(workspace: Workspace, worker_id: str, pid: int) -> None:
    """Record that a worker is alive."""
    with workspace.database.writing() as connection:
        rows.sign_of_life(connection, worker_id=worker_id, pid=pid, now=now())


def depart(workspace: Workspace, worker_id: str) -> None:
    """Record that a worker ended in good order, so that the app says so at once."""
    with workspace.database.writing() as connection:
        rows.remove_worker(connection, worker_id)


def refuse_taken_name(workspace: Workspace, worker_id: str, *, is_running: Callable[[int], bool]) -> None:
    """Raise MachineError where another live process works under this name: it would take over its jobs."""
    with workspace.database.reading() as connection:
        found = rows.find_worker(connection, worker_id)
    if found is None:
        return
    pid, seen_at = found
    if now() - seen_at < timedelta(seconds=DEAD_AFTER_SECONDS) and is_running(pid):
        raise MachineError(
            "A worker named {name} is already running (process {pid}); stop it, or give this one another --name.",
            name=worker_id,
            pid=pid,
        )
