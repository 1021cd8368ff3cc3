"""Every page, through app.py, in both languages: empty, filled, failed."""

from pathlib import Path

import pytest

from tests.pages.conftest import PAGES, Open, words

TITLES = {
    "overview": ("Overview", "概览"),
    "trends": ("Trends", "趋势"),
    "signals": ("Signals", "信号"),
    "terms": ("New terms", "新词"),
    "relations": ("Relations", "关系"),
    "documents": ("Documents", "文档"),
    "models": ("Models", "模型"),
    "add_documents": ("Add documents", "添加文档"),
    "jobs": ("Jobs", "任务"),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_a_filled_page_draws_without_an_error(page: str, lang: str, open_page: Open, filled_home: Path) -> None:
    app = open_page(page, filled_home, lang=lang)
    assert not app.exception
    assert not app.error or page == "jobs"  # the list shows a failed job's reason
    assert app.title[0].value == TITLES[page][lang == "zh_CN"]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_page_says_what_to_do(page: str, open_page: Open, empty_home: Path) -> None:
    app = open_page(page, empty_home)
    assert not app.exception
    assert not app.error
    if page == "models":  # there is always the default one
        assert "Only one model so far" in words(app)
    elif page != "add_documents":
        assert "Add documents" in words(app)
    if page in ("overview", "add_documents", "jobs"):
        assert "No worker is running" in app.warning[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_data_directory_says_so_in_a_sentence(page: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, tmp_path / "nothing")
    assert not app.exception
    assert "trendvane init" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_database_is_an_error_in_the_readers_language(page: str, open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "trendvane.db").write_bytes(b"this is no database" * 100)
    app = open_page(page, tmp_path, lang="zh_CN")
    assert not app.exception
    assert "数据库" in app.error[0].value


def test_an_unknown_document_and_job_are_sentences(open_page: Open, filled_home: Path) -> None:
    assert "no document 99999" in open_page("documents", filled_home, id="99999").error[0].value
    assert "no job 99999" in open_page("jobs", filled_home, id="99999").error[0].value
