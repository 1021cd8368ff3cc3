"""Words stay whole in both languages, and what is cut out leaves the rest as it was."""

from itertools import pairwise

from core.ml.words import occurrences, share_out, without, word_spans


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


def test_words_of_both_languages_stay_whole() -> None:
    assert words("OpenAI's GPT-4o-mini costs $1,200.50 — don't ask.") == [
        "OpenAI's",
        "GPT-4o-mini",
        "costs",
        "1,200.50",
        "don't",
        "ask",
    ]
    assert words("监管机构发布了人工智能芯片的出口管制规定。") == [
        "监管",
        "机构",
        "发布",
        "了",
        "人工智能",
        "芯片",
        "的",
        "出口",
        "管制",
        "规定",
    ]
    assert words("用LoRA微调Qwen2.5模型") == ["用", "LoRA", "微调", "Qwen2.5", "模型"]


def test_every_word_lies_where_it_is_said_to_lie() -> None:
    text = "  Chips，芯片！\n\n更多芯片 and chips…"
    spans = word_spans(text)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert not any(character.isspace() for start, end in spans for character in text[start:end])
    found = occurrences(text, spans)
    assert [text[start:end] for start, end in found["chips"]] == ["Chips", "chips"]
    assert len(found["芯片"]) == 2
    assert "芯片" not in without(text, found["芯片"])
    assert without(text, spans).split() == ["，！", "…"]


def test_a_text_without_words_has_none() -> None:
    assert word_spans("") == word_spans(" \n… 🎉！") == []


def test_a_piece_across_two_words_is_shared_out_by_its_characters() -> None:
    assert share_out([6.0, 1.0], [(0, 3), (4, 5)], [(0, 1), (1, 3), (8, 9)]) == [2.0, 4.0, 0.0]
