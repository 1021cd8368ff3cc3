"""The page of signals: its map, its tables and the documents behind a row."""

import json
from pathlib import Path

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.signals import list_signals
from tests.pages.conftest import Open, all_of, words, workspace

LABEL = "policy.regulation"


def test_the_map_is_placed_said_and_tabled(open_page: Open, filled_home: Path) -> None:
    app = open_page("signals", filled_home, grain="month", kind="aspect")
    paths = list_signals(workspace(filled_home), grain=Grain.MONTH, chosen=Filter())
    row = paths.last.set_index("label_id").loc[LABEL]
    assert "Laws and regulations" in json.dumps(json.loads(all_of(app, "plotly_chart")[0].proto.spec))
    table = app.dataframe[0].value.set_index("Label").loc["Laws and regulations"]
    assert table["Stories"] == row["n_recent"]
    assert "labels" in words(app)
    assert "clearly" in words(app)


def test_what_was_clicked_leads_to_its_documents_and_its_trend(open_page: Open, filled_home: Path) -> None:
    row = list_signals(workspace(filled_home), grain=Grain.MONTH, chosen=Filter()).last.set_index("label_id").loc[LABEL]
    app = open_page("signals", filled_home, grain="month", point=f"{LABEL}|{row['since']}|{row['end']}")
    assert app.subheader[-1].value.endswith(f": {row['n_recent']} stories")
    link = next(e.proto for e in all_of(app, "page_link") if e.proto.label == "Its trend")
    assert f"label={LABEL}" in link.query_string


def test_a_point_that_cannot_be_read_is_no_point(open_page: Open, filled_home: Path) -> None:
    for point in ("x", "x|y|z", f"{LABEL}|2024-01-01"):
        app = open_page("signals", filled_home, point=point)
        assert not app.exception
        assert not app.error


def test_filters_that_leave_nothing_say_so(open_page: Open, filled_home: Path) -> None:
    assert "No complete period" in words(open_page("signals", filled_home, sector="sector.education"))
