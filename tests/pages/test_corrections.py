"""Correcting labels in the reader: confirming, removing, adding, passages, undoing, and where it shows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.annotations import Annotation, Verdict
from core.domain.filters import DocumentFilter
from core.services import annotations
from core.services.documents import find_documents, read_document
from tests.pages.conftest import N_STORIES, Open, all_of, words, workspace

PEFT = "technology.training.peft"
PEFT_WITH_PARENTS = {"technology", "technology.training", PEFT}


@pytest.fixture
def reader(open_page: Open, own_home: Path) -> AppTest:
    """The reader on document 1, which the model tags with fine-tuning by few parameters."""
    return open_page("documents", own_home, id="1", lang="en")


def said(home: Path, document_id: int = 1) -> list[Annotation]:
    return annotations.list_annotations(workspace(home), document_id)


def labels(home: Path, document_id: int = 1) -> set[str]:
    return set(read_document(workspace(home), document_id).labelling.labels)


def toasts(app: AppTest) -> list[str]:
    assert not app.exception
    return [toast.value for toast in app.toast]


def press(app: AppTest, key: str) -> list[str]:
    """Press a button and return what the app says of it."""
    return toasts(app.button(key=key).click().run())


def choices(app: AppTest) -> list[str]:
    """Return the labels to choose among as they are written."""
    pills = next(
        group for group in app.get("button_group") if group.label in ("Show the passages of", "查看支持该标签的段落")
    )
    return [option.content for option in pills.proto.options]


def picker(app: AppTest, label: str):
    return next(box for box in app.selectbox if box.label == label)


def test_confirming_marks_the_label_as_a_humans_and_goes_on_to_the_next(reader: AppTest, own_home: Path) -> None:
    assert press(reader, "confirm") == ["Confirmed: Parameter\\-efficient fine\\-tuning"]
    assert [(a.label_id, a.verdict, a.passage) for a in said(own_home)] == [(PEFT, Verdict.PRESENT, None)]
    assert {choice for choice in choices(reader) if choice.startswith("✓")} == set(choices(reader))  # parents as well
    assert "a human decided" in words(reader)
    assert reader.button(key="confirm").disabled


def test_a_removed_label_goes_with_those_below_it_and_can_be_restored(reader: AppTest, own_home: Path) -> None:
    reader.query_params["evidence"] = "technology.training"
    assert press(reader.run(), "remove") == ["Removed: Training techniques"]
    assert labels(own_home) == {"technology"}
    assert {"✕ Training techniques", "✕ Parameter-efficient fine-tuning"} <= set(choices(reader))
    assert reader.query_params["evidence"] == "technology"
    reader.query_params["evidence"] = PEFT
    assert reader.run().button(key="confirm").label == "Restore"
    press(reader, "confirm")
    assert labels(own_home) == PEFT_WITH_PARENTS


def test_an_added_label_brings_its_parents_and_the_choice_is_empty_again(reader: AppTest, own_home: Path) -> None:
    picker(reader, "Add a label").set_value("market.competition.funding").run()
    assert len(toasts(reader)) == 1
    assert labels(own_home) == PEFT_WITH_PARENTS | {"market", "market.competition", "market.competition.funding"}
    assert picker(reader, "Add a label").value is None
    assert len(picker(reader, "Add a label").options) == 63 - 6


def test_undo_takes_back_ones_own_last_word_and_history_any(reader: AppTest, own_home: Path) -> None:
    annotations.record_annotation(workspace(own_home), 1, "policy", Verdict.PRESENT, author="Bo <b>")
    assert reader.run().button(key="undo").disabled
    press(reader, "confirm")
    assert press(reader, "undo") == ["Undone: Parameter\\-efficient fine\\-tuning"]
    assert labels(own_home) == PEFT_WITH_PARENTS | {"policy"}
    assert "Bo &lt;b&gt;" in words(reader)
    assert press(reader, f"revoke-{said(own_home)[0].id}") == ["Undone: Policy"]
    assert labels(own_home) == PEFT_WITH_PARENTS
    assert len([line for line in all_of(reader, "html") if "<s>" in line.proto.body]) == 2


def test_what_someone_else_has_undone_meanwhile_is_said(reader: AppTest, own_home: Path) -> None:
    press(reader, "confirm")
    annotations.revoke_annotation(workspace(own_home), said(own_home)[0].id)
    (told,) = press(reader, "undo")
    assert told.startswith("No correction of document 1")


def test_the_authors_name_is_entered_once_and_kept(reader: AppTest, own_home: Path) -> None:
    assert reader.text_input(key="author_input").value == annotations.default_author()
    reader.text_input(key="author_input").set_value("Ann Lee").run()
    reader.query_params["id"] = "5"
    press(reader.run(), "confirm")
    assert [a.author for a in said(own_home, 5)] == ["Ann Lee"]
    reader.text_input(key="author_input").set_value("").run()
    (told,) = press(reader, "remove")
    assert "enter your name" in told
    assert len(said(own_home, 5)) == 1


def test_a_passage_is_corrected_apart_and_its_label_offered_to_the_document(reader: AppTest, own_home: Path) -> None:
    picker(reader, "Labels of").set_value(2).run()
    assert reader.query_params["passage"] == "2"
    assert "Passage 2 of 2" in words(reader)
    assert "No label holds for this passage" in words(reader)  # a quarter as probable as the first
    picker(reader, "Add a label").set_value("policy.support").run()
    assert [(a.label_id, a.passage) for a in said(own_home)] == [("policy.support", 1)]
    assert labels(own_home) == PEFT_WITH_PARENTS
    press(reader, "promote")
    assert labels(own_home) == PEFT_WITH_PARENTS | {"policy", "policy.support"}
    assert "passage 2" in words(reader)


def test_a_document_that_no_longer_fits_the_list_keeps_its_neighbours(open_page: Open, own_home: Path) -> None:
    chosen = DocumentFilter(labels=(PEFT,))
    first, second, third = find_documents(workspace(own_home), chosen).frame["id"].head(3)
    app = open_page("documents", own_home, id=str(second), label=PEFT)
    press(app, "remove")
    links = {element.proto.label: element.proto.query_string for element in all_of(app, "page_link")}
    assert f"id={first}&" in links["Previous"] + "&"
    assert f"id={third}&" in links["Next"] + "&"


def test_a_waiting_document_can_be_labelled(open_page: Open, own_home: Path) -> None:
    waiting = int(find_documents(workspace(own_home), DocumentFilter(query='"not tagged so far"')).frame["id"].iloc[0])
    app = open_page("documents", own_home, id=str(waiting))
    picker(app, "Add a label").set_value("market").run()
    assert not app.exception
    assert choices(app) == ["✓ Market"]
    assert "before any model" in words(app)


def test_a_correction_shows_in_the_list_and_can_be_taken_away_as_an_example(open_page: Open, own_home: Path) -> None:
    app = open_page("documents", own_home)
    assert not [button for button in app.get("download_button") if "JSONL" in button.proto.label]
    annotations.record_annotation(workspace(own_home), N_STORIES, "market", Verdict.PRESENT, author="Ann")
    app.query_params["q"] = f'"第{N_STORIES - 1}号"'
    app.run()
    assert "Market<span" in words(app)
    assert [button for button in app.get("download_button") if "JSONL" in button.proto.label]


def test_corrections_speak_chinese(open_page: Open, own_home: Path) -> None:
    app = open_page("documents", own_home, id="1", lang="zh_CN")
    assert press(app, "remove") == ["已移除：参数高效微调"]
    assert "✕ 参数高效微调" in choices(app)
    app.text_input(key="author_input").set_value(" ").run()
    assert "姓名" in press(app, "confirm")[0]
