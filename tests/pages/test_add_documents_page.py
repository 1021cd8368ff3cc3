"""Adding files, a pasted text and a table."""

import json
from pathlib import Path

from core.services.jobs import get_job, list_jobs
from tests.pages.conftest import Open, words, workspace

TABLE = "headline,body,when\nChips are short,Makers of chips say that demand is high.,2024-05-17\n"


def press(app, label: str):
    return next(button for button in app.button if button.label == label).click().run()


def newest(home: Path):
    opened = workspace(home)
    return get_job(opened, list_jobs(opened, limit=1)[0].job.id)


def test_a_pasted_text_becomes_a_job_that_shows_here_and_in_the_address(open_page: Open, own_home: Path) -> None:
    app = open_page("add_documents", own_home, way="text")
    app.text_area[0].set_value("Regulators met in Geneva.")
    app.text_input[0].set_value("Geneva")
    app = press(app, "Import")
    assert not app.exception
    job = newest(own_home)
    assert job.summary.job.title == "Geneva"
    assert app.query_params["job"] == str(job.summary.job.id)
    assert "Import of Geneva" in words(app)
    assert app.text_area[0].value == ""


def test_an_empty_text_is_refused_in_a_sentence(open_page: Open, own_home: Path) -> None:
    app = press(open_page("add_documents", own_home, way="text", lang="zh_CN"), "导入")
    assert app.error[0].value == "文本是空的；请粘贴内容后再试。"


def test_files_are_queued_and_an_empty_one_is_named(open_page: Open, own_home: Path) -> None:
    app = open_page("add_documents", own_home)
    app.file_uploader[0].set_value(
        [("good.txt", b"Some words on chips.", "text/plain"), ("none.txt", b"", "text/plain")]
    )
    app = press(app.run(), "Import")
    assert not app.exception
    assert "none" in app.error[0].value
    assert [item.name for item in newest(own_home).items] == ["good.txt"]


def test_a_tables_columns_are_guessed_shown_and_corrected(open_page: Open, own_home: Path) -> None:
    app = open_page("add_documents", own_home, way="table")
    app = app.file_uploader[0].set_value(("news.csv", TABLE.encode(), "text/csv")).run()
    assert not app.exception
    chosen = {picker.label: picker.value for picker in app.selectbox}
    assert chosen["Text"] == "body"
    assert app.dataframe[0].value["headline"][0] == "Chips are short"
    next(picker for picker in app.selectbox if picker.label == "Title").set_value("when")
    app = press(app, "Import")
    assert not app.exception
    options = newest(own_home).items[0].options
    assert json.loads(json.dumps(options["columns"]))["title"] == "when"
    assert options["columns"]["text"] == "body"
