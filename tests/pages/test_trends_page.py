"""The page of trends: its chart, the documents behind a point, the table."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.db import documents, models, taggings
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import share_over_time
from pages.shared import label_sets, widgets
from tests.pages.conftest import MODEL, N_STORIES, Open, add, add_feed, all_of, tagging, words, workspace

LABEL = "policy.regulation"


def figure(app) -> dict:
    return json.loads(all_of(app, "plotly_chart")[0].proto.spec)


def test_a_points_documents_are_exactly_those_that_it_counts(open_page: Open, filled_home: Path) -> None:
    frame = share_over_time(workspace(filled_home), [LABEL], grain=Grain.MONTH, chosen=Filter()).frame
    for row in frame[frame["n"] > 0].itertuples():
        app = open_page("trends", filled_home, label=LABEL, grain="month", point=f"{LABEL}|{row.start}")
        assert app.subheader[0].value.endswith(f": {row.n} stories")
        link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "Open all in Documents")
        assert "counted=month" in link.query_string
        assert f"from={row.start}&to={row.end}" in link.query_string


def test_the_default_labels_are_aspects_that_moved(open_page: Open, filled_home: Path) -> None:
    picker = open_page("trends", filled_home).multiselect[0]
    assert len(picker.value) >= 3
    assert picker.options[0] == "Technology"
    assert "Technology › Training techniques" in picker.options


def test_choices_are_in_the_address_and_come_back_from_it(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home)
    app.multiselect[0].set_value(["market", "policy"]).run()
    assert app.query_params["label"] == ["market", "policy"]
    again = open_page("trends", filled_home, label=["market", "policy"], grain="quarter", measure="count")
    assert again.multiselect[0].value == ["market", "policy"]
    text = json.dumps(figure(again))
    assert "Stories" in text
    assert "2025 Q4" in text


def test_the_language_switch_keeps_what_was_chosen(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=["market", LABEL])
    app.sidebar.get("button_group")[0].set_value("zh_CN").run()
    assert app.title[0].value == "趋势"
    assert app.query_params["lang"] == "zh_CN"
    assert app.multiselect[0].value == ["market", LABEL]
    assert "法律法规" in json.dumps(figure(app), ensure_ascii=False)


def test_the_table_shows_every_bin(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=LABEL, grain="quarter", view="table")
    assert len(app.dataframe[0].value) == 8
    assert not all_of(app, "plotly_chart")


def test_the_interval_can_be_hidden(open_page: Open, filled_home: Path) -> None:
    def bands(app) -> list[bool]:
        return [trace.get("visible", True) for trace in figure(app)["data"] if trace.get("fill") == "toself"]

    assert any(bands(open_page("trends", filled_home, label=LABEL)))
    assert not any(bands(open_page("trends", filled_home, label=LABEL, plain="1")))


def test_filters_that_leave_nothing_say_so(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, sector="sector.education")
    assert "No stories in this selection" in words(app)


def test_an_impossible_period_is_a_sentence(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, **{"from": "2025-05-01", "to": "2024-05-01"})
    assert "swap them" in app.error[0].value


def test_stories_without_a_precise_date_are_counted_as_left_out(open_page: Open, filled_home: Path) -> None:
    assert "Left out" in words(open_page("trends", filled_home, label=LABEL, grain="week"))
    assert "Left out" not in words(open_page("trends", filled_home, label=LABEL, grain="year"))


@pytest.fixture
def old_stories_home(own_home: Path) -> Path:
    """The filled directory with one tagged story of 2001 in it."""
    database, tree = workspace(own_home).database, workspace(own_home).taxonomy
    with database.writing() as connection:
        source_id = documents.source_ids(connection, ["Archive"])["Archive"]
        old = add(connection, "Long ago, a law was passed. " * 4, "Long ago", date="2001-03-04", source_id=source_id)
        label_ids = [label.id for label in tree.labels]
        found = [tagging(old, [LABEL], tree, n_passages=2)]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=label_ids, taxonomy=tree)
        models.bump_revision(connection)
    return own_home


def test_a_long_beginning_of_hardly_any_stories_is_left_out_until_asked_for(
    open_page: Open, old_stories_home: Path
) -> None:
    app = open_page("trends", old_stories_home, view="table", grain="year")
    assert set(app.dataframe[0].value["Period"]) == {"2024", "2025"}
    assert "From Jan 2024" in words(app)
    next(button for button in app.button if button.label == "Show all dates").click().run()
    assert "2001" in set(app.dataframe[0].value["Period"])
    assert "2001-03-04" in app.query_params["from"]
    assert "From Jan 2024" not in words(app)


def test_an_even_period_is_shown_whole(open_page: Open, filled_home: Path) -> None:
    assert "are older" not in words(open_page("trends", filled_home))


def test_a_set_of_labels_is_compared_in_one_click(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label="market", point="market|2025-01-01")
    next(button for button in app.button if button.label == "Policy (3)").click().run()
    assert app.multiselect[0].value == ["policy.regulation", "policy.standards", "policy.support"]
    assert "point" not in app.query_params


def test_every_set_of_labels_can_be_drawn(filled_home: Path) -> None:
    tree = workspace(filled_home).taxonomy
    sets = [labels for _, labels in label_sets.label_sets(tree)]
    assert all(1 < len(labels) <= widgets.MAX_LABELS and set(labels) <= set(tree.by_id) for labels in sets)
    assert len(sets) > 10


def test_another_models_lines_lie_beside_the_champions(open_page: Open, own_home: Path, filled_home: Path) -> None:
    assert "Lines of another model" not in [box.label for box in open_page("trends", filled_home).selectbox]
    opened = workspace(own_home)
    label_ids = [label.id for label in opened.taxonomy.labels]
    with opened.database.writing() as connection:
        models.add_model_version(connection, replace(opened.champion(), id="0123456789ab"))
        found = [tagging(id_, [LABEL] * (id_ % 2), opened.taxonomy, n_passages=2) for id_ in range(1, N_STORIES // 2)]
        taggings.save_taggings(
            connection, found, model_version_id="0123456789ab", label_ids=label_ids, taxonomy=opened.taxonomy
        )
        models.bump_revision(connection)
    app = open_page("trends", own_home, label=LABEL, grain="quarter")
    assert not any(trace.get("line", {}).get("dash") == "dashdot" for trace in figure(app)["data"])
    next(box for box in app.selectbox if box.label == "Lines of another model").set_value("0123456789ab").run()
    assert not app.exception
    assert app.query_params["beside"] == "0123456789ab"
    (line,) = [trace for trace in figure(app)["data"] if trace.get("line", {}).get("dash") == "dashdot"]
    assert line["y"][0] == pytest.approx(0.5, abs=0.1)
    assert line["y"][-1] is None  # of these it has tagged nothing
    assert "Dash-dotted: Model 0123456." in words(app)
    assert "It has gaps in" in words(app)
    assert "has not tagged 1 document yet" in words(app)
    app = open_page("trends", own_home, label=LABEL, grain="quarter", beside="0123456789ab", measure="count")
    assert not app.exception
    assert "Dash-dotted" not in words(app)


@pytest.mark.parametrize("view", ["panels", "areas", "heat", "ranks"])
@pytest.mark.parametrize("measure", ["share", "count"])
def test_every_view_draws_and_reads_its_figures_out(
    view: str, measure: str, open_page: Open, filled_home: Path
) -> None:
    app = open_page("trends", filled_home, label=[LABEL, "market"], view=view, measure=measure, grain="quarter")
    assert not app.error
    assert figure(app)["data"]
    assert "Last complete period, Q4 2025" in words(app)


def test_a_label_is_compared_across_languages_down_to_the_documents(open_page: Open, filled_home: Path) -> None:
    query = {"label": LABEL, "grain": "year", "split": "lang", "point": "split.1|2025-01-01"}
    app = open_page("trends", filled_home, **query)
    assert {"English", "Chinese"} <= set(json.dumps(figure(app)).replace("</span> ", '"').split('"'))
    assert app.subheader[0].value.startswith("Laws and regulations · Chinese, 2025: ")
    link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "Open all in Documents")
    assert "language=zh" in link.query_string


def test_a_model_without_measurements_offers_no_corrected_share(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=LABEL, measure="corrected")
    assert not app.error
    assert "measure" not in app.query_params


def test_more_labels_than_lines_can_hold_are_drawn_in_part_and_said(open_page: Open, filled_home: Path) -> None:
    labels = [label.id for label in workspace(filled_home).taxonomy.labels][:20]
    app = open_page("trends", filled_home, label=labels, grain="quarter")
    assert "The first 8 of 20 labels" in words(app)
    heat = open_page("trends", filled_home, label=labels, grain="quarter", view="heat")
    assert len(next(trace for trace in figure(heat)["data"] if trace["type"] == "heatmap")["y"]) > 0
    assert "The first 8" not in words(heat)


def test_a_line_without_a_forecast_says_why(open_page: Open, filled_home: Path) -> None:
    said = words(open_page("trends", filled_home, label=LABEL, grain="quarter", forecast="1"))
    assert "Laws and regulations: no forecast, fewer than 24 complete periods" in said


def test_one_story_is_no_stories(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=LABEL, grain="day", point=f"{LABEL}|2024-01-01")
    shown = words(app)
    assert "1 stories" not in shown and ": 1 story" in shown


def test_what_a_feed_that_ended_left_behind_is_not_said_to_be_a_trend(open_page: Open, own_home: Path) -> None:
    add_feed(own_home, until=date(2025, 6, 30))
    app = open_page("trends", own_home, label="technology.training", grain="month", measure="share")
    said = words(app)
    assert "the odds of Training techniques move clearest" in said
    assert "Within the same sources and languages it is under half as large or not clear" in said
    assert "Drawn open, because it may come from a change of sources" in said
    assert "Training techniques, Jul 2025" in said
    assert "triangle-down-open" in json.dumps(figure(app))
    by_source = words(open_page("trends", own_home, label="technology.training", grain="month", split="source"))
    assert "change of sources" not in by_source
