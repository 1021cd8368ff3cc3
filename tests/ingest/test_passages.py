from itertools import pairwise

from core.ingest import split_passages
from core.ingest.passages import MAX_TOKENS, MIN_TOKENS, estimate_tokens

ENGLISH = (
    "The regulator published guidance on models, e.g. on audits by the U.S. office in No. 5 of its series "
    "at 3.5 percent. "
)
CHINESE = "监管机构发布了关于大模型的新规定，要求企业对训练数据的来源负责。"


def pieces(text: str) -> list[str]:
    return [text[passage.start : passage.end] for passage in split_passages(text)]


def check_cover(text: str) -> None:
    passages = split_passages(text)
    assert all(before.end <= after.start for before, after in pairwise(passages))
    assert "".join("".join(piece.split()) for piece in pieces(text)) == "".join(text.split())
    assert all(estimate_tokens(piece) <= MAX_TOKENS for piece in pieces(text))


def test_a_short_text_is_one_passage():
    assert pieces("One sentence. Another one。第三句！") == ["One sentence. Another one。第三句！"]
    assert split_passages("") == ()


def test_long_english_is_cut_at_sentences_and_never_in_abbreviations():
    text = (ENGLISH * 40).strip()
    check_cover(text)
    assert all(piece.startswith("The regulator") and piece.endswith("percent.") for piece in pieces(text))
    assert all(estimate_tokens(piece) >= MIN_TOKENS for piece in pieces(text))


def test_long_chinese_is_cut_at_sentences():
    text = CHINESE * 60
    check_cover(text)
    assert all(piece.startswith("监管") and piece.endswith("。") for piece in pieces(text))
    assert all(estimate_tokens(piece) >= 100 for piece in pieces(text))


def test_paragraphs_are_preferred_as_borders():
    paragraph = ENGLISH * 5
    text = "\n\n".join(paragraph.strip() for _ in range(6))
    assert all(piece == paragraph.strip() for piece in pieces(text))


def test_a_sentence_without_end_is_split_hard():
    check_cover("word " * 3000)
    check_cover("字" * 5000)
    check_cover("x" * 20_000)


def test_no_tiny_passage_trails():
    for n_sentences in range(5, 30):
        text = ENGLISH * n_sentences + "The end."
        check_cover(text)
        assert estimate_tokens(pieces(text)[-1]) >= MIN_TOKENS


def test_wrapped_lines_are_no_sentence_ends():
    line = "the committee that had been asked to look into the matter of large models and\n"
    mixed = "".join(f"Item {number} says that {line}what follows was agreed. " for number in range(60))
    assert all(piece.startswith("Item") for piece in pieces(mixed))
