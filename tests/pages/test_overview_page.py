"""The overview: facts, movements in sentences, dimensions, newest documents."""

from datetime import date
from pathlib import Path

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import facts, what_moved
from tests.pages.conftest import Open, add_feed, all_of, words, workspace


def test_the_facts_are_those_of_the_database_and_what_waits_is_said(open_page: Open, filled_home: Path) -> None:
    app = open_page("overview", filled_home)
    known = facts(workspace(filled_home))
    for n in (known.n_documents, known.n_stories, known.n_passages):
        assert f"<b>{n:,}</b>" in words(app)
    assert "waiting to be tagged: 1" in app.info[0].value


def test_the_clearest_movement_is_a_sentence_of_measured_facts(open_page: Open, filled_home: Path) -> None:
    movement = what_moved(workspace(filled_home), grain=Grain.QUARTER, chosen=Filter())
    row = next(r for r in movement.frame.itertuples() if r.significant and r.kind == "aspect" and r.change > 0)
    said = words(open_page("overview", filled_home, grain="quarter"))
    assert "Q4 2025 against Q3 2025" in said
    assert f"rose from {row.share_before:.1%} to {row.share:.1%} of stories" in said
    assert f"{row.n} of {movement.total}, before {row.n_before} of {movement.total_before}" in said


def test_each_dimension_shows_its_share_and_leads_to_its_aspects(open_page: Open, filled_home: Path) -> None:
    app = open_page("overview", filled_home)
    assert [metric.label for metric in app.metric] == ["Technology", "Market", "Policy"]
    links = [e.proto.query_string for e in all_of(app, "page_link") if e.proto.label == "Its aspects"]
    assert links[2] == "label=policy.regulation&label=policy.standards&label=policy.support"


def test_the_newest_documents_come_first(open_page: Open, filled_home: Path) -> None:
    labels = [e.proto.label for e in all_of(open_page("overview", filled_home), "page_link")]
    assert labels.index("Waiting") < labels.index("Undated") < labels.index("Story 0 again")


def test_each_sentence_of_the_story_leads_to_its_documents(open_page: Open, filled_home: Path) -> None:
    app = open_page("overview", filled_home, grain="quarter")
    assert app.subheader[0].value == "The story of Q4 2025"
    movement = what_moved(workspace(filled_home), grain=Grain.QUARTER, chosen=Filter())
    link = next(e.proto for e in all_of(app, "page_link") if "stories were tagged" in e.proto.label)
    said = link.label.replace("\\", "")
    assert said.startswith(f"{movement.total} stories were tagged, against {movement.total_before}")
    assert "from=2025-10-01&to=2025-12-31" in link.query_string
    assert "counted=quarter" in link.query_string


def test_a_movement_that_a_feed_left_behind_says_so_and_is_not_the_headline(open_page: Open, own_home: Path) -> None:
    add_feed(own_home, until=date(2025, 9, 30))
    app = open_page("overview", own_home, grain="quarter")
    sentences = next(e.proto.body for e in all_of(app, "html") if "tv-findings" in e.proto.body).split("<li>")[1:]
    fell = next(sentence for sentence in sentences if "fell from" in sentence)
    assert "Training" in fell or "PEFT" in fell
    assert "Within the same sources and languages it is under half as large or not clear" in fell
    assert "change of sources" not in sentences[0]
    headline = next(e.proto.label for e in all_of(app, "page_link") if "moved most clearly" in e.proto.label)
    assert "change of sources" not in headline
