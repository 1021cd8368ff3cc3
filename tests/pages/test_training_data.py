"""The report of what a training learns from, and imported sets, as pages place them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import get_settings
from core.domain.annotations import Verdict
from core.services import labelled_sets
from core.services.annotations import record_annotation
from tests.pages.conftest import words, workspace

PAGE = """
from core.services.training_data import Mix, training_data
from pages.shared import data, state, training_data as widget
from core.services.labelled_sets import list_sets

state.settle_language()
sets = tuple(known.id for known in list_sets(data.workspace()))
widget.draw_report(training_data(data.workspace(), Mix(bundled=False, sets=sets)).report)
widget.draw_sets()
"""


@pytest.fixture
def app(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("TRENDVANE_HOME", str(own_home))
    get_settings.cache_clear()
    return AppTest.from_string(PAGE, default_timeout=30)


def upload(app: AppTest, content: str) -> AppTest:
    app.file_uploader[0].upload("mine.csv", content.encode(), "text/csv")
    return next(button for button in app.button if button.label == "Import").click().run()


def test_data_that_is_too_few_says_so_and_names_the_gaps(app: AppTest, own_home: Path) -> None:
    record_annotation(workspace(own_home), 1, "market.demand", Verdict.PRESENT, author="Ann")
    app.run()
    assert not app.exception
    assert "1 texts are too few" in words(app).replace("\\", "")
    assert "Texts: 1 (Corrections 1)" in words(app)
    assert "No text to learn from" in words(app)
    (counts,) = [element.value for element in app.dataframe]
    assert counts[["Learnt from", "Calibrate", "Measured on"]].to_numpy().sum() == 5  # its labels, parents included


def test_a_set_comes_in_item_by_item_contradicts_a_correction_and_goes_again(app: AppTest, own_home: Path) -> None:
    opened = workspace(own_home)
    text = "Story 0 is about models. " * 8
    record_annotation(opened, 1, "market.demand", Verdict.ABSENT, author="Ann")
    app.run()
    app = upload(app, f'text,labels\n"{text}",market.demand\nAnother text,nonsense\n')
    assert not app.exception
    assert [known.name for known in labelled_sets.list_sets(opened)] == ["mine"]
    assert "mine: 1 text" in [element.value for element in app.success]
    shown = words(app).replace("\\", "")
    assert "mine.csv row 3: No such label: nonsense." in shown
    contradictions = app.dataframe[-1].value
    assert contradictions["Open"].tolist() == ["documents?id=1"]
    assert contradictions["Second"].tolist() == ["mine: Market demand"]
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception
    assert labelled_sets.list_sets(opened) == []
