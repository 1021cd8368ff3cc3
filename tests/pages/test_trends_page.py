"""The page of trends: its chart, the documents behind a point, the table."""

import json
from pathlib import Path

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import share_over_time
from tests.pages.conftest import Open, all_of, words, workspace

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
