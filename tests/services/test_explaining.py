"""Why a label, asked of stored documents; and the labelled texts nearest to a passage."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.annotations import Verdict
from core.domain.filters import DocumentFilter
from core.errors import InputError, MissingError, ModelError
from core.services.annotations import record_annotation
from core.services.documents import find_documents, read_document
from core.services.explaining import explain
from core.services.similar_texts import MOST, similar_texts
from core.services.workspace import Workspace

LONG = "Regulators met in the capital to talk about rules for chips and models. " * 40


@pytest.fixture
def documents(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> dict[str, int]:
    """Ids by title of a short Chinese and a long English document."""
    rows = [
        {"id": "1", "title": "短讯", "text": "监管机构讨论芯片出口管制，企业表示关注。市场反应平静。"},
        {"id": "2", "title": "Long", "text": LONG},
    ]
    file = tmp_path / "documents.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    import_files(file)
    frame = find_documents(workspace, DocumentFilter()).frame
    return dict(zip(frame["title"], map(int, frame["id"]), strict=True))


def labels_of(workspace: Workspace, document_id: int) -> tuple[str, ...]:
    return read_document(workspace, document_id).labelling.labels


def test_the_explanation_agrees_with_what_is_stored(workspace: Workspace, documents: dict[str, int]) -> None:
    reading = read_document(workspace, documents["短讯"])
    assert reading.tagging is not None
    for label in (*reading.labelling.labels[:2], "market.demand"):
        found = explain(workspace, documents["短讯"], label)
        assert found.text == "短讯\n监管机构讨论芯片出口管制，企业表示关注。市场反应平静。"
        assert found.found.outcome.probability == pytest.approx(reading.tagging.probabilities[label], abs=0.02)
        assert found.document_holds == (label in reading.labelling.labels)
        assert (found.ordinal, found.n_passages) == (0, 1)
        assert {"芯", "片", "监", "管"}.isdisjoint(word.text for word in found.found.words_for)
        if found.found.change and found.found.change.decides:
            assert found.document_follows


def test_a_long_document_is_explained_by_its_strongest_passage_or_the_one_asked_for(
    workspace: Workspace, documents: dict[str, int]
) -> None:
    reading = read_document(workspace, documents["Long"])
    assert reading.tagging is not None
    assert len(reading.tagging.passages) > 2
    label = reading.labelling.labels[-1]
    found = explain(workspace, documents["Long"], label)
    assert found.n_passages == len(reading.tagging.passages)
    assert found.ordinal == reading.evidence(label)[0]
    asked = explain(workspace, documents["Long"], label, passage=1)
    assert asked.ordinal == 1
    passage = reading.tagging.passages[1]
    assert asked.text == f"Long\n{reading.text[passage.start : passage.end]}"


def test_what_cannot_be_explained_is_said(workspace: Workspace, documents: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no document 999"):
        explain(workspace, 999, "market")
    with pytest.raises(InputError, match="does not know the label"):
        explain(workspace, documents["Long"], "market.weather")
    (workspace.settings.home / "models" / "tiny").unlink()
    with pytest.raises(ModelError, match="files of model"):
        explain(workspace, documents["Long"], "market")


def test_similar_texts_have_the_label_and_come_nearest_first(workspace: Workspace, documents: dict[str, int]) -> None:
    progress: list[tuple[int, int]] = []

    def ask(document_id: int, label: str):
        return similar_texts(
            workspace, document_id, label, n=4, on_progress=lambda done, total: progress.append((done, total))
        )

    found = ask(documents["短讯"], "technology.training.peft")
    assert len(found.texts) == 4
    assert found.n_compared == found.n_labelled > 50
    assert not found.learnt  # the tiny model learnt from nothing
    assert progress[-1] == (found.n_compared, found.n_compared)
    cosines = [cosine for _, cosine in found.texts]
    assert cosines == sorted(cosines, reverse=True)
    assert all("technology.training.peft" in text.labels and "technology" in text.labels for text, _ in found.texts)
    progress.clear()
    assert ask(documents["短讯"], "technology.training.peft") == found
    assert progress == []


def test_of_many_labelled_texts_a_fixed_part_is_compared_and_corrected_documents_come_first(
    workspace: Workspace, documents: dict[str, int]
) -> None:
    record_annotation(workspace, documents["Long"], "policy.regulation.export_control", Verdict.PRESENT, author="Ann")
    found = similar_texts(workspace, documents["短讯"], "policy", n=MOST, on_progress=lambda *_: None)
    assert found.n_compared == MOST < found.n_labelled
    assert documents["Long"] in {text.document_id for text, _ in found.texts}
    own = similar_texts(workspace, documents["Long"], "policy", n=MOST, on_progress=lambda *_: None)
    assert documents["Long"] not in {text.document_id for text, _ in own.texts}
