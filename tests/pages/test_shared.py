"""What pages share: parameters of the address, marked text, errors."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.config import PROJECT_ROOT
from core.db import models
from core.domain.dates import Grain
from core.domain.documents import Reason
from core.domain.filters import DocumentFilter
from core.services.documents import Reading, ReadingTagging, TaggedPassage
from pages.shared import address, markup, reader, text
from tests.builders import NOW
from tests.pages.conftest import PAGES, Open, words, workspace


def test_drawing_every_page_loads_no_torch(filled_home: Path) -> None:
    script = f"""
import os, sys
os.environ["TRENDVANE_HOME"] = {str(filled_home)!r}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
for page in {PAGES[1:]!r}:
    assert not app.switch_page(f"pages/{{page}}.py").run().exception, page
loaded = {{"torch", "transformers", "sklearn", "trafilatura", "dateparser"}} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_link_to_a_page_works_on_a_server_that_has_drawn_nothing_yet(filled_home: Path, open_page: Open) -> None:
    app = open_page("trends", filled_home)  # AppTest runs the page's own file first, as such a server does
    assert app.sidebar.get("button_group")
    assert app.title[0].value == "Trends"


def test_a_link_holds_the_whole_filter_and_nothing_empty() -> None:
    chosen = DocumentFilter(query="chips", labels=("market", "policy"), counted_at=Grain.MONTH, job_id=7)
    assert address.link(chosen, ID=3) == {
        "id": ["3"],
        "q": ["chips"],
        "label": ["market", "policy"],
        "job": ["7"],
        "counted": ["month"],
    }


def test_a_parameter_that_cannot_be_read_counts_as_absent() -> None:
    def page() -> None:
        import streamlit as st

        from pages.shared import address

        st.write(
            repr(
                (
                    address.FIRST.read(),
                    address.ID.read(),
                    address.PAGE.read(),
                    address.read_document_filter().counted_at,
                )
            )
        )

    app = AppTest.from_function(page)
    app.query_params.update({"from": "yesterday", "id": "-4", "page": "1e9", "counted": "fortnight"})
    assert app.run().markdown[0].value == "(None, None, None, None)"


def test_marked_text_escapes_everything_and_shades_by_strength() -> None:
    passages = [TaggedPassage(0, 8, {}), TaggedPassage(8, 16, {}), TaggedPassage(16, 24, {})]
    html = markup.marked_text(
        "<b>one. <i>two. <script>x", passages, markup.Marks("#aa0000", {0: 0.9, 2: 0.1}), start=0, end=25
    )
    plain = html.replace("</mark>", "").split(">", 1)[1].removesuffix("</div>")
    assert "<b" not in html and "<i" not in html and "<script" not in html
    assert "&lt;b&gt;one. " in plain
    strong, weak = (int(part[:2], 16) for part in html.split("#aa0000")[1:])
    assert strong > weak
    assert html.count("<mark") == 2


def test_a_part_of_a_text_is_marked_within_its_bounds() -> None:
    html = markup.marked_text("abcdefgh", [TaggedPassage(2, 6, {})], markup.Marks("#aa0000", {0: 1.0}), start=4, end=8)
    assert ">ef</mark>gh</div>" in html
    assert "abcd" not in html


def test_the_chosen_passage_is_underlined_whether_it_is_shaded_or_not() -> None:
    passages = [TaggedPassage(0, 4, {}), TaggedPassage(4, 8, {})]
    html = markup.marked_text("abcdefgh", passages, markup.Marks("#aa0000", {0: 1.0}, chosen=1), start=0, end=8)
    assert '<mark class="tv-chosen" style="background:transparent">efgh</mark>' in html


def test_an_unexpected_error_is_a_plain_sentence_with_its_traceback_beside_it() -> None:
    def page() -> None:
        from pages.shared import failures

        with failures.shown():
            raise ZeroDivisionError("of ours")

    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.error[0].value.startswith("Something went wrong")
    assert "ZeroDivisionError: of ours" in app.code[0].value


