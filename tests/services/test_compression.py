"""Versions made smaller: registered, taken along as a zip, read with a document's own texts, refused with reasons."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.db import models
from core.domain.jobs import JobState
from core.errors import InputError, ModelError
from core.ml.training.watch import Watch
from core.services import registry
from core.services.compression import compress
from core.services.compression_jobs import compress_version, estimate_compression, request_compression
from core.services.job_recorder import JobRecorder
from core.services.job_steps import claim, finish
from core.services.jobs import cancel, get_job, list_jobs
from core.services.model_transfer import export_model, import_model
from core.services.promoting import promote
from core.services.smaller_versions import steps_of
from core.services.snapshots import keep_snapshot, learnt_from
from core.services.tagging import load_tagger
from core.services.training_data import Mix, TrainingData, parts_of, training_data
from core.services.workspace import Workspace
from tests.conftest import make_workspace

TEXTS = ["Chips sell well.", "芯片销量很好。"]


class Told(Watch):
    """Remembers the last of each phase."""

    def __init__(self) -> None:
        self.phases: dict[str, tuple[int, int]] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        self.phases[name] = (done, total)


MIX = Mix(corrections=False, bundled_most=120)


@pytest.fixture(scope="module")
def data(tiny_encoder: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """120 bundled texts."""
    workspace = make_workspace(tmp_path_factory.mktemp("data") / "home", tiny_encoder, tiny_model)
    found = training_data(workspace, MIX)
    workspace.database.close()
    return found


@pytest.fixture
def few(workspace: Workspace, data: TrainingData) -> Workspace:
    """The data directory, its champion one that learnt from those texts."""
    keep_snapshot(workspace, MIX, data)
    own = Path(shutil.copytree(workspace.settings.home / "models" / "tiny", workspace.settings.home / "models" / "own"))
    content = json.loads((own / "model.json").read_text("utf-8"))
    content["data_hash"] = data.report.data_hash
    content["metrics"] = {"all": {"n": parts_of(workspace, data.examples).count("test")}}
    (own / "model.json").write_text(json.dumps(content), "utf-8")
    with workspace.database.writing() as connection:
        models.move_model_version(connection, workspace.champion().id, "models/own")
    return workspace


def zipped(workspace: Workspace, reference: str) -> io.BytesIO:
    target = io.BytesIO()
    export_model(workspace, reference, target)
    return target


def changed(source: io.BytesIO, name: str, change: Callable[[bytes], bytes]) -> io.BytesIO:
    """Return a zip with one of its files changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, change(old.read(entry)) if entry == name else old.read(entry))
    return target


def test_a_smaller_version_is_registered_promoted_and_travels(
    few: Workspace, tiny_encoder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    told = Told()
    made = compress(few, "", "int8", {"n_texts": "30"}, watch=told)
    assert made.version.method == "head-int8" and made.step["from"] == few.champion().id
    assert made.step["options"]["n_texts"] == 30 and {"calibrating", "comparing"} <= set(told.phases)
    assert made.step["equal_decisions"] > 0.97
    assert compress(few, made.step["from"], "int8", {"n_texts": "30"}).version == made.version
    promote(few, made.version.id, "", author="test", overrule="smaller")
    assert few.champion() == made.version
    there = make_workspace(tmp_path / "there", tiny_encoder, tiny_model)
    came = import_model(there, zipped(few, made.version.id))
    assert came.id == made.version.id
    here = load_tagger(few, made.version).tag(TEXTS)
    np.testing.assert_array_equal(load_tagger(there, came).tag(TEXTS), here)
    assert np.abs(here - load_tagger(there, there.champion()).tag(TEXTS)).max() > 0
    there.database.close()


def test_an_encoder_that_was_tampered_with_does_not_come_in(few: Workspace) -> None:
    made = compress(few, "", "int8", {"n_texts": 30})
    archive = zipped(few, made.version.id)
    weights = "encoder/model.safetensors"
    with pytest.raises(ModelError, match="is damaged"):
        import_model(few, changed(archive, weights, lambda old: old[:-1] + bytes([old[-1] ^ 1])))
    silent = changed(archive, "model.json", lambda old: json.dumps(json.loads(old) | {"own_encoder_hash": ""}).encode())
    with pytest.raises(ModelError, match="does not say so"):
        import_model(few, silent)

    def lie(old: bytes) -> bytes:
        return json.dumps(json.loads(old) | {"num_attention_heads": 7}).encode()

    from core.ml import encoder

    broken = changed(archive, "encoder/config.json", lie)
    folder = few.settings.home / "broken"
    with zipfile.ZipFile(broken) as opened:
        opened.extractall(folder)
    stamp = json.loads((folder / "encoder" / "encoder.json").read_text("utf-8"))
    own = encoder.write_stamp(folder / "encoder", name=stamp["name"], source="test")
    broken = changed(broken, "encoder/encoder.json", lambda _: (folder / "encoder" / "encoder.json").read_bytes())
    broken = changed(broken, "model.json", lambda old: json.dumps(json.loads(old) | {"own_encoder_hash": own}).encode())
    with pytest.raises(ModelError, match="does not run"):
        import_model(few, broken)


def test_stored_documents_count_as_well(few: Workspace, import_files: Callable[..., int], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"Report {n} on chips. " + "word " * 99}) for n in range(30)))
    options = {"n_layers": 1, "n_sample": 2, "n_texts": 999, "max_tokens": 4}
    told = {}
    for case in ("before", "after"):
        told[case] = Told()
        compress(few, "", "layers", options, watch=told[case])
        import_files(path)
    assert told["after"].phases["reading"][1] == told["before"].phases["reading"][1] + 30


