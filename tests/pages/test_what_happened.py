"""What happened behind a point of the trends: events in order of time, each a sentence of its document."""

from pathlib import Path

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import share_over_time
from tests.pages.conftest import Open, all_of, words, workspace

LABEL = "policy.regulation"
POINT = f"{LABEL}|2025-10-01"


def test_a_point_tells_what_happened_then(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=LABEL, grain="quarter", point=POINT, behind="story")
    frame = share_over_time(workspace(filled_home), [LABEL], grain=Grain.QUARTER, chosen=Filter()).frame
    n = frame[frame["start"].astype(str) == "2025-10-01"]["n"].iloc[0]
    said = words(app)
    assert app.subheader[0].value == f"Laws and regulations, Q4 2025: {n} stories"
    assert f"6 of the {n} stories of the period" in said
    assert "Oct" in said and "“Story " in said
    links = [e.proto.query_string for e in all_of(app, "page_link") if f"evidence={LABEL}" in e.proto.query_string]
    assert len(links) == 6 and all("passage=1" in link for link in links)
    assert len(app.dataframe[0].value) == 6


def test_documents_come_first_and_the_choice_is_in_the_address(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, label=LABEL, grain="quarter", point=POINT)
    assert 'class="tv-when"' not in words(app) and 'class="tv-row"' in words(app)
    choice = next(group for group in app.main.get("button_group") if "What happened" in group.options)
    choice.set_value("story").run()
    assert "story" in app.query_params["behind"]
    assert 'class="tv-when"' in words(app) and POINT in app.query_params["point"]


def test_a_point_without_stories_says_so(open_page: Open, filled_home: Path) -> None:
    label = "policy.standards"
    for behind in ("story", "documents"):
        app = open_page("trends", filled_home, label=label, grain="quarter", point=f"{label}|2025-10-01", behind=behind)
        assert not app.exception and "No story" in words(app)
