"""The page of new terms: what is said now, who said it first, and proposals for topics."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.db import documents, models, taggings
from core.domain.filters import Filter
from core.services.terms import list_new_terms
from tests.pages.conftest import MODEL, Open, add, all_of, tagging, words, workspace

NOUNS = str.split("valve turbine copper harbour garden violin window bridge")


@pytest.fixture
def told_home(own_home: Path) -> Path:
    """The filled directory with a term that is said from October 2025 on, in stories that no label fits."""
    database, tree = workspace(own_home).database, workspace(own_home).taxonomy
    with database.writing() as connection:
        source_id = documents.source_ids(connection, ["Blog"])["Blog"]
        found = []
        for number, noun in enumerate(NOUNS):
            text = f"Quantum annealing meets the {noun}: annealing schedules, again and again."
            day = f"2025-1{number % 3}-0{number + 1}"
            one = add(connection, text, f"Annealed {noun}", date=day, source_id=source_id)
            found.append(tagging(one, [], tree, n_passages=2))
        label_ids = [label.id for label in tree.labels]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=label_ids, taxonomy=tree)
        models.bump_revision(connection)
    return own_home


def clickable(app) -> list[list[str]]:
    spec = json.loads(all_of(app, "plotly_chart")[0].proto.spec)
    return spec["data"][2]["customdata"]


def test_a_new_term_is_said_with_its_counts_and_who_said_it_first(open_page: Open, told_home: Path) -> None:
    found = list_new_terms(workspace(told_home), chosen=Filter(), since=date(2025, 10, 1))
    row = found.frame[found.frame["significant"]].iloc[0]
    point = f"{row['lang']}|{row['term']}"
    app = open_page("terms", told_home, since="2025-10-01", point=point)
    assert point.split("|") in clickable(app)
    assert f"“{row['term']}”, which nobody said before: 8 of {row['total']} stories in English" in words(app)
    titles = [e.proto.label for e in all_of(app, "page_link")]
    assert titles[0] == "Annealed valve"
    assert "First said on Oct 1, 2025 in:" in words(app)
    assert f"{found.n_now} stories since Oct 1, 2025 against {found.n_before}" in words(app)


def test_terms_that_stand_out_come_first_and_the_table_has_all(open_page: Open, told_home: Path) -> None:
    app = open_page("terms", told_home, since="2025-10-01")
    table = app.dataframe[0].value
    assert table["Significant"].tolist() == sorted(table["Significant"], reverse=True)
    assert {"Share now", "Share before", "Sources", "First said"} <= set(table.columns)
    assert len(clickable(app)) == min(24, len(table))


def test_where_nothing_is_new_the_page_says_what_to_do(open_page: Open, filled_home: Path) -> None:
    app = open_page("terms", filled_home)
    assert "No term stands out" in words(app) and "Four stories have to say a term" in words(app)


def test_a_day_outside_the_period_is_a_sentence(open_page: Open, filled_home: Path) -> None:
    assert "outside the period" in open_page("terms", filled_home, since="2050-01-01").error[0].value


def test_a_proposal_shows_its_terms_and_leads_to_all_its_documents(open_page: Open, told_home: Path) -> None:
    app = open_page("terms", told_home, view="topics")
    assert "nnealing" in app.subheader[0].value
    link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "All 8 documents")
    numbers = [part.partition("=")[2] for part in link.query_string.split("&") if part.startswith("document=")]
    assert len(numbers) == 8
    shown = open_page("documents", told_home, document=numbers)
    assert "Documents found: **8**" in words(shown) and "one group: 8" in words(shown)
    assert "may be chance" in words(app) or "points (95% interval" in words(app)


def test_without_a_group_the_page_says_how_many_stories_fit_no_label(open_page: Open, filled_home: Path) -> None:
    said = words(open_page("terms", filled_home, view="topics"))
    assert "No topic to propose" in said and "fit no label" in said


@pytest.mark.parametrize("section", ["terms", "topics"])
def test_both_sections_speak_chinese(section: str, open_page: Open, told_home: Path) -> None:
    app = open_page("terms", told_home, view=section, since="2025-10-01", lang="zh_CN")
    assert not app.exception and not app.error
    assert "英语" in words(app)


def test_a_proposal_becomes_a_label_of_the_tree(open_page: Open, told_home: Path) -> None:
    app = open_page("terms", told_home, view="topics")

    def fill(name: str, text: str) -> None:
        next(box for box in [*app.text_input, *app.text_area] if box.label == name).set_value(text)

    fill("Word in its id (a–z, 0–9, _)", "annealing")
    fill("Chinese name", "量子退火")
    fill("What it is about, in English", "Quantum annealing.")
    add = next(button for button in app.button if button.label == "Add the label")
    add.click().run()
    assert "What it is about is not said in Chinese." in app.error[0].value.replace("\\", "")
    fill("What it is about, in Chinese", "量子退火。")
    next(button for button in app.button if button.label == "Add the label").click().run()
    assert not app.error and "annealing is in the tree" in app.success[0].value
    assert any(label.id.endswith(".annealing") for label in workspace(told_home).taxonomy.labels)
