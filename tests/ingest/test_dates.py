from datetime import UTC, date, datetime

import pytest

from core.ingest.dates import find_date, parse_date, slashes_put_day_first


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-08", "2021-08"),
        ("2016", "2016"),
        (2016, "2016"),
        ("2024-05-17T10:20:30Z", "2024-05-17"),
        ("2024/5/7", "2024-05-07"),
        ("20240517", "2024-05-17"),
        ("2024年5月", "2024-05"),
        ("2024年5月17日 10:30", "2024-05-17"),
        ("2024 年 5 月 17 号", "2024-05-17"),
        ("24/09/2024", "2024-09-24"),
        ("09/24/2024", "2024-09-24"),
        ("17.05.2024", "2024-05-17"),
        ("24 September 2024", "2024-09-24"),
        ("Sept. 24th, 2024", "2024-09-24"),
        ("July 2025", "2025-07"),
        ("Winter 2012", "2012"),
        ("Mon, 01 Jun 2026 00:45:08 +0000", "2026-06-01"),
        (datetime(2005, 1, 11, tzinfo=UTC), "2005-01-11"),
        (date(2005, 1, 11), "2005-01-11"),
        (1717200000, "2024-06-01"),
        ("1717200000000", "2024-06-01"),
        ("45413", "2024-05-01"),
        ("17 mai 2024", "2024-05-17"),
        ("mai 2024", "2024-05"),
        ("2020年", "2020"),
    ],
)
def test_forms_of_dates_keep_their_precision(value, expected):
    assert str(parse_date(value)) == expected


@pytest.mark.parametrize(
    "value", ["", "n/a", "yesterday", "31/31/2024", "2024-13-01", None, True, 7, "Series A", "12:30"]
)
def test_what_is_no_date_is_none(value):
    assert parse_date(value) is None


def test_a_column_settles_the_order_of_day_and_month():
    assert slashes_put_day_first(["01/02/2020", "13/01/2020"]) is True
    assert slashes_put_day_first(["01/02/2020", "01/13/2020"]) is False
    assert slashes_put_day_first(["01/02/2020"]) is None


def test_a_date_on_its_own_line_counts_before_one_in_a_sentence():
    text = "Following the act of 1 August 2020 the office has changed its rules for models.\nBern, 18 December 2024\n"
    assert str(find_date(text)) == "2024-12-18"
    assert find_date("There are 24 rules and 2024 pages.") is None
