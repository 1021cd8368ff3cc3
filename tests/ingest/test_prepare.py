from datetime import date

import pytest

from core.domain.dates import PartialDate, Precision
from core.domain.documents import RawDocument, ReadOptions
from core.errors import InputError
from core.ingest import prepare

TODAY = date(2026, 1, 15)


def raw(text: str, **fields: object) -> RawDocument:
    return RawDocument(text=text, locator="line 1", **fields)  # type: ignore[arg-type]


def warnings_of(document: RawDocument) -> list[str]:
    return [str(reason) for reason in prepare(document, options=ReadOptions(), today=TODAY)[1]]


def test_control_characters_and_nul_bytes_are_removed(prepared):
    document = prepared(raw("The\0 regulator\x07 spoke.\r\n\r\n\r\n\r\nTwice.\u200b\ud800"))
    assert document.text == "The regulator spoke.\n\nTwice.\ufffd"
    document.text.encode("utf-8")


@pytest.mark.parametrize("text", ["", " \n ", "\0\x01", "--- *** ---", "\u200b"])
def test_a_record_with_nothing_readable_is_refused(prepared, text):
    with pytest.raises(InputError, match="no readable text"):
        prepared(raw(text))


def test_a_text_beyond_the_limit_is_refused(prepared):
    with pytest.raises(InputError, match="20000000"):
        prepared(raw("word " * 4_000_001))


@pytest.mark.parametrize(("day", "why"), [(date(2099, 5, 1), "future"), (date(1850, 1, 1), "before 1900")])
def test_an_impossible_date_is_dropped_and_said(prepared, day, why):
    document = raw("The regulator spoke.", date=PartialDate(day, Precision.DAY))
    assert prepared(document).date is None
    assert why in warnings_of(document)[0]


def test_tomorrow_is_no_future_because_of_time_zones(prepared):
    tomorrow = PartialDate(date(2026, 1, 16), Precision.DAY)
    assert prepared(raw("The regulator spoke.", date=tomorrow)).date == tomorrow


def test_replaced_characters_are_said():
    assert warnings_of(raw("The regulator\ufffds words.")) == ["1 unreadable characters were replaced by \ufffd."]


def test_the_title_is_the_first_sentence_where_none_is_given(prepared):
    assert prepared(raw("监管机构发布了新的规则。企业须在六个月内执行。")).title == "监管机构发布了新的规则。"
    assert prepared(raw("A heading\nThen the text.")).title == "A heading"
    long = prepared(raw("word " * 100)).title
    assert len(long) <= 120
    assert long.endswith("…")


def test_what_the_user_says_counts_before_what_the_file_says(prepared):
    document = raw("The regulator spoke about models.", source="Feed", lang="en", jurisdiction="US")
    assert prepared(document).source == "Feed"
    chosen = prepared(document, source="My archive", jurisdiction="EU", lang="de")
    assert (chosen.source, chosen.jurisdiction, chosen.lang) == ("My archive", "EU", "de")


def test_a_stated_language_is_believed_unless_the_script_contradicts_it(prepared):
    assert prepared(raw("国务院发布了人工智能条例。", lang="en")).lang == "zh"
    assert prepared(raw("国务院发布了人工智能条例。", lang="zh-CN")).lang == "zh"
    assert prepared(raw("Der Markt wächst.", lang="German")).lang == "de"


def test_passages_count_in_the_cleaned_text(prepared):
    document = prepared(raw("  The   regulator\t spoke.  " * 100))
    assert len(document.passages) > 1
    assert all(document.text[passage.start : passage.end].startswith("The regulator") for passage in document.passages)
