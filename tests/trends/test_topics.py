from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.trends.topics import propose
from core.trends.vectors import clusters, latent, weighted_terms

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
QUANTUM = "Quantum annealing with {} qubits and cryogenic control"
SCHOOLS = "教育部要求中小学开设{}课程，编写教材并培训教师"
NOUNS = str.split("valve turbine copper harbour garden violin window bridge cheese engine forest lantern")


def stories(groups):
    rows = [
        (text.format(NOUNS[i % len(NOUNS)]), lang, month, unfit)
        for text, lang, n, month, unfit in groups
        for i in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["text", "lang", "month", "unfit"])
    frame["day"] = [date(2024, month, 1) for month in frame["month"]]
    frame = frame.assign(title="", id=range(len(frame))).sort_values("day", kind="stable", ignore_index=True)
    return frame, frame["unfit"].to_numpy()


FITTING = [("A {} factory opens", "en", 60, 3, False), ("芯片{}工厂投产", "zh", 60, 9, False)]


def test_groups_of_stories_that_fit_no_label_are_proposed_in_both_languages_with_their_growth():
    frame, unfit = stories([*FITTING, (QUANTUM, "en", 12, 10, True), (SCHOOLS, "zh", 8, 2, True)])
    found = {p.lang: p for p in propose(frame, unfit, first=FIRST, last=LAST)}
    assert (found["en"].n, found["zh"].n) == (12, 8)
    assert "quantum annealing" in [term.lower() for term in found["en"].terms]
    assert any("教材" in term or "中小学" in term for term in found["zh"].terms)
    assert (found["en"].n_earlier, found["en"].n_later) == (0, 12)
    assert found["en"].change > 0 > found["zh"].change
    assert found["en"].low < found["en"].change <= found["en"].high
    assert list(found["en"].similarities) == sorted(found["en"].similarities, reverse=True)
    texts = frame.set_index("id")["text"]
    assert all("annealing" in texts[id_] for id_ in found["en"].document_ids)


def test_two_themes_become_two_proposals_and_scattered_stories_none():
    chips = "Fusion reactors with {} magnets and tokamak plasma"
    scattered = [(f"{noun} alone", "en", 1, 5, True) for noun in NOUNS]
    frame, unfit = stories([*FITTING, (QUANTUM, "en", 10, 10, True), (chips, "en", 10, 4, True), *scattered])
    found = propose(frame, unfit, first=FIRST, last=LAST)
    assert sorted(p.n for p in found) == [10, 10]


def test_the_same_stories_give_the_same_proposals():
    frame, unfit = stories([*FITTING, (QUANTUM, "en", 12, 10, True), (SCHOOLS, "zh", 8, 2, True)])
    assert propose(frame, unfit, first=FIRST, last=LAST) == propose(frame, unfit, first=FIRST, last=LAST)


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(FITTING, id="everything fits"),
        pytest.param([*FITTING, (QUANTUM, "en", 3, 10, True)], id="too few"),
        pytest.param([("\u202e<b></b>", "en", 90, 3, True)], id="no words"),
        pytest.param([("the same story", "en", 90, 3, True)], id="all alike, nothing to tell them from"),
        pytest.param([], id="no stories"),
    ],
)
def test_nothing_is_proposed_without_a_group_that_stands_apart(groups):
    frame, unfit = stories(groups)
    assert propose(frame, unfit.astype(bool), first=FIRST, last=LAST) == []


def test_many_stories_are_grouped_by_what_they_are_about():
    from scipy.sparse import csr_array

    rng = np.random.default_rng(0)
    theme = np.repeat(np.arange(4), 50)
    chance = np.full((200, 120), 0.02)
    for number in range(4):
        chance[theme == number, number * 30 : number * 30 + 10] = 0.6
    vectors = latent(weighted_terms(csr_array((rng.random((200, 120)) < chance).astype(float))))
    group = clusters(vectors, 4)
    assert [len(set(group[theme == number].tolist())) for number in range(4)] == [1] * 4
    assert len(set(group.tolist())) == 4
