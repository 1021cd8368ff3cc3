"""The models page's section that trains: the form, a training under way, and what came of earlier ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.db import jobs as job_rows
from core.db import models, training_points
from core.domain.documents import Reason
from core.domain.jobs import Job, JobKind, JobState, Phase
from core.services.jobs import list_jobs
from core.services.training_data import Mix
from core.services.training_jobs import request_training
from tests.builders import NOW
from tests.conftest import write_tiny_model
from tests.pages.conftest import Open, all_of, words, workspace

CURVE = [
    {"step": 10 * n, "n_steps": 100, "epoch": n / 5, "seconds": 3.0 * n, "loss": 9.0 / n, "learning_rate": 1e-3}
    for n in range(1, 6)
]


def trainings(home: Path) -> list[Job]:
    return [summary.job for summary in list_jobs(workspace(home), kind=JobKind.TRAINING)]


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def under_way(home: Path, **values: object) -> int:
    """Queue a training and bring it to where a worker would have."""
    opened = workspace(home)
    job_id = request_training(opened, "lora", {}, Mix())
    with opened.database.writing() as connection:
        for point in CURVE:
            training_points.add_point(connection, job_id, {**point, "macro_f1": None if point["step"] == 10 else 0.5})
        running = {"state": JobState.RUNNING.value, "phase": Phase.TRAINING.value, "n_done": 50, "n_total": 100}
        job_rows.update_job(connection, job_id, **{**running, "started_at": NOW, **values})
    return job_id


def test_the_form_offers_each_method_with_a_sentence_and_its_own_options(open_page: Open, filled_home: Path) -> None:
    app = open_page("models", filled_home, section="train")
    assert not app.exception
    methods = app.radio[0]
    assert {"LoRA", "linear head"} <= set(methods.options)
    assert any("last layer" in caption for caption in methods.proto.captions)
    assert any("`epochs`" in box.label for box in app.text_input)
    app = methods.set_value("head").run()
    assert app.query_params["method"] == "head"
    assert not any("`epochs`" in box.label for box in app.text_input)
    assert any("`folds`" in box.label for box in app.text_input)
    assert "No worker is running" in app.warning[0].value


def test_a_training_is_queued_with_what_was_chosen(open_page: Open, own_home: Path) -> None:
    app = open_page("models", own_home, section="train", method="lora", mix="bundled", most="700")
    assert app.number_input[0].value == 700
    next(box for box in app.text_input if "`epochs`" in box.label).set_value("1")
    app = press(app, "Start training")
    assert not app.exception
    assert not app.error
    (job,) = trainings(own_home)
    assert (job.state, job.params["method"], job.params["options"]["epochs"]) == (JobState.QUEUED, "lora", 1)
    assert job.params["mix"] == {"corrections": False, "bundled": True, "sets": [], "bundled_most": 700}
    assert "Training: LoRA" in words(app)
    assert "Waiting" in words(app)


def test_all_wrong_values_are_named_at_once_and_nothing_is_queued(open_page: Open, own_home: Path) -> None:
    app = open_page("models", own_home, section="train", method="lora")
    for name, value in (("epochs", "many"), ("rank", "0")):
        next(box for box in app.text_input if f"`{name}`" in box.label).set_value(value)
    app = press(app, "Start training")
    assert not app.exception
    said = app.error[0].value.replace("\\", "")
    assert "epochs" in said
    assert "rank" in said
    assert trainings(own_home) == []


def test_data_too_few_to_learn_from_are_said_before_anything_starts(open_page: Open, own_home: Path) -> None:
    app = open_page("models", own_home, section="train", mix="corrections")
    assert "0 texts are too few" in app.error[0].value
    assert next(button for button in app.button if button.label == "Start training").disabled


def test_a_training_under_way_shows_curve_progress_and_remarks_and_is_cancelled(
    open_page: Open, own_home: Path
) -> None:
    remark = Reason("{found} texts are too few to train on: at least {n} are needed.", {"found": 7, "n": 50})
    job_id = under_way(own_home, result={"remarks": [vars(remark)]})
    app = open_page("models", own_home, section="train")
    assert not app.exception
    assert len(all_of(app, "plotly_chart")) == 1
    assert "Training: step 50 of 100" in str(all_of(app, "progress")[0].proto)
    assert "7 texts are too few" in app.info[0].value
    press(app, "Cancel")
    assert trainings(own_home)[0].cancel_requested
    app = open_page("jobs", own_home, id=str(job_id))
    assert not app.exception
    assert len(all_of(app, "plotly_chart")) == 1


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_a_finished_training_leads_to_the_comparison_and_says_what_it_cost(
    lang: str, open_page: Open, own_home: Path, tiny_encoder: Path
) -> None:
    Settings(home=own_home).encoder_dir.symlink_to(tiny_encoder)
    metrics = {"all": {"n": 640, "levels": {"aspect": {"macro_f1": 0.7125}}}}
    facts = {"metrics": metrics, "seconds": 754.0, "cpu_seconds": 1408.0, "n_examples": 1000}
    version = write_tiny_model(own_home / "models" / "new", tiny_encoder, seed=4, **facts)
    opened = workspace(own_home)
    with opened.database.writing() as connection:
        row = replace(opened.champion(), id=version, folder="models/new", metrics=metrics, method="lora")
        models.add_model_version(connection, row)
        models.bump_revision(connection)
    under_way(own_home, state=JobState.SUCCEEDED.value, finished_at=NOW, result={"model_version": version})
    app = open_page("models", own_home, section="train", lang=lang)
    assert not app.exception
    assert "0.713" in words(app) or "0.712" in words(app)
    assert "640" in words(app)
    assert ("大约" in words(app) or "约" in words(app)) if lang == "zh_CN" else "from the last trainings" in words(app)
    links = [element.proto.query_string for element in all_of(app, "page_link")]
    assert any(f"model={version}" in link for link in links)
    cost = app.dataframe[-1].value.set_index("版本" if lang == "zh_CN" else "Version")
    (own,) = [row for name, row in cost.iterrows() if version[:7] in name]
    assert own["方面" if lang == "zh_CN" else "Aspects"] == 0.7125
    assert own["CPU（秒）" if lang == "zh_CN" else "CPU, s"] == 1408
    assert ("13分钟" if lang == "zh_CN" else "13 minutes") in own.tolist()


def test_a_failed_training_says_why_and_is_resumed(open_page: Open, own_home: Path) -> None:
    error = Reason("The disk that holds {place} is full; free some space and try again.", {"place": "/data"})
    under_way(own_home, state=JobState.FAILED.value, error=vars(error))
    app = open_page("models", own_home, section="train")
    assert "is full" in app.error[0].value
    assert "goes on from the last checkpoint" in words(app)
    press(app, "Resume")
    assert trainings(own_home)[0].state is JobState.QUEUED
