"""The worker as a process: it is killed without warning, and nothing is lost or done twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from core.config import PROJECT_ROOT
from core.db.tables import document, tagging
from core.domain.documents import ReadOptions
from core.domain.jobs import JobState
from core.services import imports, jobs
from core.services.workspace import Workspace, worker_status
from tests.jobs.processes import PATIENCE_SECONDS, state, wait_for, worker


def request(workspace: Workspace, folder: Path, n: int) -> int:
    path = folder / "texts.jsonl"
    lines = [
        json.dumps({"text": f"Text {i} about the price of chips, 第{i}条。", "date": "2024-05-01"}) for i in range(n)
    ]
    path.write_text("\n".join(lines), "utf-8")
    staged = imports.collect_files([path], max_mb=10)
    return imports.request_import(workspace, staged.files, options=ReadOptions())


def rows(workspace: Workspace, table: sa.Table) -> int:
    with workspace.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def stored(workspace: Workspace) -> int:
    return rows(workspace, document) + rows(workspace, tagging)


def has_advanced(workspace: Workspace, job_id: int, *, beyond: int) -> bool:
    return stored(workspace) > beyond or state(workspace, job_id).is_final


def test_a_worker_killed_at_random_moments_does_everything_once(workspace: Workspace, tmp_path: Path) -> None:
    n = 600
    job_id = request(workspace, tmp_path, n)
    moments = random.Random(11)
    for _ in range(3):
        with worker(workspace) as process:
            wait_for(partial(has_advanced, workspace, job_id, beyond=stored(workspace)))
            time.sleep(moments.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
    with worker(workspace):
        wait_for(lambda: state(workspace, job_id).is_final)
    report = jobs.get_job(workspace, job_id)
    assert report.summary.job.state is JobState.SUCCEEDED
    assert (report.items[0].n_documents, report.items[0].n_duplicates) == (n, 0)
    assert rows(workspace, document) == n
    assert rows(workspace, tagging) == n


def test_the_app_knows_whether_a_worker_is_alive(workspace: Workspace) -> None:
    assert not worker_status(workspace).alive
    with worker(workspace) as process:
        wait_for(lambda: worker_status(workspace).alive)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert not worker_status(workspace).alive


def test_a_second_worker_of_the_same_name_is_refused(workspace: Workspace) -> None:
    with worker(workspace):
        wait_for(lambda: worker_status(workspace).alive)
        with worker(workspace) as second:
            _, said = second.communicate(timeout=PATIENCE_SECONDS)
            assert second.returncode == 1
            assert b"already running" in said
        job_id = request(workspace, workspace.settings.home, 5)
        wait_for(lambda: state(workspace, job_id).is_final)


def test_a_running_job_is_cancelled_and_resumed(workspace: Workspace, tmp_path: Path) -> None:
    job_id = request(workspace, tmp_path, 3000)
    with worker(workspace):
        wait_for(lambda: rows(workspace, document) > 0)
        jobs.cancel(workspace, job_id)
        wait_for(lambda: state(workspace, job_id) is JobState.CANCELLED)
        assert rows(workspace, tagging) < 3000
        jobs.resume(workspace, job_id)
        wait_for(lambda: state(workspace, job_id) is JobState.SUCCEEDED)
    assert rows(workspace, tagging) == 3000


def test_an_unexpected_fault_ends_the_job_and_is_said(workspace: Workspace, tmp_path: Path) -> None:
    job_id = request(workspace, tmp_path, 3)
    (workspace.settings.home / "models" / "tiny").unlink()
    with worker(workspace):
        wait_for(lambda: state(workspace, job_id).is_final)
    job = jobs.get_job(workspace, job_id).summary.job
    assert job.state is JobState.FAILED
    assert "model" in str(job.error)


def test_a_taken_port_is_one_clear_sentence(workspace: Workspace) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        environment = {**os.environ, "TRENDVANE_HOME": str(workspace.settings.home)}
        command = [sys.executable, "-m", "core", "run", "--port", str(port)]
        done = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == f"Port {port} is taken by another program; stop it, or choose another: `make run PORT={port + 1}`."
    )
