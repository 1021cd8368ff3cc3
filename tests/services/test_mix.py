"""What is said to move when a feed ends, and when labels do move."""

from collections.abc import Callable
from datetime import date

import pytest

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.mix import Verdict
from core.services.outlook import find_marks
from core.services.shares import Split
from core.services.signals import list_bursts, list_signals
from core.services.story import Topic, tell_story
from core.services.trends import what_moved
from core.services.workspace import Workspace

LEFT, RISEN = "policy.regulation", "technology.architecture.agents"
"""The first is in most stories of the feed that ends and in few of the other; the second rises in the other."""


@pytest.fixture
def filled(workspace: Workspace, add_stories: Callable[..., list[int]]) -> Workspace:
    """Eighteen months of a wire; a feed of papers ends with the twelfth, and a label rises with the thirteenth."""
    for place in range(18):
        month = f"{2024 + place // 12}-{place % 12 + 1:02}"
        parts = [("Wire", LEFT, 2), ("Wire", RISEN, 1 if place < 12 else 6), ("Wire", "", 9 if place < 12 else 4)]
        parts += [("Papers", LEFT, 8), ("Papers", "", 2)] if place < 12 else []
        for source, label, n in parts:
            texts = [f"{month} {source} {label} {number}" for number in range(n)]
            add_stories(texts, labels=(label,) if label else (), date=f"{month}-10", source=source)
    return workspace


def test_a_step_that_a_feed_left_behind_is_told_from_one_of_the_label(filled: Workspace) -> None:
    marks = find_marks(filled, [LEFT, RISEN], grain=Grain.MONTH, chosen=Filter())
    steps = marks[(marks["kind"] != "burst") & (marks["start"] == date(2025, 1, 1))].set_index("label_id")
    assert steps["kind"].to_dict() == {LEFT: "fall", RISEN: "rise"}
    assert steps["within"].to_dict() == {LEFT: Verdict.NOT_WITHIN, RISEN: Verdict.HOLDS}


def test_where_a_line_is_of_one_source_all_of_its_marks_hold(filled: Workspace) -> None:
    marks = find_marks(filled, [RISEN], grain=Grain.MONTH, chosen=Filter(), split=Split.SOURCE)
    assert len(marks)
    assert set(marks["within"]) == {Verdict.HOLDS}
    alone = find_marks(filled, [LEFT], grain=Grain.MONTH, chosen=Filter(sources=("Wire",)))
    assert alone.empty


def test_a_label_that_fades_with_its_feed_is_noted_among_the_signals(filled: Workspace) -> None:
    paths = list_signals(filled, grain=Grain.MONTH, chosen=Filter())
    assert paths is not None
    now = paths.last.set_index("label_id")
    assert now.loc[[LEFT, RISEN], "within"].tolist() == [Verdict.NOT_WITHIN, Verdict.HOLDS]
    assert now.loc[LEFT, "momentum"] < 0
    earlier = paths.frame[paths.frame["start"] < paths.frame["start"].max()]
    assert set(earlier["within"]) == {""}
    bursts = list_bursts(filled, grain=Grain.MONTH, chosen=Filter())
    assert set(bursts["within"][bursts["label_id"] == RISEN]) == {Verdict.HOLDS}


def test_the_headline_is_a_change_that_holds_within_sources(filled: Workspace) -> None:
    to_spring = Filter(last=date(2025, 3, 31))
    moved = what_moved(filled, grain=Grain.QUARTER, chosen=to_spring)
    assert moved is not None
    rows = moved.frame.set_index("label_id")
    assert rows.loc[[LEFT, RISEN], "significant"].all()
    assert rows.loc[[LEFT, RISEN], "within"].tolist() == [Verdict.NOT_WITHIN, Verdict.HOLDS]
    facts = {fact.topic: fact for fact in tell_story(filled, grain=Grain.QUARTER, chosen=to_spring)}
    assert facts[Topic.MOVED].figures["within"] == Verdict.HOLDS
    assert facts[Topic.MOVED].label_id.startswith("technology.architecture")


def test_a_feed_that_takes_anothers_place_leaves_nothing_to_compare(
    workspace: Workspace, add_stories: Callable[..., list[int]]
) -> None:
    for quarter, source, n in (("2024-02", "Papers", 24), ("2024-05", "Wire", 3)):
        add_stories([f"{source} law {number}" for number in range(n)], labels=(LEFT,), date=quarter, source=source)
        add_stories([f"{source} news {number}" for number in range(30 - n)], date=quarter, source=source)
    moved = what_moved(workspace, grain=Grain.QUARTER, chosen=Filter())
    assert moved is not None
    assert set(moved.frame["within"]) == {Verdict.NO_COMMON}
