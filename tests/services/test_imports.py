import io
import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.domain.documents import ReadOptions
from core.domain.filters import DocumentFilter
from core.domain.jobs import ItemStatus, JobState
from core.errors import InputError, MachineError, MissingError
from core.services import documents, imports, job_steps, jobs, reading
from core.services.workspace import Workspace


def write_lines(path: Path, texts: list[str], **fields: str) -> Path:
    path.write_text("".join(json.dumps({"text": t, **fields}, ensure_ascii=False) + "\n" for t in texts), "utf-8")
    return path


def test_a_folder_of_files_goes_in_and_is_tagged(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("国务院印发新一代人工智能发展规划。", "gb18030")
    (folder / "b.md").write_text("# Chips\n\nNew chips are faster than old ones.", "utf-8")
    (folder / ".hidden.txt").write_text("not for reading")
    report = jobs.get_job(workspace, import_files(folder))
    assert report.summary.job.state is JobState.SUCCEEDED
    assert [(i.name, i.status, i.n_documents) for i in report.items] == [
        ("a.txt", ItemStatus.ADDED, 1),
        ("b.md", ItemStatus.ADDED, 1),
    ]
    page = documents.find_documents(workspace, DocumentFilter())
    assert sorted(page.frame["lang"]) == ["en", "zh"]
    assert page.frame["tagged"].all()


def test_bad_files_are_refused_by_name_and_the_good_go_through(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    good = tmp_path / "good.txt"
    good.write_text("Readable words are here.")
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 broken")
    report = jobs.get_job(workspace, import_files(bad, good))
    assert [i.status for i in report.items] == [ItemStatus.REFUSED, ItemStatus.ADDED]
    assert "bad.pdf" in str(report.items[0].reason)
    assert report.summary.counts["n_refused"] == 1


def test_a_refused_file_can_be_tried_again(
    workspace: Workspace, import_files: Callable[..., int], run_job: Callable[[int], None], tmp_path: Path
) -> None:
    path = tmp_path / "late.txt"
    path.write_bytes(b"\x00\x01\x02" * 50)
    job_id = import_files(path)
    assert jobs.get_job(workspace, job_id).items[0].status is ItemStatus.REFUSED
    path.write_text("Now there are words in it.")
    assert jobs.retry_refused(workspace, job_id) == 1
    run_job(job_id)
    assert jobs.get_job(workspace, job_id).items[0].status is ItemStatus.ADDED
    with pytest.raises(InputError, match="no refused files"):
        jobs.retry_refused(workspace, job_id)


def test_the_same_file_twice_is_a_duplicate(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", ["One text about chips.", "One text about chips.", "Another text."])
    first = jobs.get_job(workspace, import_files(path)).items[0]
    second = jobs.get_job(workspace, import_files(path)).items[0]
    assert (first.n_documents, first.n_duplicates) == (2, 1)
    assert (second.status, second.n_documents, second.n_duplicates) == (ItemStatus.DUPLICATE, 0, 3)


def test_two_imports_of_the_same_file_at_once_store_it_once(workspace: Workspace, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [f"Text number {i} about the price of chips." for i in range(400)])
    item_ids = []
    for _ in range(2):
        staged = imports.collect_files([path], max_mb=10)
        job_id = imports.request_import(workspace, staged.files, options=ReadOptions())
        item_ids.append(jobs.get_job(workspace, job_id).items[0].id)
    threads = [
        threading.Thread(target=reading.read_item, args=(workspace, i), kwargs={"should_stop": lambda: False})
        for i in item_ids
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert documents.find_documents(workspace, DocumentFilter()).n_total == 400
    found = [item for job in (1, 2) for item in jobs.get_job(workspace, job).items]
    assert sum(i.n_documents for i in found) == 400
    assert sum(i.n_duplicates for i in found) == 400


def test_a_republished_story_is_grouped_and_a_different_one_is_not(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    story = " ".join(f"sentence {i} says that the regulator fined the company over data." for i in range(12))
    other = " ".join(f"clause {i} holds that every provider shall label generated pictures." for i in range(12))
    import_files(write_lines(tmp_path / "a.jsonl", [story, other], date="2024-05-01"))
    import_files(write_lines(tmp_path / "b.jsonl", [story + " Reporting by the agency."], date="2024-05-03"))
    frame = documents.find_documents(workspace, DocumentFilter()).frame
    assert len(frame) == 3
    assert frame["story_id"].nunique() == 2
    copies = documents.read_document(
        workspace, int(frame.loc[frame["day"].astype(str) == "2024-05-03", "id"].iloc[0])
    ).story
    assert list(copies["is_lead"]) == [True, False]


def test_half_written_lines_are_listed_by_number(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text('{"text": "A whole line."}\n{"text": "cut of\n{"text": "Another whole line."}\n')
    item = jobs.get_job(workspace, import_files(path)).items[0]
    assert (item.status, item.n_documents, item.n_problems) == (ItemStatus.ADDED, 2, 1)
    assert item.problems[0]["locator"] == "line 2"


def test_a_cancelled_import_keeps_what_it_has_and_goes_on(
    workspace: Workspace, run_job: Callable[[int], None], tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", [f"Text {i} about training models." for i in range(250)])
    staged = imports.collect_files([path], max_mb=10)
    job_id = imports.request_import(workspace, staged.files, options=ReadOptions())
    claimed = job_steps.claim(workspace, job_id, "test")
    assert claimed
    item_id = job_steps.files_to_read(workspace, job_id)[0]
    asked: list[int] = []

    def stop_after_one_batch() -> bool:
        asked.append(1)
        return len(asked) > 1

    reading.read_item(workspace, item_id, should_stop=stop_after_one_batch)
    jobs.cancel(workspace, job_id)
    job_steps.finish(workspace, job_id, claimed[1])
    assert jobs.get_job(workspace, job_id).summary.job.state is JobState.CANCELLED
    assert documents.find_documents(workspace, DocumentFilter()).n_total == 100
    jobs.resume(workspace, job_id)
    run_job(job_id)
    report = jobs.get_job(workspace, job_id)
    assert report.summary.job.state is JobState.SUCCEEDED
    assert (report.items[0].n_documents, report.items[0].n_duplicates) == (250, 0)


def test_undoing_an_import_removes_its_documents_alone(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    import_files(write_lines(tmp_path / "a.jsonl", ["Kept text about markets."]))
    job_id = import_files(write_lines(tmp_path / "b.jsonl", ["Regretted text one.", "Regretted text two."]))
    assert imports.undo_import(workspace, job_id) == 2
    assert documents.find_documents(workspace, DocumentFilter()).n_total == 1
    assert documents.find_documents(workspace, DocumentFilter(query="regretted")).n_total == 0


@pytest.mark.parametrize(
    "name", ["../../evil.txt", "C:\\temp\\报告.txt", "🚀 launch.txt", "x" * 400 + ".txt", "..", ""]
)
def test_uploads_stay_in_their_folder_whatever_their_name(workspace: Workspace, name: str) -> None:
    staged = imports.stage_uploads(workspace, [imports.Upload(name, io.BytesIO(b"Some words."))])
    path = Path(staged.files[0].path)
    assert path.parent == workspace.settings.uploads_dir
    assert "/" not in staged.files[0].name
    assert len(staged.files[0].name) <= 150


def test_an_empty_upload_is_refused_and_the_others_go_through(workspace: Workspace) -> None:
    uploads = [imports.Upload("empty.txt", io.BytesIO(b"")), imports.Upload("full.txt", io.BytesIO(b"words"))]
    staged = imports.stage_uploads(workspace, uploads)
    assert [f.name for f in staged.files] == ["full.txt"]
    assert "empty.txt is empty" in str(staged.refused[0][1])
    assert len(list(workspace.settings.uploads_dir.iterdir())) == 1


def test_an_upload_folder_that_cannot_be_written_is_said(workspace: Workspace) -> None:
    folder = workspace.settings.uploads_dir
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    staged = imports.stage_uploads(workspace, [imports.Upload("a.txt", io.BytesIO(b"words"))])
    assert not staged.files
    assert "could not be written" in str(staged.refused[0][1])


def test_the_upload_is_removed_once_it_is_read(workspace: Workspace, run_job: Callable[[int], None]) -> None:
    staged = imports.stage_uploads(workspace, [imports.Upload("a.txt", io.BytesIO(b"Some words to read."))])
    run_job(imports.request_import(workspace, staged.files, options=ReadOptions()))
    assert not list(workspace.settings.uploads_dir.iterdir())


def test_a_pasted_text_becomes_a_dated_document(workspace: Workspace, run_job: Callable[[int], None]) -> None:
    options = ReadOptions(source="Desk", jurisdiction="EU")
    run_job(
        imports.request_paste(workspace, "The act applies from today.", title="AI act", date="2024-08", options=options)
    )
    row = documents.find_documents(workspace, DocumentFilter()).frame.iloc[0]
    assert (row["title"], str(row["day"]), row["date_precision"]) == ("AI act", "2024-08-01", "month")
    assert (row["source"], row["jurisdiction"]) == ("Desk", "EU")


@pytest.mark.parametrize(("text", "date", "message"), [("  ", "", "empty"), ("words", "12/2024", "is no date")])
def test_a_paste_that_cannot_be_used_is_refused(workspace: Workspace, text: str, date: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        imports.request_paste(workspace, text, date=date, options=ReadOptions())


def test_jobs_say_what_they_cannot_do(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> None:
    job_id = import_files(write_lines(tmp_path / "a.jsonl", ["Text."]))
    with pytest.raises(InputError, match="ended already"):
        jobs.cancel(workspace, job_id)
    with pytest.raises(InputError, match="neither"):
        jobs.resume(workspace, job_id)
    jobs.remove(workspace, job_id)
    with pytest.raises(MissingError, match="no job"):
        jobs.get_job(workspace, job_id)


def test_missing_paths_are_named(workspace: Workspace, tmp_path: Path) -> None:
    staged = imports.collect_files([tmp_path / "nowhere.txt"], max_mb=1)
    assert "nowhere.txt does not exist" in str(staged.refused[0][1])


def limit_pages(workspace: Workspace, n: int) -> None:
    """Let the database grow to so many pages, whichever of its pooled connections is used."""
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(workspace.database.reading()).exec_driver_sql(f"PRAGMA max_page_count={n}")


def test_a_full_disk_loses_no_document(workspace: Workspace, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [f"Text {i} " + "word " * 500 for i in range(150)])
    staged = imports.collect_files([path], max_mb=10)
    job_id = imports.request_import(workspace, staged.files, options=ReadOptions())
    item_id = jobs.get_job(workspace, job_id).items[0].id
    with workspace.database.reading() as connection:
        size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit_pages(workspace, size + 50)
    with pytest.raises(MachineError, match="full"):
        reading.read_item(workspace, item_id, should_stop=lambda: False)
    limit_pages(workspace, 1_000_000)
    reading.read_item(workspace, item_id, should_stop=lambda: False)
    assert documents.find_documents(workspace, DocumentFilter()).n_total == 150
