"""The page of relations: its four figures, their readings, and the documents behind a mark."""

import json
from pathlib import Path

import pytest

from core.db import documents as rows
from core.db import models, taggings
from core.domain.filters import Filter
from core.services.relations import label_relations
from tests.pages.conftest import MODEL, Open, add, all_of, tagging, words, workspace

PAIR = ("policy.regulation", "sector.finance")
SECTIONS = ("together", "leads", "sectors", "places")


@pytest.fixture
def placed_home(own_home: Path) -> Path:
    """The filled directory with 60 stories of two jurisdictions, one of them on support alone."""
    database, tree = workspace(own_home).database, workspace(own_home).taxonomy
    with database.writing() as connection:
        source_id = rows.source_ids(connection, ["Gazette"])["Gazette"]
        found = []
        for number in range(60):
            place, label = ("CN", "policy.support") if number % 2 else ("US", "market.demand")
            day = f"2025-{1 + number % 12:02}-11"
            one = add(connection, f"Told {number}. " * 9, f"Told {number}", date=day, source_id=source_id)
            connection.execute(rows.document.update().where(rows.document.c.id == one).values(jurisdiction=place))
            found.append(tagging(one, [label], tree, n_passages=2))
        label_ids = [label.id for label in tree.labels]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=label_ids, taxonomy=tree)
        models.bump_revision(connection)
    return own_home


def figures(app) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in all_of(app, "plotly_chart")]


def marks(app) -> list[list[str]]:
    """Return what can be clicked in the first figure."""
    return [own for trace in figures(app)[0]["data"] for own in trace.get("customdata", [])]


def test_labels_that_occur_together_are_said_with_their_counts(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home)
    frame = label_relations(workspace(filled_home), chosen=Filter(), labels=PAIR).frame
    row = frame.iloc[0]
    assert row["n"] == 30
    said = words(app)
    assert f"“Laws and regulations” and “Finance and risk control” share {row['n']} stories" in said
    assert f"chance would have {row['expected']:.1f}" in said
    assert list(PAIR) in marks(app) and ["policy.regulation"] in marks(app)


def test_a_pair_leads_to_its_history_and_to_the_documents_with_both(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, point="|".join(PAIR), grain="quarter")
    assert len(figures(app)) == 2
    titles = [element.value for element in app.subheader]
    assert titles == [
        "“Laws and regulations” and “Finance and risk control” over time",
        "“Laws and regulations” and “Finance and risk control”: 30 stories",
    ]
    link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "Open all in Documents")
    assert "label=policy.regulation&label=sector.finance" in link.query_string and "together=1" in link.query_string
    shown = open_page(
        "documents", filled_home, label=list(PAIR), together="1", counted="year", **{"from": "2024-01-01"}
    )
    assert "Documents found: **30**" in words(shown) and "with all of the labels" in words(shown)


def test_a_label_leads_to_its_documents_and_to_what_happened(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, point="policy.regulation")
    documents = app.subheader[0].value
    app = open_page("relations", filled_home, point="policy.regulation", behind="story")
    assert app.subheader[0].value == documents == "Laws and regulations: 31 stories"
    assert "of the 31 stories of the period" in words(app)


def test_chosen_labels_alone_are_related(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, label=["policy.regulation", "sector.finance", "market"])
    assert {own for pair in marks(app) for own in pair} == set(PAIR)
    alone = open_page("relations", filled_home, label="market")
    assert "Choose a second label" in words(alone) and not alone.exception


def test_too_few_stories_for_any_pair_say_what_to_do(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, **{"from": "2024-01-01", "to": "2024-01-20"})
    assert "Too few stories to relate labels" in words(app)


def test_leads_are_a_sentence_even_where_there_is_none(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, view="leads", grain="week")
    assert "labels over" in words(app) or "moves" in words(app)
    thin = open_page("relations", filled_home, view="leads", grain="quarter")
    assert "24 complete periods are needed" in words(thin)


def test_a_cell_of_leads_leads_to_both_curves(open_page: Open, filled_home: Path) -> None:
    cells = marks(open_page("relations", filled_home, view="leads", grain="week"))
    leader, follower = next(own for own in cells if own[0] != own[1])
    app = open_page("relations", filled_home, view="leads", grain="week", point=f"{leader}|{follower}")
    link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "Both curves in Trends")
    assert f"label={leader}&label={follower}" in link.query_string and "grain=week" in link.query_string


def test_a_cell_of_a_sector_counts_its_documents(open_page: Open, filled_home: Path) -> None:
    app = open_page("relations", filled_home, view="sectors", point="sector.finance|policy.regulation")
    assert "Finance and risk control: 100.0% of its 30 stories are about Laws and regulations" in words(app)
    assert app.subheader[0].value == "Laws and regulations, Finance and risk control: 30 stories"


def test_jurisdictions_are_compared_and_their_documents_found(open_page: Open, placed_home: Path) -> None:
    app = open_page("relations", placed_home, view="places", measure="count", point="CN|policy.support")
    assert "China: 100.0% of its 30 stories are about Government support" in words(app)
    assert "stories state no jurisdiction" in words(app)
    assert app.subheader[0].value == "Government support, China: 30 stories"
    texts = figures(app)[0]["data"][1]["text"]
    assert "<b>▲ 30</b>" in texts


def test_without_jurisdictions_the_page_says_what_is_needed(open_page: Open, filled_home: Path) -> None:
    assert "A row needs 20 stories" in words(open_page("relations", filled_home, view="places"))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_speaks_chinese_and_takes_all_labels(section: str, open_page: Open, placed_home: Path) -> None:
    app = open_page("relations", placed_home, view=section, level="all", grain="week", lang="zh_CN")
    assert not app.exception and not app.error
    assert any("\u4e00" <= letter <= "\u9fff" for letter in json.dumps(figures(app), ensure_ascii=False))


def test_the_table_has_what_is_not_drawn(open_page: Open, filled_home: Path) -> None:
    table = open_page("relations", filled_home).dataframe[0].value
    assert (table["NPMI"] < 0).any() and len(table) > len(marks(open_page("relations", filled_home)))