def test_a_stored_reason_is_told_with_its_parameters() -> None:
    reason = Reason("{name} is empty (0 bytes); choose a file with text in it.", {"name": "a.txt"})
    assert text.message(reason) == "a.txt is empty (0 bytes); choose a file with text in it."


def test_a_place_in_a_file_keeps_names_of_files_within_it() -> None:
    assert text.place("inner/line 4.txt") == "inner/line 4.txt"
    assert text.place("sheet A row 2") == "sheet A row 2"


def shown(app: AppTest) -> dict[str, list[str]]:
    """Return the parameters in the address."""
    return {name: [value] if isinstance(value, str) else value for name, value in app.query_params.items()}


def test_filters_come_along_by_the_sidebar_and_a_link_brings_its_own(open_page: Open, filled_home: Path) -> None:
    app = open_page("trends", filled_home, source="Wire", label="policy", **{"from": "2025-01-01"})
    app.query_params.clear()  # the sidebar's links carry no parameters
    app.switch_page("pages/documents.py").run()
    assert shown(app) == {"source": ["Wire"], "from": ["2025-01-01"]}
    app.query_params.clear()
    app.switch_page("pages/trends.py").run()
    assert shown(app) == {"source": ["Wire"], "from": ["2025-01-01"], "label": ["policy"]}
    app.query_params.clear()
    app.query_params["q"] = "models"
    app.switch_page("pages/documents.py").run()
    assert shown(app) == {"q": ["models"]}


def test_filters_that_were_cleared_do_not_come_back(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, source="Wire")
    next(button for button in app.button if button.label == "Clear filters").click().run()
    app.query_params.clear()
    app.switch_page("pages/trends.py").run()
    assert shown(app) == {}


def test_a_part_of_a_long_text_begins_with_a_passage() -> None:
    spans = [(0, 20_000), (20_000, 40_000), (40_000, 50_000), (50_000, 75_000)]
    tagged = ReadingTagging("m", "1", NOW, {}, {}, tuple(TaggedPassage(*span, {}) for span in spans))

    def reading(text: str, tagging: ReadingTagging | None) -> Reading:
        return Reading(1, "", text, "en", None, "", "", "", NOW, "", pd.DataFrame(), tagging)

    assert reader.part_borders(reading("x" * 75_000, tagged)) == [0, 20_000, 50_000, 75_000]
    assert reader.part_borders(reading("x" * 70_000, None)) == [0, 30_000, 60_000, 70_000]
    assert reader.part_borders(reading("short", None)) == [0, 5]


def test_the_model_that_came_with_the_app_is_called_the_default_one(own_home: Path, open_page: Open) -> None:
    assert "Model model\\-1, label tree 1" in words(open_page("overview", own_home))
    with workspace(own_home).database.writing() as connection:
        models.add_model_version(
            connection, replace(workspace(own_home).champion(), id="0123456789ab", folder="models/default")
        )
        models.set_champion(connection, "0123456789ab")
        models.bump_revision(connection)
    assert "Default model 0123456, label tree 1" in words(open_page("overview", own_home))


def test_a_quoted_passage_is_escaped_and_says_how_probable_its_label_is() -> None:
    html = markup.quote("one\n\n<b>two", 0.873, "#aa0000")
    assert "87%" in html
    assert "one &lt;b&gt;two" in html
    assert "border-color:#aa0000" in html


def test_lengths_of_time_are_said_in_both_languages() -> None:
    def said() -> None:
        import streamlit as st

        from core.domain.dates import Grain
        from pages.shared.text import bins

        st.write(" | ".join(bins(n, grain) for grain in Grain for n in (1, 5)))

    found = {}
    for lang in ("en", "zh_CN"):
        app = AppTest.from_function(said)
        app.session_state["language"] = lang
        found[lang] = app.run().markdown[0].value
    assert "1 month | 5 months" in found["en"] and "5 weeks" in found["en"]
    assert "5个月" in found["zh_CN"] and "5 quarters" not in found["zh_CN"]
    assert "duration" not in found["zh_CN"]
