from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from core.trends.new_terms import COLUMNS, new_terms

SINCE = date(2024, 7, 1)
NO_LABELS = pd.DataFrame({"document_id": [], "label_id": []})
NOUNS = str.split("valve turbine copper harbour garden violin window bridge cheese engine forest lantern marble needle")


def stories(*groups):
    """Return stories of (n, text, month, lang, source); {} in a text becomes a varying word."""
    rows = []
    for n, text, month, lang, source in groups:
        for i in range(n):
            day = date(2024, month, 1) + timedelta(days=i % 28)
            rows.append((day, lang, source, "", text.format(NOUNS[i % len(NOUNS)])))
    frame = pd.DataFrame(rows, columns=["day", "lang", "source", "title", "text"]).sort_values("day", kind="stable")
    return frame.assign(id=range(1, len(frame) + 1)).reset_index(drop=True)


BEFORE = (60, "A {} factory", 3, "en", "Wire")


def test_what_is_said_now_and_was_not_before_is_found_with_its_evidence():
    texts = stories(BEFORE, (30, "A {} factory", 8, "en", "Wire"), (8, "A reasoning model", 8, "en", "Blog"))
    row = new_terms(texts, NO_LABELS, since=SINCE).iloc[0]
    assert (row.term, row.n, row.total, row.n_before, row.total_before) == ("reasoning model", 8, 38, 0, 60)
    assert (row.share, row.share_before) == pytest.approx((8 / 38, 0))
    assert row.fresh and row.significant and 0 < row.low < row.log_odds
    assert (row.first_day, row.n_sources) == (date(2024, 8, 1), 1)
    first = texts[texts["text"].str.contains("reasoning")]["id"].tolist()
    assert row.first_id == first[0] and row.document_ids == first[:5]


def test_fragments_of_a_longer_term_are_not_listed_beside_it():
    texts = stories(BEFORE, (12, "The model context protocol", 8, "en", "Wire"))
    assert new_terms(texts, NO_LABELS, since=SINCE)["term"].tolist() == ["model context protocol"]


def test_a_term_said_before_is_not_fresh_and_the_first_to_say_it_is_named():
    texts = stories(BEFORE, (1, "An agent", 1, "en", "Wire"), (12, "An agent", 8, "en", "Wire"))
    row = new_terms(texts, NO_LABELS, since=SINCE).iloc[0]
    assert (row.term, bool(row.fresh), row.first_day, row.n_before) == ("agent", False, date(2024, 1, 1), 1)


def test_each_language_is_compared_with_itself():
    more_chinese = (40, "芯片工厂", 8, "zh", "Wire")
    texts = stories(BEFORE, (4, "芯片工厂", 3, "zh", "Wire"), more_chinese, (2, "A {} factory", 8, "en", "Wire"))
    assert new_terms(texts, NO_LABELS, since=SINCE).empty


def test_both_languages_are_listed():
    texts = stories(
        *(BEFORE, (60, "芯片工厂", 3, "zh", "Wire")),
        *((12, "A reasoning model", 8, "en", "Wire"), (12, "推出智能体", 8, "zh", "Wire")),
    )
    frame = new_terms(texts, NO_LABELS, since=SINCE)
    assert {("en", "reasoning model"), ("zh", "智能体")} <= set(zip(frame["lang"], frame["term"], strict=True))


def test_a_term_goes_with_the_label_that_stands_out_among_its_stories():
    texts = stories(BEFORE, (20, "A {} factory", 8, "en", "Wire"), (8, "A reasoning model", 8, "en", "Wire"))
    own = texts["text"].str.contains("reasoning")
    rows = [(id_, "technology") for id_ in texts["id"]] + [(id_, "technology.training") for id_ in texts["id"][own]]
    labels = pd.DataFrame(rows, columns=["document_id", "label_id"])
    assert new_terms(texts, labels, since=SINCE)["label_id"].tolist() == ["technology.training"]


def test_random_differences_are_seldom_called_significant():
    rng = np.random.default_rng(0)
    words = np.array([f"word{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"])
    found = 0
    for _ in range(20):
        texts = stories(BEFORE, (30, "x", 8, "en", "Wire"))
        texts["text"] = [". ".join(rng.choice(words, size=12)) for _ in range(len(texts))]
        found += int(new_terms(texts, NO_LABELS, since=SINCE)["significant"].sum() > 0)
    assert found <= 2


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(stories(BEFORE).iloc[:0], id="no stories"),
        pytest.param(stories(BEFORE), id="nothing now"),
        pytest.param(stories((30, "A {} factory", 8, "en", "Wire")), id="nothing before"),
        pytest.param(stories((1, "A lonely story", 8, "en", "Wire")), id="one story"),
        pytest.param(stories((5, "<b>\x00</b>", 3, "en", "Wire"), (5, "\u202e", 8, "en", "Wire")), id="no words"),
    ],
)
def test_without_two_sides_there_is_nothing_new(texts):
    frame = new_terms(texts, NO_LABELS, since=SINCE)
    assert frame.empty
    assert tuple(frame.columns) == COLUMNS
