from collections.abc import Callable
from datetime import date

import pytest

from core.domain.filters import Filter
from core.errors import InputError
from core.services import terms
from core.services.workspace import Workspace

NOUNS = str.split("valve turbine copper harbour garden violin window bridge cheese engine forest lantern")
GPT = ("technology.architecture.gpt",)


@pytest.fixture
def filled(workspace: Workspace, add_stories: Callable[..., list[int]]) -> Workspace:
    for number, month in enumerate(("2023-02", "2023-05", "2023-09", "2024-01", "2024-03")):
        add_stories([f"A {noun} factory, {number}" for noun in NOUNS], labels=GPT, date=f"{month}-05")
    add_stories([f"Reasoning models and a {noun}" for noun in NOUNS], labels=GPT, date="2024-06-10", source="Blog")
    add_stories([f"Dated to the year: reasoning models, {noun}" for noun in NOUNS[:3]], labels=GPT, date="2024")
    layoffs = [f"Mass layoffs and severance at the {noun} plant" for noun in NOUNS]
    add_stories(layoffs, labels=("market.competition",), date="2024-06-12")
    return workspace


def test_new_terms_are_those_of_the_end_of_the_period(filled: Workspace) -> None:
    found = terms.list_new_terms(filled, chosen=Filter())
    assert found is not None
    assert (found.since, found.n_before, found.n_now) == (date(2024, 3, 1), 48, 36)
    row = found.frame.set_index("term").loc["Reasoning models"]
    assert (row["n"], row["n_before"], row["label_id"]) == (12, 0, GPT[0])


def test_labels_dates_and_filters_narrow_down(filled: Workspace) -> None:
    def said(**options: object) -> list[str]:
        found = terms.list_new_terms(filled, **{"chosen": Filter(), **options})  # type: ignore[arg-type]
        return [] if found is None else found.frame["term"].tolist()

    assert "layoffs" not in " ".join(said(labels=GPT))
    assert "Reasoning models" in said(labels=GPT, since=date(2024, 6, 1))
    assert said(chosen=Filter(last=date(2024, 5, 31))) == []
    assert said(chosen=Filter(sources=("Blog",))) == []


def test_a_story_dated_to_the_year_counts_where_the_borders_are_those_of_years(filled: Workspace) -> None:
    by_month = terms.list_new_terms(filled, chosen=Filter(), since=date(2024, 2, 1))
    by_year = terms.list_new_terms(filled, chosen=Filter(), since=date(2024, 1, 1))
    assert by_month is not None and by_year is not None
    assert (by_month.n_now, by_year.n_now) == (36, 12 + 36 + 3)


def test_a_day_outside_the_period_and_an_unknown_label_are_refused(filled: Workspace) -> None:
    with pytest.raises(InputError, match="outside the period"):
        terms.list_new_terms(filled, chosen=Filter(), since=date(2030, 1, 1))
    with pytest.raises(InputError, match="No such label"):
        terms.list_new_terms(filled, chosen=Filter(), labels=["nonsense"])


def test_stories_that_carry_an_aspect_but_no_topic_are_proposed_as_one(filled: Workspace) -> None:
    found = terms.propose_topics(filled, chosen=Filter())
    assert (found.n_unfit, found.n_stories) == (12, 87)
    (topic,) = found.topics
    assert topic.n == 12 and any("layoffs" in term for term in topic.terms)
    assert terms.propose_topics(filled, chosen=Filter(), labels=GPT).topics == []


def test_what_waits_to_be_tagged_is_not_taken_for_unfit(filled: Workspace, add_stories: Callable[..., object]) -> None:
    add_stories([f"Untagged {noun}" for noun in NOUNS], labels=None)
    assert terms.propose_topics(filled, chosen=Filter()).n_unfit == 12


def test_an_aspect_without_topics_fits(workspace: Workspace, add_stories: Callable[..., object]) -> None:
    add_stories(["A standard"], labels=("policy.standards",))
    assert terms.propose_topics(workspace, chosen=Filter()).n_unfit == 0


def test_nothing_comes_of_nothing(workspace: Workspace) -> None:
    assert terms.list_new_terms(workspace, chosen=Filter()) is None
    assert terms.propose_topics(workspace, chosen=Filter()).topics == []


def test_all_on_one_day_has_no_before(workspace: Workspace, add_stories: Callable[..., object]) -> None:
    add_stories([f"A {noun} factory" for noun in NOUNS], labels=GPT)
    found = terms.list_new_terms(workspace, chosen=Filter())
    assert found is not None
    assert (found.frame.empty, found.n_before, found.n_now) == (True, 0, 12)


def test_of_more_stories_than_are_read_an_even_part_is_always_the_same(filled: Workspace) -> None:
    whole = terms.list_new_terms(filled, chosen=Filter(), since=date(2024, 6, 1))
    part, again = (
        terms.list_new_terms(filled, chosen=Filter(), since=date(2024, 6, 1), most_read=40) for _ in range(2)
    )
    assert whole is not None and part is not None and again is not None
    assert part.n_all == whole.n_all == whole.n_now + whole.n_before == 84
    assert 15 <= part.n_now <= 24 and 15 <= part.n_before <= 25
    assert part.frame.equals(again.frame)
    assert set(part.frame["first_id"]) <= set(range(1, 100))
    of_label = terms.propose_topics(filled, chosen=Filter(), labels=GPT, most_read=20)
    assert of_label.n_stories <= 30 < of_label.n_all == 75
