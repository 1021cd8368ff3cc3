import pytest

from core.trends.terms import find_terms
from core.trends.words import read_words


def terms(*texts, times=3):
    """Return the terms of texts that are each said in three documents."""
    table = find_terms([text for text in texts for _ in range(times)])
    return [table.name(term) for term in range(len(table.length))]


def test_names_keep_their_hyphens_digits_and_dots():
    assert {"GPT-4o", "Llama 3.1", "R1"} <= set(terms("We tried GPT-4o. Then Llama 3.1! Then R1?"))


def test_a_word_is_one_in_any_case_and_number_and_is_shown_as_written_most_often():
    table = find_terms(["Agents plan.", "agents act.", "An agent; agents."])
    assert (table.name(0), table.count(range(3)).tolist()[0]) == ("agents", 3)


def test_chinese_words_join_to_phrases_and_a_single_character_is_no_term():
    found = terms("智能体与具身智能", "智能制造", "身体健康，体操，智能手机")
    assert {"智能体", "具身智能"} <= set(found)
    assert not [term for term in found if len(term) == 1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("In January 2025, on Monday the 3rd of May", id="English calendar"),
        pytest.param("2025年3月12日，今年一季度以来", id="Chinese calendar"),
        pytest.param("He said that they announced it, reportedly", id="reporting"),
        pytest.param("公司表示，近日正式发布，其中已经超过", id="Chinese reporting"),
        pytest.param("<div class='x'><!-- a remark --></div> &nbsp; https://example.org/path?q=word", id="markup"),
        pytest.param("\u202e\u200b\x00\x07 12,345.67 --- ___ $$$ \U0001f600", id="no words at all"),
    ],
)
def test_what_is_no_term_is_left_out(text):
    assert terms(text) == []


def test_invisible_characters_do_not_cut_a_word():
    assert terms("deep\u200bseek \u202efounders\u202c") == ["deepseek", "founders", "deepseek founders"]


def test_phrases_do_not_cross_punctuation_lines_or_texts():
    assert terms("quantum, annealing") == terms("quantum\nannealing") == ["quantum", "annealing"]
    assert "annealing quantum" not in terms("quantum annealing")


def test_words_that_often_meet_by_chance_are_no_phrase():
    texts = [f"model {word} model chip {word}." for word in ("plant", "price", "paper", "court")]
    assert "model chip" not in [find_terms(texts * 2).name(i) for i in range(len(find_terms(texts * 2).length))]


def test_a_run_of_letters_without_end_is_no_word():
    assert terms("a" * 5000) == []


def test_no_texts_are_no_words():
    assert len(read_words([]).form) == 0
    assert len(find_terms([]).length) == len(find_terms(["", " "]).length) == 0
