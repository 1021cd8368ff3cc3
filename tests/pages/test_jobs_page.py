"""The list of jobs, and one job with its files."""

from pathlib import Path

import pytest

from core.domain.filters import DocumentFilter
from core.domain.jobs import JobState
from core.services.documents import find_documents
from core.services.jobs import get_job
from tests.pages.conftest import N_STORIES, Open, all_of, words, workspace

DONE, FAILED, QUEUED = 1, 2, 3


def press(app, label: str):
    return next(button for button in app.button if button.label == label).click().run()


def test_the_list_shows_every_job_with_its_sums_and_reasons(open_page: Open, filled_home: Path) -> None:
    app = open_page("jobs", filled_home)
    said = words(app)
    assert "january\\.jsonl" in said
    assert f"Documents: {N_STORIES}" in said
    assert "Files refused: 1" in said
    assert "Remarks: 1" in said
    assert "Tagging: Model model\\-1" in said
    assert "is full; free some space" in app.error[0].value.replace("\\", "")
    assert "Jobs waiting: 1" in app.warning[0].value


def test_a_job_lists_its_files_and_bad_lines_with_reasons_in_the_readers_language(
    open_page: Open, filled_home: Path
) -> None:
    app = open_page("jobs", filled_home, id=str(DONE), lang="zh_CN")
    frame = app.dataframe[0].value
    assert frame["状态"].tolist() == ["已添加", "备注", "被拒绝"]
    assert frame["位置"].tolist() == ["", "第 7 行", ""]
    assert frame["原因"][1] == "第 7 行不是完整的 JSON（char 3）；请修复或删除。"
    assert frame["原因"][2] == "scan.pdf 是空文件（0 字节）；请选择含有文字的文件。"


@pytest.mark.parametrize(
    ("job_id", "button", "state"),
    [
        (QUEUED, "Cancel", JobState.CANCELLED),
        (FAILED, "Resume", JobState.QUEUED),
        (DONE, "Retry refused files", JobState.QUEUED),
    ],
)
def test_a_button_does_what_it_says(job_id: int, button: str, state: JobState, open_page: Open, own_home: Path) -> None:
    app = press(open_page("jobs", own_home, id=str(job_id)), button)
    assert not app.exception
    assert get_job(workspace(own_home), job_id).summary.job.state is state


def test_only_what_a_state_allows_is_offered(open_page: Open, filled_home: Path) -> None:
    def offered(job_id: int) -> set[str]:
        return {button.label for button in open_page("jobs", filled_home, id=str(job_id)).button}

    assert offered(QUEUED) == {"Cancel"}
    assert offered(FAILED) == {"Resume", "Remove from the list"}
    assert offered(DONE) == {"Retry refused files", "Remove these documents", "Remove from the list"}


def test_undoing_an_import_asks_first_and_then_removes_its_documents(open_page: Open, own_home: Path) -> None:
    wanted = DocumentFilter(job_id=DONE)
    app = open_page("jobs", own_home, id=str(DONE))
    assert f"removes {N_STORIES} documents" in words(app)
    press(app, "Remove these documents")
    assert find_documents(workspace(own_home), wanted).n_total == 0


def test_a_job_leads_to_its_documents(open_page: Open, filled_home: Path) -> None:
    app = open_page("jobs", filled_home, id=str(DONE))
    query = next(e.proto.query_string for e in all_of(app, "page_link") if e.proto.label == "Its documents")
    assert query == f"job={DONE}"
    assert f"Documents found: **{N_STORIES}**" in words(open_page("documents", filled_home, job=str(DONE)))
