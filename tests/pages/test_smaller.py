"""Making a version smaller from the models page: the form, the job under way, and what it cost."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.db import jobs as job_rows
from core.domain.jobs import Job, JobKind, JobState, Phase
from core.services.comparison_jobs import request_comparison
from core.services.compression_jobs import request_compression
from core.services.jobs import list_jobs
from tests.builders import NOW
from tests.pages.conftest import Open, all_of, ids, words, workspace

STEP = {
    "technique": "int8",
    "options": {"n_texts": 128},
    "n": 600,
    "n_timed": 120,
    "texts_per_cpu_second_before": 9.5,
    "texts_per_cpu_second": 20.5,
    "equal_decisions": 0.9958,
    "equal_labels": 0.949,
    "equal_texts": 0.837,
    "bytes_before": 242 * 2**20,
    "bytes": 123 * 2**20,
}


@pytest.fixture
def home(models_home: Path) -> Path:
    return models_home


def jobs(home: Path, kind: JobKind) -> list[Job]:
    return [summary.job for summary in list_jobs(workspace(home), kind=kind)]


def under_way(home: Path, job_id: int, **values: object) -> None:
    """Bring a job to where a worker would have."""
    running = {"state": JobState.RUNNING.value, "phase": Phase.COMPARING.value, "n_done": 30, "n_total": 120}
    with workspace(home).database.writing() as connection:
        job_rows.update_job(connection, job_id, **{**running, "started_at": NOW, **values})


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_a_version_is_made_smaller_by_a_job_with_what_was_chosen(open_page: Open, home: Path) -> None:
    _, candidate = ids(home)
    app = open_page("models", home)
    technique = next(radio for radio in app.radio if radio.label == "Technique")
    assert technique.options == ["8-bit weights", "fewer words", "fewer layers", "distilled"]
    assert "nothing is learnt" in technique.proto.captions[0]
    app = technique.set_value("layers").run()
    box = next(box for box in app.text_input if "`n_layers`" in box.label)
    app = press(box.set_value("none").run(), "Make it smaller")
    assert "n_layers: a whole number" in app.error[0].value.replace("\\", "")
    assert jobs(home, JobKind.COMPRESSION) == []
    next(box for box in app.text_input if "`n_layers`" in box.label).set_value("1")
    app = press(app, "Make it smaller")
    (job,) = jobs(home, JobKind.COMPRESSION)
    assert (job.params["model_version"], job.params["technique"]) == (candidate, "layers")
    assert job.params["options"]["n_layers"] == 1
    assert "smaller: fewer layers" in words(app)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_a_smaller_version_shows_what_it_cost(lang: str, open_page: Open, home: Path) -> None:
    champion, _ = ids(home)
    described = home / "models" / "seed-2" / "model.json"
    content = json.loads(described.read_text("utf-8"))
    steps = [{"technique": "odd", "bytes": "many"}, {**STEP, "from": champion}]
    described.write_text(json.dumps({**content, "compression": steps}), "utf-8")
    app = open_page("models", home, lang=lang)
    assert not app.exception
    own, stranger = (element.value for element in app.dataframe[1:3])
    assert stranger.iloc[0, 1:].isna().all()
    figures = own.set_index(own.columns[0])
    assert figures.iloc[0].tolist() == ["242", "123"]
    assert figures.iloc[1].tolist() == ["9.5", "20.5"]
    assert figures.loc["Macro F1: Aspects" if lang == "en" else "宏平均 F1：方面"].notna().all()
    assert ("99.58%" in words(app)) and ("94.90%" in words(app))
    assert ("8-bit weights" if lang == "en" else "8 位权重") in words(app)


def test_a_job_under_way_shows_progress_and_is_cancelled_and_leads_to_its_version(
    open_page: Open,
    home: Path,
) -> None:
    champion, candidate = ids(home)
    job_id = request_compression(workspace(home), champion, "int8", {})
    under_way(home, job_id)
    app = open_page("models", home)
    assert "Comparing: 30 of 120 texts" in str(all_of(app, "progress")[0].proto)
    press(app, "Cancel")
    assert jobs(home, JobKind.COMPRESSION)[0].cancel_requested
    under_way(home, job_id, state=JobState.SUCCEEDED.value, result={"model_version": candidate}, finished_at=NOW)
    app = open_page("jobs", home, id=str(job_id))
    links = [element.proto.query_string for element in all_of(app, "page_link")]
    assert any(f"model={candidate}" in link for link in links)


def test_a_comparison_is_a_job_that_is_asked_for_once(open_page: Open, home: Path) -> None:
    _, candidate = ids(home)
    app = press(open_page("models", home, view="comparison"), "Compare with the champion")
    (job,) = jobs(home, JobKind.COMPARISON)
    assert (job.title, job.state) == (candidate, JobState.QUEUED)
    assert request_comparison(workspace(home), candidate) == job.id
    assert not any(button.label == "Compare with the champion" for button in app.button)
    under_way(home, job.id)
    app = open_page("models", home, view="comparison", lang="zh_CN")
    assert "比较中：30 / 120 篇文本" in str(all_of(app, "progress")[0].proto)
    press(open_page("models", home, view="comparison"), "Cancel")
    assert jobs(home, JobKind.COMPARISON)[0].cancel_requested
    under_way(home, job.id, state=JobState.SUCCEEDED.value, finished_at=NOW)
    links = all_of(open_page("jobs", home, id=str(job.id)), "page_link")
    wanted = (f"model={candidate}", "view=comparison")
    assert any(all(part in link.proto.query_string for part in wanted) for link in links)
