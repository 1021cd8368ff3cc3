"""The reader says why a label holds: words, what would change the decision, similar texts; and only when asked."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import PROJECT_ROOT
from core.db import documents
from core.domain.filters import DocumentFilter
from core.services.documents import find_documents, read_document
from core.services.tagging import tag_waiting
from core.services.workspace import Workspace
from pages.shared import markup
from tests.builders import NOW, prepared
from tests.pages.conftest import Open, all_of, words

ATTACK = "<script>alert('x')</script> <img src=x onerror=alert(1)> **bold** $x$ Regulators met. 监管机构讨论芯片。"


@pytest.fixture
def home(workspace: Workspace) -> Path:
    """A data directory with the tiny classifier and two documents that it has tagged."""
    with workspace.database.writing() as connection:
        source_id = documents.source_ids(connection, ["Wire"])["Wire"]
        for document in (
            prepared(ATTACK, title="<i>Title</i>"),
            prepared("Regulators met to talk about chips. " * 30, title="Long", cuts=3),
        ):
            documents.add_document(connection, document, source_id=source_id, job_item_id=None, now=NOW)
    assert tag_waiting(workspace, job_id=None) == 2
    return workspace.settings.home


@pytest.fixture
def ids(workspace: Workspace, home: Path) -> dict[str, str]:
    frame = find_documents(workspace, DocumentFilter()).frame
    return dict(zip(frame["title"], map(str, frame["id"]), strict=True))


def panel(app: AppTest) -> str:
    """Return the HTML that the page draws but the styles."""
    assert not app.exception
    return "\n".join(element.proto.body for element in all_of(app, "html") if "<style>" not in element.proto.body)


def explained(app: AppTest):
    return next(box for box in app.selectbox if box.label in ("Why, or why not", "为什么有（或没有）该标签"))


def test_nothing_is_asked_until_the_reader_wants_to_know(home: Path, ids: dict[str, str]) -> None:
    script = f"""
import os, sys
os.environ["TRENDVANE_HOME"] = {str(home)!r}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.switch_page("pages/documents.py")
app.query_params["id"] = {ids["Long"]!r}
assert not app.run().exception
assert app.button(key="why").label == "Why?"
assert "torch" not in sys.modules and "rjieba" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_button_opens_the_explanation_of_the_chosen_label_and_closes_it(
    open_page: Open, home: Path, ids: dict[str, str], workspace: Workspace
) -> None:
    app = open_page("documents", home, id=ids["Long"], lang="en")
    assert "tv-why" not in panel(app)
    app.button(key="why").click().run(timeout=120)
    label = app.query_params["why"]
    assert label in read_document(workspace, int(ids["Long"])).labelling.labels
    assert explained(app).value == label
    assert "This passage by itself gets the label" in panel(app)
    assert panel(app).count("tv-why") == 1
    assert "with the title before it" in words(app)
    app.button(key="why").click().run()
    assert "why" not in app.query_params
    assert "tv-why" not in panel(app)


def test_a_label_just_below_its_threshold_is_explained_by_what_keeps_it_away(
    open_page: Open, home: Path, ids: dict[str, str]
) -> None:
    app = open_page("documents", home, id=ids["<i>Title</i>"], lang="en")
    app.button(key="why").click().run(timeout=120)
    missed = explained(app).options[-1]
    assert "needed" in missed
    explained(app).select_index(len(explained(app).options) - 1).run(timeout=120)
    assert "does not get the label" in panel(app)
    assert "against it speaks" in panel(app).lower() or "No single sentence" in panel(app)


def test_the_explained_passage_is_shown_as_text_whatever_it_holds(
    open_page: Open, home: Path, ids: dict[str, str]
) -> None:
    app = open_page("documents", home, id=ids["<i>Title</i>"], lang="en")
    app.button(key="why").click().run(timeout=120)
    (explanation,) = [
        element.proto.body for element in all_of(app, "html") if 'class="tv-text tv-why"' in element.proto.body
    ]
    for tag in ("<script", "<img", "<i>Title"):
        assert tag not in panel(app)
    shown = unescape(re.sub("<[^>]+>", "", explanation))
    assert shown == f"<i>Title</i>\n{ATTACK}"


def test_similar_texts_are_read_only_when_asked_for(open_page: Open, home: Path, ids: dict[str, str]) -> None:
    app = open_page("documents", home, id=ids["Long"], lang="en", why="technology.training.peft")
    assert not (home / "vectors").exists()
    app.toggle[0].set_value(True).run(timeout=120)
    assert app.query_params["similar"] == "1"
    assert panel(app).count("similarity 0.") + panel(app).count("similarity 1") == 5
    assert "labelled texts, of" in words(app)
    assert list((home / "vectors").glob("*.npz"))


def test_a_model_whose_files_are_gone_is_said_on_the_page(open_page: Open, filled_home: Path) -> None:
    app = open_page("documents", filled_home, id="1", lang="en")
    app.button(key="why").click().run()
    assert not app.exception
    assert "The files of model" in app.error[0].value


def test_explanations_speak_chinese(open_page: Open, home: Path, ids: dict[str, str]) -> None:
    app = open_page("documents", home, id=ids["Long"], lang="zh_CN")
    app.button(key="why").click().run(timeout=120)
    assert app.button(key="why").label == "为什么？"
    assert "单看这一段落，该标签成立" in panel(app)
    assert "去掉后的概率" in panel(app) or "没有任何单个词" in words(app)


def test_words_are_escaped_and_marked_the_heavier_the_more_they_carry() -> None:
    marks = [markup.WordMark(8, 11, -0.1), markup.WordMark(0, 3, -0.4), markup.WordMark(4, 7, 0.2)]
    html = markup.weighed_text("<b> <i> <u>", marks, "#aa0000")
    assert "&lt;b&gt;</mark> <mark" in html
    assert "<b>" not in html
    assert "<i>" not in html
    heavy, against, light = html.split("<mark ")[1:]
    assert "border-bottom-width:4px" in heavy
    assert "border-bottom-width:2px" in light
    assert 'class="tv-against"' in against
    assert "background" not in against
    assert "−40.0 points" in heavy
    assert "<td>&lt;b&gt;</td>" in markup.words_table(["Word"], [["<b>"]])
