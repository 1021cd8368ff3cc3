"""Labelled sets: in by file, out again unchanged, gone when removed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.annotations import Verdict
from core.errors import InputError, MissingError
from core.services import label_export, labelled_sets
from core.services.annotations import labelled_examples, record_annotation
from core.services.workspace import Workspace, revision


def write(path: Path, *records: dict[str, object]) -> tuple[str, Path]:
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    return path.name, path


def test_a_set_is_named_after_its_file_listed_and_removed(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.jsonl", {"text": "One.", "labels": []}, {"text": "Two.", "labels": ["nope"]})
    before = revision(workspace)
    found = labelled_sets.import_set(workspace, [file, ("gone.csv", tmp_path / "gone.csv")])
    assert found.added == labelled_sets.list_sets(workspace)[0]
    assert (found.added.name, found.added.n) == ("reviews", 1)
    assert [problem.locator for problem in found.refused] == ["reviews.jsonl line 2", "gone.csv"]
    assert revision(workspace) > before
    with pytest.raises(InputError, match="set named reviews already"):
        labelled_sets.import_set(workspace, [file])
    assert labelled_sets.remove_set(workspace, "reviews").n == 1
    assert labelled_sets.list_sets(workspace) == []
    with pytest.raises(MissingError, match="no set named reviews"):
        labelled_sets.remove_set(workspace, "reviews")


def test_nothing_is_added_where_nothing_can_be_used(workspace: Workspace, tmp_path: Path) -> None:
    found = labelled_sets.import_set(workspace, [write(tmp_path / "a.jsonl", {"text": "", "labels": []})])
    assert found.added is None
    assert len(found.refused) == 1
    assert labelled_sets.list_sets(workspace) == []


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_corrections_that_were_exported_come_in_unchanged(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path, ending: str
) -> None:
    documents = [
        {"title": "=1+1", "text": '@SUM(1+1) begins a hostile text,\nwith "quotes"; and lines.', "date": "2024-01-05"},
        {"title": "规划", "text": "国务院印发新一代人工智能发展规划。" * 6, "date": "2024-03"},
        {"text": "Nobody knows when this was written."},
    ]
    import_files(write(tmp_path / "rows.jsonl", *documents)[1])
    for document_id in (1, 2, 3):
        record_annotation(workspace, document_id, "market.demand", Verdict.PRESENT, author="Ann")
    path = label_export.export_file(workspace, tmp_path / f"mine.{ending}")
    found = labelled_sets.import_set(workspace, [(path.name, path)])
    assert (found.refused, found.notes) == ([], [])
    assert labelled_sets.examples_of_set(workspace, "mine") == labelled_examples(workspace)
    again = label_export.export_file(workspace, tmp_path / f"again.{ending}", name="mine")
    labelled_sets.import_set(workspace, [(again.name, again)])
    assert labelled_sets.examples_of_set(workspace, "again") == labelled_examples(workspace)
