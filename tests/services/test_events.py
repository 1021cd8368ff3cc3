from collections.abc import Callable
from datetime import date

import pytest

from core.domain.filters import Filter
from core.errors import InputError
from core.services import events
from core.services.workspace import Workspace

HARDWARE = "technology.optimization.hardware"
NOUNS = str.split("valve turbine copper harbour garden violin window bridge")
MARCH = {"first": date(2024, 3, 1), "last": date(2024, 3, 31)}


@pytest.fixture
def filled(workspace: Workspace, add_stories: Callable[..., list[int]]) -> Workspace:
    add_stories([f"A chip plant with a {noun}." for noun in NOUNS], labels=(HARDWARE,), date="2024-01-09")
    strike = [f"It rained near the {noun}. Chip workers began a strike on Monday. They went home." for noun in NOUNS]
    add_stories(strike, labels=(HARDWARE,), date="2024-03-09")
    add_stories(["天下雨。芯片工厂工人开始罢工。"], labels=(HARDWARE,), date="2024-03-12", lang="zh")
    add_stories(["Something else happened."], labels=("market.demand",), date="2024-03-10")
    return workspace


def test_a_period_is_told_by_its_own_sentences_with_their_evidence(filled: Workspace) -> None:
    found = events.what_happened(filled, HARDWARE, **MARCH, chosen=Filter(), most=3)
    assert (found.n, found.n_other) == (9, 8)
    assert [event.lang for event in found.events] == ["en", "en", "zh"]
    first = found.events[0]
    assert first.sentence == "Chip workers began a strike on Monday."
    assert (str(first.date), first.source, first.passage) == ("2024-03-09", "Wire", 0)
    assert first.probability == pytest.approx(0.9, abs=0.01)
    assert ("en", "strike") in [(lang, term.split()[-1]) for lang, term in found.terms] or found.terms


def test_filters_hold_for_the_period_and_its_background(filled: Workspace) -> None:
    found = events.what_happened(filled, HARDWARE, **MARCH, chosen=Filter(langs=("zh",)))
    assert [event.lang for event in found.events] == ["zh"]
    assert (found.n, found.n_other) == (1, 0)
    narrow = events.what_happened(filled, HARDWARE, **MARCH, chosen=Filter(first=date(2024, 3, 5)))
    assert (narrow.n, narrow.n_other) == (9, 0)


def test_a_silent_period_has_no_events(filled: Workspace) -> None:
    found = events.what_happened(filled, HARDWARE, first=date(2024, 2, 1), last=date(2024, 2, 29), chosen=Filter())
    assert (found.events, found.n) == ([], 0)


def test_a_period_the_wrong_way_round_and_an_unknown_label_are_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="swap them"):
        events.what_happened(workspace, HARDWARE, first=date(2024, 2, 2), last=date(2024, 2, 1), chosen=Filter())
    with pytest.raises(InputError, match="No such label"):
        events.what_happened(workspace, "nonsense", **MARCH, chosen=Filter())
