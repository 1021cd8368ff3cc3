import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.db import documents as rows
from core.domain.annotations import Verdict
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.errors import InputError, MissingError
from core.ml.examples import read_examples
from core.services import annotations, documents, label_export, tagging, trends
from core.services.annotations import record_annotation, revoke_annotation, undo_last_annotation
from core.services.workspace import Workspace, revision
from tests.builders import NOW, prepared

PEFT = "technology.training.peft"


@pytest.fixture
def filled(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> Workspace:
    rows = [
        {"title": "=1+1", "text": "@SUM(1+1) begins a hostile text.", "date": "2024-01-05"},
        {"title": "规划", "text": "国务院印发新一代人工智能发展规划。" * 60, "date": "2024-03"},
        {"title": "Undated", "text": "Nobody knows when this was written."},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    import_files(path)
    return workspace


def labels(workspace: Workspace, document_id: int = 1) -> set[str]:
    return set(documents.read_document(workspace, document_id).labelling.labels)


def without_labels(workspace: Workspace, document_id: int = 1) -> None:
    """Take away every label that the tiny model finds."""
    for dimension in ("technology", "market", "policy"):
        record_annotation(workspace, document_id, dimension, Verdict.ABSENT, author="Setup")
    for label_id in labels(workspace, document_id):
        record_annotation(workspace, document_id, label_id, Verdict.ABSENT, author="Setup")
    assert labels(workspace, document_id) == set()


def share(workspace: Workspace, label_id: str) -> int:
    series = trends.share_over_time(workspace, [label_id], grain=Grain.MONTH, chosen=Filter())
    return int(series.frame["n"].sum())


def test_a_correction_shows_in_reader_list_search_and_trend_at_once(filled: Workspace) -> None:
    without_labels(filled)
    before, counted = revision(filled), share(filled, PEFT)
    said = record_annotation(filled, 1, PEFT, Verdict.PRESENT, author="  Ann   Lee ")
    assert (said.author, said.model_version_id, said.taxonomy_version) == ("Ann Lee", filled.champion().id, "1")
    assert labels(filled) == {"technology", "technology.training", PEFT}
    found = documents.find_documents(filled, DocumentFilter(labels=(PEFT,), query="hostile"))
    assert set(found.frame["human_labels"].iloc[0]) == {"technology", "technology.training", PEFT}
    assert share(filled, PEFT) == counted + 1
    assert revision(filled) > before


def test_undoing_takes_back_the_persons_last_word_only(filled: Workspace) -> None:
    without_labels(filled)
    record_annotation(filled, 1, PEFT, Verdict.PRESENT, author="Ann")
    record_annotation(filled, 1, "market", Verdict.PRESENT, author="Ann")
    record_annotation(filled, 1, "policy", Verdict.PRESENT, author="Bo")
    assert undo_last_annotation(filled, 1, author="Ann").label_id == "market"
    assert labels(filled) == {"technology", "technology.training", PEFT, "policy"}
    undo_last_annotation(filled, 1, author="Ann")
    with pytest.raises(MissingError, match="No correction of document 1 by Ann is left to undo"):
        undo_last_annotation(filled, 1, author="Ann")
    assert labels(filled) == {"policy"}
    assert [a.revoked_at is None for a in annotations.list_annotations(filled, 1)][-3:] == [False, False, True]


def test_a_correction_cannot_be_undone_twice(filled: Workspace) -> None:
    said = record_annotation(filled, 1, PEFT, Verdict.PRESENT, author="Ann")
    revoke_annotation(filled, said.id)
    with pytest.raises(MissingError, match="undone already"):
        revoke_annotation(filled, said.id)


def test_a_passages_word_stays_with_the_passage(filled: Workspace) -> None:
    before = labels(filled, 2)
    label_id = next(label.id for label in filled.taxonomy.labels if label.kind == "topic" and label.id not in before)
    record_annotation(filled, 2, label_id, Verdict.PRESENT, author="Ann", passage=1)
    reading = documents.read_document(filled, 2)
    assert reading.tagging is not None
    assert label_id in reading.tagging.passages[1].labelling.human
    assert label_id not in reading.tagging.passages[0].labelling.human
    assert set(reading.labelling.labels) == before
    assert annotations.labelled_examples(filled) == []


def test_what_cannot_be_recorded_says_what_to_do_and_changes_nothing(filled: Workspace) -> None:
    before = revision(filled)
    with pytest.raises(InputError, match=r"technology\.training\.peft"):
        record_annotation(filled, 1, "technology.training.pfet", Verdict.PRESENT, author="Ann")
    with pytest.raises(MissingError, match="no document 77"):
        record_annotation(filled, 77, PEFT, Verdict.PRESENT, author="Ann")
    with pytest.raises(InputError, match="passages 1 to 1, and no passage 2"):
        record_annotation(filled, 1, PEFT, Verdict.PRESENT, author="Ann", passage=1)
    with pytest.raises(InputError, match="enter your name"):
        record_annotation(filled, 1, PEFT, Verdict.PRESENT, author=" \n ")
    assert revision(filled) == before
    assert annotations.list_annotations(filled, 1) == []


def test_exported_documents_say_which_labels_are_a_humans(filled: Workspace) -> None:
    without_labels(filled)
    record_annotation(filled, 1, "market", Verdict.PRESENT, author="Ann")
    text = documents.export_documents(filled, DocumentFilter(query="hostile")).decode("utf-8-sig")
    (row,) = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    assert (row["dimensions"], row["human_labels"]) == ("market", "market")


def test_examples_hold_the_labels_after_corrections_and_can_be_trained_on(filled: Workspace, tmp_path: Path) -> None:
    without_labels(filled)
    record_annotation(filled, 1, PEFT, Verdict.PRESENT, author="Ann")
    said = record_annotation(filled, 3, "market", Verdict.PRESENT, author="Ann")
    lines = label_export.export_examples_jsonl(filled).decode().splitlines()
    first, second = map(json.loads, lines)
    assert list(first) == ["id", "lang", "date", "title", "text", "labels"]
    assert first["labels"] == ["technology", "technology.training", PEFT]
    assert (first["date"], second["date"]) == ("2024-01-05", None)
    path = tmp_path / "examples.jsonl"
    path.write_bytes(label_export.export_examples_jsonl(filled))
    assert len(read_examples([path], filled.taxonomy)) == 2
    revoke_annotation(filled, said.id)
    assert annotations.count_annotated(filled) == len(annotations.labelled_examples(filled)) == 1


def test_examples_as_a_table_run_nothing_in_a_spreadsheet(filled: Workspace) -> None:
    record_annotation(filled, 1, "market", Verdict.PRESENT, author="Ann")
    text = label_export.export_examples_csv(filled).decode("utf-8-sig")
    facts = [line for line in text.splitlines() if line.startswith("#")]
    (row,) = csv.DictReader(io.StringIO("\n".join(text.splitlines()[len(facts) :])))
    assert (row["title"], row["text"][:2]) == ("'=1+1", "'@")
    assert "market" in row["labels"].split()
    assert f"# model_version: {filled.champion().id}" in facts


def test_a_document_can_be_labelled_before_a_model_has_tagged_it(filled: Workspace) -> None:
    with filled.database.writing() as connection:
        source_id = rows.source_ids(connection, ["Wire"])["Wire"]
        waiting = rows.add_document(
            connection, prepared("Waits for a worker."), source_id=source_id, job_item_id=None, now=NOW
        )
    assert record_annotation(filled, waiting, PEFT, Verdict.PRESENT, author="Ann").model_version_id is None
    assert annotations.labelled_examples(filled)[0]["labels"] == ["technology", "technology.training", PEFT]
    assert tagging.tag_waiting(filled, job_id=None) == 1
    assert {"technology", "technology.training", PEFT} <= labels(filled, waiting)
    assert PEFT in documents.find_documents(filled, DocumentFilter(labels=(PEFT,))).frame["human_labels"].iloc[0]
