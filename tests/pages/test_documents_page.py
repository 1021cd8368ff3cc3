"""The list of documents and the reader."""

from pathlib import Path

from core.domain.filters import DocumentFilter
from core.services.documents import find_documents
from tests.pages.conftest import ATTACK_TITLE, N_STORIES, Open, all_of, words, workspace


def titles(app) -> list[str]:
    return [element.proto.label for element in all_of(app, "page_link")]


def test_search_finds_in_both_languages_and_writes_itself_to_the_address(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home)
    app.text_input[0].set_value("监管").run()
    assert app.query_params["q"] == "监管"
    assert f"**{N_STORIES // 2}**" in words(app)
    app.text_input[0].set_value('"story 16 is"').run()
    assert [title for title in titles(app) if title.startswith("Story")] == ["Story 16"]


def test_nothing_found_offers_a_way_out(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, q="xyzzyplugh")
    assert "Nothing found" in words(app)
    next(button for button in app.button if button.label == "Clear all filters").click().run()
    assert "q" not in app.query_params
    assert "Documents found" in words(app)


def test_filters_come_from_the_address_and_a_wrong_value_is_dropped(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, source=["Wire", "No such source"], language="en")
    assert app.query_params["source"] == "Wire"
    assert [picker.value for picker in app.multiselect if picker.label == "Source"] == [["Wire"]]
    wanted = DocumentFilter(sources=("Wire",), langs=("en",))
    n = find_documents(workspace(filled_home), wanted).n_total
    assert f"Documents found: **{n}**" in words(app)


def test_turning_a_page_keeps_the_filters_and_a_new_filter_starts_over(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, language="en")
    app.button(key="after").click().run()
    assert app.query_params["page"] == "2"
    assert app.query_params["language"] == "en"
    app.text_input[0].set_value("models").run()
    assert "page" not in app.query_params


def test_a_document_is_shown_as_text_whatever_it_holds(open_page: Open, filled_home: Path) -> None:
    found = find_documents(workspace(filled_home), DocumentFilter(query="onerror"))
    app = open_page("documents", filled_home, id=str(found.frame["id"].iloc[0]))
    html = "\n".join(element.proto.body for element in all_of(app, "html") if "<style>" not in element.proto.body)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>Bold" not in html
    assert "&lt;script&gt;alert(" in html
    assert "&lt;b&gt;Bold&lt;/b&gt; $E=mc^2$ **stars** :red[alarm]" in html


def test_a_title_in_the_list_is_no_markdown(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, q="onerror")
    label = next(label for label in titles(app) if "Bold" in label)
    for character in "<>$*:[]()":
        assert label.count(f"\\{character}") == label.count(character) == ATTACK_TITLE.count(character)
    assert "http://" not in label.replace("\\", "")  # nothing that could become a link
    assert "www." not in label.replace("\\", "")


def test_the_reader_marks_the_passages_of_the_label_that_is_chosen(open_page: Open, filled_home: Path) -> None:
    found = find_documents(workspace(filled_home), DocumentFilter(labels=("technology.training.peft",)))
    app = open_page("documents", filled_home, id=str(found.frame["id"].iloc[0]))
    assert app.get("button_group") or app.get("pills")
    marked = [element.proto.body for element in all_of(app, "html") if "<mark" in element.proto.body]
    assert len(marked) == 1
    assert marked[0].count("<mark") == 1  # the second passage is a quarter as probable: no evidence
    untagged = find_documents(workspace(filled_home), DocumentFilter(query="tagged"))
    app = open_page("documents", filled_home, id=str(untagged.frame["id"].iloc[0]))
    assert "waits to be tagged" in app.info[0].value


def test_the_reader_leads_to_the_neighbours_across_pages_of_the_list(open_page: Open, filled_home: Path) -> None:
    first, second = (
        find_documents(workspace(filled_home), DocumentFilter(langs=("en",)), page=page).frame for page in (1, 2)
    )
    app = open_page("documents", filled_home, id=str(first["id"].iloc[-1]), language="en")
    links = {element.proto.label: element.proto.query_string for element in all_of(app, "page_link")}
    assert f"id={first['id'].iloc[-2]}" in links["Previous"]
    assert f"id={second['id'].iloc[0]}" in links["Next"]
    assert "page=2" in links["Next"]
    assert "language=en" in links["Back to the list"]


def test_the_reader_names_the_copies_of_a_story(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, id="1")
    assert any("Story 0 again" in label for label in titles(app))


def test_a_date_is_shown_as_precise_as_it_is(open_page: Open, filled_home: Path) -> None:
    assert "Dec 2025" in words(open_page("documents", filled_home, q="onerror"))
    assert "2025年12月" in words(open_page("documents", filled_home, q="onerror", lang="zh_CN"))
    assert "no date" in words(open_page("documents", filled_home, q="Nobody"))
