from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from core.trends.events import best_sentence, what_happened

OLD = "A chip factory in the harbour"
STRIKE = "Workers strike at the chip factory over {} pay"
FIRE = "A fire stops the chip factory, {} lost"
NOUNS = str.split("valve turbine copper garden violin window")


def stories(*groups):
    """Return stories of (text, lang, first day number, n), one a day."""
    rows = [
        (date(2024, 1, 1) + timedelta(days=first + i), lang, text.format(NOUNS[i % 6]))
        for text, lang, first, n in groups
        for i in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["day", "lang", "text"]).sort_values("day", kind="stable", ignore_index=True)
    frame = frame.assign(id=frame.index, title="")
    return frame, (frame["day"] >= date(2024, 3, 1)).to_numpy()


def told(frame, inside, most=2):
    chosen, _, terms = what_happened(frame, inside, np.ones(len(frame)), most=most)
    return [frame["text"][row] for row, _ in chosen], terms


def test_different_things_that_happened_are_told_not_one_twice():
    frame, inside = stories((OLD, "en", 0, 30), (STRIKE, "en", 60, 8), (FIRE, "en", 70, 5))
    texts, terms = told(frame, inside)
    assert [word for text in texts for word in ("strike", "fire") if word in text] == ["strike", "fire"]
    assert {"strike", "fire"} & {word for _, term in terms for word in term.lower().split()}


def test_the_earlier_of_equals_is_chosen():
    frame, inside = stories((OLD, "en", 0, 30), ("Workers strike", "en", 60, 6))
    chosen, _, _ = what_happened(frame, inside, np.ones(len(frame)), most=1)
    assert frame["day"][chosen[0][0]] == frame["day"][inside].min()


def test_both_languages_have_their_say_in_order_of_date():
    frame, inside = stories((STRIKE, "en", 60, 20), ("工人在芯片工厂罢工", "zh", 62, 2))
    chosen, _, _ = what_happened(frame, inside, np.ones(len(frame)), most=4)
    assert set(frame["lang"][[row for row, _ in chosen]]) == {"en", "zh"}
    days = [frame["day"][row] for row, _ in chosen]
    assert days == sorted(days) and len(chosen) == 4


def test_an_improbable_label_counts_for_less():
    frame, inside = stories(("Workers strike", "en", 60, 6))
    chances = np.where(frame.index == 3, 0.9, 0.1)
    assert [row for row, _ in what_happened(frame, inside, chances, most=1)[0]] == [3]


@pytest.mark.parametrize("text", [OLD, "\u202e<b></b>", ""])
def test_one_story_tells_itself(text):
    frame, inside = stories((text, "en", 60, 1))
    assert told(frame, inside) == ([text], [])


def test_the_sentence_with_the_salient_words_in_the_likely_passage_is_chosen():
    sentences = ["It rained in the harbour all morning.", "The strike began at noon.", "The strike ended at six."]
    weights = {"strike": 3.0, "harbour": 0.5}
    assert best_sentence(sentences, [0.9, 0.9, 0.2], weights) == 1
    assert best_sentence(sentences, [0.9, 0.1, 0.9], weights) == 2


def test_where_no_word_is_salient_the_first_sentence_speaks():
    assert best_sentence(["Nothing.", "Nothing at all happened today."], [0.5, 0.5], {}) == 0
