import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.errors import InputError, MissingError
from core.services import documents, tagging, trends
from core.services.workspace import Workspace, revision


@pytest.fixture
def filled(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> Workspace:
    rows = [
        {"title": "=cmd|' /C calc'!A0", "text": "@SUM(1+1) is how the hostile text begins.", "date": "2024-01-05"},
        {"title": "Script", "text": "Before <script>alert(1)</script> after, 5 < 6.", "date": "2024-01-09"},
        {"title": "规划", "text": "国务院印发新一代人工智能发展规划。" * 60, "date": "2024-03", "jurisdiction": "CN"},
        {"title": "Undated", "text": "Nobody knows when this was written."},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    import_files(path)
    return workspace


def exported(workspace: Workspace, chosen: DocumentFilter) -> tuple[list[str], list[dict[str, str]]]:
    text = documents.export_documents(workspace, chosen).decode("utf-8-sig")
    facts = [line for line in text.splitlines() if line.startswith("#")]
    return facts, list(csv.DictReader(io.StringIO("\n".join(text.splitlines()[len(facts) :]))))


def test_an_export_runs_nothing_and_says_where_it_comes_from(filled: Workspace) -> None:
    facts, rows = exported(filled, DocumentFilter())
    assert len(rows) == 4
    cells = [cell for row in rows for cell in row.values()]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"# model_version: {filled.champion().id}" in facts
    assert "# taxonomy_version: 1" in facts


def test_an_export_holds_what_the_filter_finds(filled: Workspace) -> None:
    facts, rows = exported(filled, DocumentFilter(query="人工智能", jurisdictions=("CN",)))
    assert [row["title"] for row in rows] == ["规划"]
    assert "# filter: jurisdictions=CN; query=人工智能" in facts


def test_pages_of_a_list_follow_each_other_undated_last(filled: Workspace) -> None:
    pages = [documents.find_documents(filled, DocumentFilter(), page=n, page_size=3) for n in (1, 2, 99)]
    assert [page.frame["title"].tolist() for page in pages][:2] == [
        ["规划", "Script", "=cmd|' /C calc'!A0"],
        ["Undated"],
    ]
    assert pages[2].page == pages[2].n_pages == 2


def test_documents_are_found_by_all_labels_together_and_by_number(
    workspace: Workspace, add_stories: Callable[..., list[int]]
) -> None:
    first, second = add_stories(["Both 1", "Both 2"], labels=("policy.support", "sector.finance"))
    add_stories(["One"], labels=("policy.support",))
    add_stories(["Other"], labels=("sector.finance",))

    def found(**facts: object) -> list[str]:
        page = documents.find_documents(workspace, DocumentFilter(**facts))  # type: ignore[arg-type]
        return sorted(page.frame["title"])

    labels = ("policy.support", "sector.finance")
    assert found(labels=labels, together=True) == ["Both 1", "Both 2"]
    assert found(labels=labels) == ["Both 1", "Both 2", "One", "Other"]
    assert found(ids=(second,)) == ["Both 2"]
    assert found(ids=(first, second), labels=("policy.standards",)) == []


def test_the_reader_has_every_passage_with_its_probabilities(filled: Workspace) -> None:
    found = documents.find_documents(filled, DocumentFilter(query="规划")).frame.iloc[0]
    reading = documents.read_document(filled, int(found["id"]))
    assert str(reading.date) == "2024-03"
    assert reading.tagging is not None
    passages = reading.tagging.passages
    assert len(passages) > 1
    assert "".join(reading.text[p.start : p.end] for p in passages) == reading.text
    label = reading.labelling.labels[0]
    best = reading.evidence(label)[0]
    assert passages[best].probabilities[label] == max(p.probabilities[label] for p in passages)


def test_a_stored_text_and_a_pasted_one_are_tagged_alike(filled: Workspace) -> None:
    found = documents.find_documents(filled, DocumentFilter(query="hostile")).frame.iloc[0]
    reading = documents.read_document(filled, int(found["id"]))
    stored = reading.tagging
    pasted = tagging.tag_text(filled, "@SUM(1+1) is how the hostile text begins.", title="=cmd|' /C calc'!A0")
    assert stored is not None
    assert set(pasted.labels) == set(reading.labelling.labels)
    gaps = [abs(pasted.probabilities[label] - p) for label, p in stored.probabilities.items()]
    assert np.max(gaps) < 1e-3


def test_an_empty_text_is_not_tagged(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="empty"):
        tagging.tag_text(workspace, " \n ")


def test_a_missing_document_is_said(workspace: Workspace) -> None:
    with pytest.raises(MissingError, match="no document 77"):
        documents.read_document(workspace, 77)


def test_removing_documents_changes_counts_and_the_revision(filled: Workspace) -> None:
    before = revision(filled)
    ids = documents.find_documents(filled, DocumentFilter(query="Script")).frame["id"].tolist()
    documents.remove_documents(filled, ids)
    series = trends.share_over_time(filled, ["technology"], grain=Grain.MONTH, chosen=Filter(last=date(2024, 1, 31)))
    assert series.frame["total"].tolist() == [1]
    assert revision(filled) > before


def test_facts_tell_what_charts_leave_out(filled: Workspace) -> None:
    facts = trends.facts(filled)
    assert (facts.n_documents, facts.n_undated, facts.n_untagged) == (4, 1, 0)
    by_day = trends.share_over_time(filled, ["technology"], grain=Grain.DAY, chosen=Filter())
    assert by_day.n_left_out == 1


def test_a_period_that_ends_before_it_begins_is_said(filled: Workspace) -> None:
    chosen = Filter(first=date(2025, 1, 1), last=date(2024, 1, 1))
    with pytest.raises(InputError, match="swap them"):
        trends.share_over_time(filled, ["technology"], grain=Grain.MONTH, chosen=chosen)


def test_an_empty_corpus_has_no_period_and_no_rows(workspace: Workspace) -> None:
    assert trends.period(workspace) is None
    assert trends.what_moved(workspace, grain=Grain.MONTH, chosen=Filter()) is None
    assert trends.share_over_time(workspace, ["market"], grain=Grain.MONTH, chosen=Filter()).frame.empty
