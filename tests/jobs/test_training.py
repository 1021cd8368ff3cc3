"""Training as a job of the worker: killed, cancelled, queued behind another, given data that cannot be used."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.jobs import JobKind, JobState, Phase
from core.services import jobs, registry
from core.services.training_jobs import request_training, resume_training, training_curve
from core.services.workspace import Workspace, worker_status
from tests.jobs.processes import state, wait_for, worker

LONG = {"frozen_layers": 1, "rank": 2, "epochs": 12, "batch_size": 4}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Texts of two kinds that even a random encoder tells apart."""
    path = tmp_path / "examples.jsonl"
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    rows = [{"id": f"t{n}", "lang": "en", "text": kinds[n % 2][0] * (2 + n % 5)} for n in range(72)]
    path.write_text("\n".join(json.dumps({**row, "labels": kinds[n % 2][1]}) for n, row in enumerate(rows)))
    return path


def is_learning(workspace: Workspace, job_id: int) -> bool:
    job = jobs.get_job(workspace, job_id).summary.job
    assert not job.state.is_final, job.error
    return job.phase in (Phase.TRAINING, Phase.EVALUATING) and job.n_done > 0


def trained(workspace: Workspace, job_id: int) -> str:
    job = jobs.get_job(workspace, job_id).summary.job
    assert job.state is JobState.SUCCEEDED, job.error
    return str(job.result["model_version"])


def test_a_training_whose_worker_is_killed_ends_as_if_it_had_been_left_alone(
    workspace: Workspace, examples: Path, run_job: Callable[[int], None]
) -> None:
    undisturbed = request_training(workspace, "lora", LONG, files=[examples])
    run_job(undisturbed)
    job_id = request_training(workspace, "lora", LONG, files=[examples])
    with worker(workspace) as process:
        wait_for(lambda: is_learning(workspace, job_id))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert state(workspace, job_id) is JobState.RUNNING
    with worker(workspace):
        wait_for(lambda: state(workspace, job_id).is_final)
    assert trained(workspace, job_id) == trained(workspace, undisturbed)
    assert registry.find_model(workspace, "candidate").id == trained(workspace, job_id)
    assert not (workspace.settings.runs_dir / f"job-{job_id}").exists()
    steps = training_curve(workspace, job_id)["step"].tolist()
    assert steps == training_curve(workspace, undisturbed)["step"].tolist() == sorted(steps)


def test_a_training_is_cancelled_at_once_and_goes_on_when_it_is_resumed(workspace: Workspace, examples: Path) -> None:
    job_id = request_training(workspace, "lora", {**LONG, "epochs": 36}, files=[examples])
    with worker(workspace):
        wait_for(lambda: is_learning(workspace, job_id))
        assert worker_status(workspace).alive
        jobs.cancel(workspace, job_id)
        asked_at = time.monotonic()
        wait_for(lambda: state(workspace, job_id).is_final)
        assert state(workspace, job_id) is JobState.CANCELLED
        assert time.monotonic() - asked_at < 10
        assert resume_training(workspace) == job_id
        wait_for(lambda: state(workspace, job_id).is_final)
    assert trained(workspace, job_id)


def test_trainings_go_one_after_the_other_while_imports_go_on(workspace: Workspace, examples: Path) -> None:
    from tests.jobs.test_worker import request

    first, second = (request_training(workspace, "lora", LONG, files=[examples]) for _ in range(2))
    with worker(workspace):
        wait_for(lambda: is_learning(workspace, first))
        imported = request(workspace, examples.parent, 3)
        wait_for(lambda: state(workspace, imported).is_final)
        assert (state(workspace, first), state(workspace, second)) == (JobState.RUNNING, JobState.QUEUED)
        wait_for(lambda: state(workspace, second).is_final)
    assert trained(workspace, first) == trained(workspace, second)
    begun = {s.job.id: (s.job.started_at, s.job.finished_at) for s in jobs.list_jobs(workspace, kind=JobKind.TRAINING)}
    assert begun[second][0] >= begun[first][1]  # type: ignore[operator]


def test_data_that_cannot_be_used_fail_the_job_and_the_next_one_is_none_the_worse(
    workspace: Workspace, examples: Path, tmp_path: Path
) -> None:
    few, gone = tmp_path / "few.jsonl", tmp_path / "gone.jsonl"
    few.write_text("\n".join(examples.read_text().splitlines()[:9]))
    gone.write_text(examples.read_text())
    asked = [request_training(workspace, "head", {}, files=[path]) for path in (few, gone)]
    gone.unlink()
    with worker(workspace):
        wait_for(lambda: all(state(workspace, job_id).is_final for job_id in asked))
        ended = [jobs.get_job(workspace, job_id).summary.job for job_id in asked]
        jobs.remove(workspace, asked[-1])
        better = request_training(workspace, "head", {}, files=[examples])  # on SQLite under the removed one's id
        wait_for(lambda: state(workspace, better).is_final)
        assert trained(workspace, better)
    assert [job.state for job in ended] == [JobState.FAILED] * 2
    assert "9 texts are too few" in str(ended[0].error)
    assert "gone.jsonl" in str(ended[1].error)
