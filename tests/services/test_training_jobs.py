"""What is asked of a training job, what it records, and how long it is said to take."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import jobs as job_rows
from core.db import models
from core.domain.jobs import JobKind, JobState, Phase
from core.errors import InputError
from core.services import job_steps, jobs, labelled_sets, registry
from core.services.snapshots import find_snapshot
from core.services.training_costs import list_trained
from core.services.training_estimate import estimate_training
from core.services.training_jobs import parse_mix, request_training, training_curve
from core.services.workspace import Workspace
from tests.builders import NOW

QUICK = {"frozen_layers": 1, "rank": 2, "epochs": 2}


def labelled(folder: Path, name: str, n: int, *, first: int = 0) -> Path:
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    path = folder / f"{name}.jsonl"
    rows = [
        {"id": f"t{i}", "lang": "en", "text": kinds[i % 2][0] * 2 + "xyz"[i % 3] * i, "labels": kinds[i % 2][1]}
        for i in range(first, first + n)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def mine(workspace: Workspace, tmp_path: Path) -> str:
    """The source of an imported set."""
    labelled_sets.import_set(workspace, [("mine.jsonl", labelled(tmp_path, "mine", 72))])
    return "set:mine"


def test_a_training_leaves_a_candidate_its_data_and_its_curve(
    workspace: Workspace, mine: str, run_job: Callable[[int], None]
) -> None:
    job_id = request_training(workspace, "lora", QUICK, parse_mix(workspace, [mine]))
    run_job(job_id)
    job = jobs.get_job(workspace, job_id).summary.job
    assert job.state is JobState.SUCCEEDED, job.error
    version = registry.find_model(workspace, "candidate").id
    assert job.result["model_version"] == version
    described = registry.get_model(workspace, version).description
    kept = find_snapshot(workspace, described["data_hash"])
    assert kept is not None
    assert (len(kept.examples), kept.sources) == (72, {"import:mine": 72})
    curve = training_curve(workspace, job_id)
    assert len(curve) == curve["step"].nunique()
    (made, *_) = [found for found in list_trained(workspace) if found.version == version]
    assert (made.method, made.n_measured) == ("lora", described["metrics"]["all"]["n"])
    assert made.disk_bytes > 1000  # type: ignore[operator]


def test_a_training_that_goes_on_learns_from_what_it_began_with(
    workspace: Workspace, mine: str, run_job: Callable[[int], None]
) -> None:
    mix = parse_mix(workspace, [mine])
    first, second = (request_training(workspace, "head", {}, mix) for _ in range(2))
    run_job(first)
    begun = jobs.get_job(workspace, first).summary.job.result["data_hash"]
    with workspace.database.writing() as connection:
        job_rows.update_job(connection, second, result={"data_hash": begun})
    labelled_sets.remove_set(workspace, "mine")
    run_job(second)
    assert jobs.get_job(workspace, second).summary.job.state is JobState.SUCCEEDED


def test_the_mix_names_every_source_that_there_is_not(workspace: Workspace, mine: str) -> None:
    assert parse_mix(workspace, ["bundled", mine]).sets == tuple(s.id for s in labelled_sets.list_sets(workspace))
    with pytest.raises(InputError, match="found set:a, all; there are: corrections, bundled, set:mine"):
        parse_mix(workspace, ["set:a", "bundled", "all"])
    with pytest.raises(InputError, match="found -"):
        parse_mix(workspace, [" "])


def test_removing_a_training_removes_its_checkpoints(workspace: Workspace, tmp_path: Path) -> None:
    job_id = request_training(workspace, "lora", QUICK, files=[labelled(tmp_path, "a", 60)])
    jobs.cancel(workspace, job_id)
    folder = workspace.settings.runs_dir / f"job-{job_id}"
    folder.mkdir(parents=True)
    jobs.remove(workspace, job_id)
    assert not folder.exists()


def test_a_second_training_waits_and_other_work_does_not(workspace: Workspace, tmp_path: Path) -> None:
    path = labelled(tmp_path, "a", 60)
    first, second = (request_training(workspace, "head", {}, files=[path]) for _ in range(2))
    assert job_steps.claim_next(workspace, "desk") == (first, 1)
    with workspace.database.writing() as connection:
        job_rows.sign_of_life(connection, worker_id="desk", pid=1, now=job_steps.now())
    assert not job_steps.has_waiting(workspace)
    with workspace.database.writing() as connection:
        tagging = job_rows.add_job(connection, kind=JobKind.TAGGING, title="m", params={}, now=NOW)
    assert job_steps.has_waiting(workspace)
    assert job_steps.claim_next(workspace, "desk") == (tagging, 1)
    job_steps.finish(workspace, first, 1)
    assert job_steps.claim_next(workspace, "desk") == (second, 1)


def test_the_estimate_rests_on_tagging_until_the_method_was_used_here(
    workspace: Workspace, mine: str, run_job: Callable[[int], None]
) -> None:
    assert estimate_training(workspace, "lora", QUICK, 1000) is None
    with workspace.database.writing() as connection:
        tagging = job_rows.add_job(connection, kind=JobKind.TAGGING, title="m", params={}, now=NOW)
        ended = {"state": JobState.SUCCEEDED.value, "phase": Phase.TAGGING.value, "n_done": 400, "n_total": 400}
        times = {"phase_started_at": NOW, "finished_at": NOW + timedelta(seconds=100)}
        job_rows.update_job(connection, tagging, **ended, **times)
    rough = estimate_training(workspace, "head", {}, 1000)
    assert rough is not None
    assert (rough.seconds, rough.from_trainings, rough.n) == (250.0, False, 1)
    one, two = (estimate_training(workspace, "lora", {**QUICK, "epochs": n}, 1000) for n in (1, 2))
    assert one is not None
    assert two is not None
    assert one.seconds < two.seconds < 2 * one.seconds
    adapted = estimate_training(workspace, "lora", {**QUICK, "epochs": 1, "adapt_steps": 100}, 1000)
    assert adapted is not None
    assert adapted.seconds > one.seconds + 100
    run_job(request_training(workspace, "head", {}, parse_mix(workspace, [mine])))
    seconds = registry.get_model(workspace, "candidate").description["seconds"]
    with workspace.database.reading() as connection:
        assert models.get_model_version(connection, "candidate")
    known = estimate_training(workspace, "head", {}, 720)
    assert known is not None
    assert known.from_trainings
    assert known.seconds == pytest.approx(10 * seconds)
    assert estimate_training(workspace, "head", {"folds": "none"}, 720) is None
