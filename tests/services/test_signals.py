"""The signal map, the bursts and the story, each against the documents behind it."""

from collections.abc import Callable

import pytest

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.domain.taxonomy import LabelKind
from core.services.documents import find_documents
from core.services.signals import list_bursts, list_signals
from core.services.story import Fact, Topic, tell_story
from core.services.workspace import Workspace

RISING, STEADY = "technology.architecture.agents", "market.competition.funding"


@pytest.fixture
def filled(workspace: Workspace, add_stories: Callable[..., list[int]]) -> Workspace:
    """Fourteen months of 24 stories in two languages, of which one topic takes ever more and one stays."""
    months = [f"{2023 + place // 12}-{place % 12 + 1:02}" for place in range(14)]
    for place, month in enumerate(months):
        for lang in ("en", "zh"):
            kinds = {(RISING,): place // 2, (STEADY,): 2 if lang == "en" else 0}
            kinds[()] = 12 - sum(kinds.values())
            for labels, n in kinds.items():
                texts = [f"{month} {lang} {labels} {number}" for number in range(n)]
                if texts:
                    add_stories(texts, labels=labels, date=f"{month}-10", lang=lang)
    return workspace


def n_documents(workspace: Workspace, fact: Fact) -> int:
    labels = (fact.label_id,) if fact.label_id else ()
    wanted = DocumentFilter(**vars(fact.chosen), labels=labels, counted_at=Grain.MONTH)
    return find_documents(workspace, wanted).n_total


def test_a_label_that_grows_is_placed_as_rising_and_its_stories_can_be_opened(filled: Workspace) -> None:
    paths = list_signals(filled, grain=Grain.MONTH, chosen=Filter())
    assert paths is not None
    now = paths.last.set_index("label_id")
    assert now.loc[RISING, "momentum"] > 0
    assert now.loc[RISING, "significant"]
    assert not now.loc[STEADY, "significant"]
    row = now.loc[RISING]
    facts = {**vars(Filter()), "first": row["since"], "last": row["end"]}
    wanted = DocumentFilter(**facts, labels=(RISING,), counted_at=Grain.MONTH)
    assert find_documents(filled, wanted).n_total == row["n_recent"] == 2 * (5 + 6 + 6)
    assert row["total"] == 72
    assert (paths.frame.groupby("start").size() == len(now)).all()


def test_only_labels_of_the_asked_kinds_are_placed(filled: Workspace) -> None:
    paths = list_signals(filled, grain=Grain.MONTH, chosen=Filter(), kinds=[LabelKind.ASPECT])
    assert paths is not None
    assert set(paths.last["label_id"]) == {"technology.architecture", "market.competition"}
    assert list_signals(filled, grain=Grain.MONTH, chosen=Filter(sources=("Nobody",))) is None
    assert list_bursts(filled, grain=Grain.MONTH, chosen=Filter(sources=("Nobody",))).empty


def test_a_burst_names_the_stories_within_and_outside_it(filled: Workspace) -> None:
    burst = list_bursts(filled, grain=Grain.MONTH, chosen=Filter(), kinds=[LabelKind.TOPIC]).iloc[0]
    assert burst["label_id"] == RISING
    assert burst["n"] + burst["n_before"] == sum(2 * (place // 2) for place in range(14))
    assert burst["total"] + burst["total_before"] == 14 * 24
    assert burst["n"] / burst["total"] > 1.5 * burst["n_before"] / burst["total_before"]


def test_every_fact_of_the_story_counts_the_documents_that_it_leads_to(filled: Workspace) -> None:
    facts = {fact.topic: fact for fact in tell_story(filled, grain=Grain.MONTH, chosen=Filter())}
    assert list(facts) == [Topic.VOLUME, Topic.MOVED, Topic.LARGEST, Topic.SIGNALS, Topic.LANGUAGES]
    for topic in (Topic.VOLUME, Topic.MOVED, Topic.LARGEST, Topic.SIGNALS):
        assert n_documents(filled, facts[topic]) == facts[topic].figures["n"]
    assert facts[Topic.SIGNALS].label_id.startswith("technology.architecture")
    languages = facts[Topic.LANGUAGES]
    assert (languages.label_id, languages.figures["n"], languages.figures["n_before"]) == ("market.competition", 0, 24)
    assert n_documents(filled, languages) == 24


def test_there_is_no_story_of_a_single_period(filled: Workspace) -> None:
    assert tell_story(filled, grain=Grain.YEAR, chosen=Filter(sources=("Nobody",))) == []