def test_a_version_goes_by_what_it_learnt_from(few: Workspace) -> None:
    snapshot = learnt_from(few, registry.describe(few, few.champion()))
    assert snapshot is not None and len(snapshot.examples) == 120
    made = compress(few, "", "int8", {"n_texts": 30})
    n_test = parts_of(few, snapshot.examples).count("test")
    assert made.step["n"] == n_test and made.version.metrics["all"]["n"] == n_test
    assert learnt_from(few, registry.describe(few, made.version)) == snapshot


def test_a_job_makes_a_smaller_version_says_what_it_cost_and_is_estimated_by(
    few: Workspace, run_job: Callable[[int], None]
) -> None:
    job_id = request_compression(few, "champion", "int8", {"n_texts": "30"})
    run_job(job_id)
    job = get_job(few, job_id).summary.job
    assert (job.state, job.phase) == (JobState.SUCCEEDED, "comparing")
    assert job.n_done == job.n_total > 0
    details = registry.get_model(few, job.result["model_version"])
    (step,) = steps_of(few, details)
    assert (step.technique, step.origin) == ("int8", few.champion().id)
    assert step.n_bytes[0] > step.n_bytes[1] > 0 and all(step.texts_per_second)
    assert step.n == step.n_measured == details.listed.version.metrics["all"]["n"]
    assert step.macro_f1["aspect"][1] == details.listed.version.metrics["all"]["levels"]["aspect"]["macro_f1"]
    assert not (few.settings.runs_dir / f"job-{job_id}").exists()
    found = estimate_compression(few, few.champion(), "int8", {"n_texts": "30"})
    assert found is not None and (found.from_compressions, found.n) == (True, 1)
    assert estimate_compression(few, few.champion(), "int8", {"n_texts": "31"}) is None
    assert estimate_compression(few, few.champion(), "int8", {"n_texts": "x"}) is None


def test_a_cancelled_job_leaves_no_version_and_no_files(few: Workspace) -> None:
    job_id = request_compression(few, "champion", "int8", {"n_texts": 30})
    claimed = claim(few, job_id, "test")
    cancel(few, job_id)
    compress_version(few, *claimed or (0, 0))
    finish(few, *claimed or (0, 0))
    assert get_job(few, job_id).summary.job.state is JobState.CANCELLED
    assert len(registry.list_models(few)) == 1
    assert not (few.settings.runs_dir / f"job-{job_id}").exists()


def test_a_distillation_whose_worker_died_goes_on_from_its_checkpoint_and_clears_up(
    few: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ml.compression.distill.CHECKPOINT_SECONDS", 0.0)
    job_id = request_compression(few, "champion", "distill", {"n_layers": 1, "frozen_layers": 0, "epochs": 3})
    folder = few.settings.runs_dir / f"job-{job_id}"
    steps: list[int] = []
    tell = JobRecorder.phase

    def dies_once(recorder: JobRecorder, name: str, done: int, total: int) -> None:
        tell(recorder, name, done, total)
        if name == "training":
            steps.append(done)
            if steps == list(range(1, 7)):
                raise RuntimeError("the machine lost power")

    monkeypatch.setattr(JobRecorder, "phase", dies_once)
    claimed = claim(few, job_id, "test")
    with pytest.raises(RuntimeError):
        compress_version(few, *claimed or (0, 0))
    assert list(folder.glob("checkpoint-*"))
    (folder / ".scratch-left").mkdir()
    compress_version(few, *claimed or (0, 0))
    assert steps[6] == 6, "the fifth step's checkpoint was the last whole one"
    assert not folder.exists()
    assert get_job(few, job_id).summary.job.result["model_version"]


def test_what_cannot_be_made_smaller_is_refused_before_it_is_queued(few: Workspace) -> None:
    with pytest.raises(InputError, match="n_texts: a whole number from 1"):
        request_compression(few, "champion", "int8", {"n_texts": "0"})
    shutil.rmtree(few.settings.home / "models" / "own")
    with pytest.raises(ModelError, match="are gone"):
        request_compression(few, "champion", "int8", {})
    assert list_jobs(few) == []


def test_wrong_options_are_all_named(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"magic is not known; seed: a whole number .* found x"):
        compress(workspace, "", "int8", {"magic": 1, "seed": "x"})
    with pytest.raises(InputError, match="no technique magic"):
        compress(workspace, "", "magic")
