"""Comparing a model version with the champion as a durable job; what it measures is the gate's.

Each text that a version has tagged is kept, so a comparison that was cut off or cancelled goes on where it was.
"""

from core.db import jobs as rows
from core.domain.jobs import JobKind, JobState, Phase
from core.errors import Stopped
from core.services import gate
from core.services.job_recorder import JobRecorder
from core.services.registry import find_model, require_files
from core.services.workspace import Workspace, now


def request_comparison(workspace: Workspace, candidate: str) -> int:
    """Queue the comparison of a version with the champion and return the job's id; one under way is not queued twice.

    Raise ModelError where the version's files are gone.
    """
    version = find_model(workspace, candidate)
    require_files(workspace, version)
    with workspace.database.writing() as connection:
        states = (JobState.QUEUED, JobState.RUNNING)
        for job in rows.list_jobs(connection, states=states, kind=JobKind.COMPARISON):
            if job.title == version.id:
                return job.id
        return rows.add_job(connection, kind=JobKind.COMPARISON, title=version.id, params={}, now=now())


def compare_version(workspace: Workspace, job_id: int, attempt: int) -> None:
    """Let both versions tag the texts that neither learnt from, as far as they have not; stop where the job is to."""
    with workspace.database.reading() as connection:
        candidate = rows.get_job(connection, job_id).title
    watch = JobRecorder(workspace, job_id, attempt)
    try:
        watch.phase("", 0, 0)
        gate.judge(workspace, candidate, on_progress=lambda done, total: watch.phase(Phase.COMPARING, done, total))
    except Stopped:
        return
