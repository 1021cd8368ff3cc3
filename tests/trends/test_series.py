from datetime import date, timedelta

import pandas as pd
import pytest

from core.domain.dates import Grain
from core.trends.bins import default_grain, whole_bins
from core.trends.series import COLUMNS, share_series


def counts(*rows):
    return pd.DataFrame(rows, columns=["label_id", "bin", "n"]).astype({"n": "int64"})


def series(rows, labels=("a",), *, grain=Grain.MONTH, first, last, today=date(2030, 1, 1)):
    return share_series(counts(*rows), labels, grain=grain, first=first, last=last, today=today)


def test_every_bin_of_the_period_is_there_for_each_label_in_the_order_asked():
    rows = [("", date(2024, 3, 1), 8), ("b", date(2024, 3, 1), 2)]
    frame = series(rows, ["b", "never seen"], first=date(2024, 1, 1), last=date(2024, 4, 30))
    assert tuple(frame.columns) == COLUMNS
    assert frame["label_id"].tolist() == ["b"] * 4 + ["never seen"] * 4
    assert frame["start"].tolist() == [date(2024, month, 1) for month in (1, 2, 3, 4)] * 2
    assert frame["end"].tolist()[:2] == [date(2024, 1, 31), date(2024, 2, 29)]
    assert frame["n"].tolist() == [0, 0, 2, 0, 0, 0, 0, 0]
    assert frame["total"].tolist() == [0, 0, 8, 0] * 2


def test_a_bin_without_stories_has_no_share_and_a_thin_one_is_not_enough():
    rows = [("", date(2024, 1, 1), 4), ("", date(2024, 2, 1), 5), ("a", date(2024, 2, 1), 1)]
    frame = series(rows, first=date(2024, 1, 1), last=date(2024, 3, 31))
    assert frame["enough"].tolist() == [False, True, False]
    assert frame["share"].tolist()[:2] == [0.0, 0.2]
    assert frame[["share", "low", "high"]].iloc[2].isna().all()


@pytest.mark.parametrize(
    ("grain", "bins", "first", "last", "expected"),
    [
        (Grain.WEEK, [date(2024, 12, 30), date(2025, 1, 5), date(2025, 1, 6)], (2024, 12, 30), (2025, 1, 12), [2, 1]),
        (Grain.QUARTER, [date(2024, 1, 1), date(2024, 3, 1), date(2024, 4, 1)], (2024, 1, 1), (2024, 6, 30), [2, 1]),
        (Grain.DAY, [date(2024, 2, 28), date(2024, 3, 1)], (2024, 2, 28), (2024, 3, 1), [1, 0, 1]),
        (Grain.YEAR, [date(2023, 1, 1), date(2025, 1, 1)], (2023, 1, 1), (2025, 12, 31), [1, 0, 1]),
    ],
)
def test_kept_bins_are_floored_to_the_grain(grain, bins, first, last, expected):
    rows = [(label, day, 1) for day in bins for label in ("", "a")]
    frame = series(rows, grain=grain, first=date(*first), last=date(*last))
    assert frame["n"].tolist() == frame["total"].tolist() == expected


def test_what_lies_outside_the_period_is_left_out():
    rows = [("", date(2023, 12, 1), 9), ("", date(2024, 1, 1), 5), ("", date(2024, 2, 1), 9)]
    assert series(rows, first=date(2024, 1, 1), last=date(2024, 1, 31))["total"].tolist() == [5]


def test_an_empty_corpus_gives_empty_bins():
    frame = series([], first=date(2024, 1, 1), last=date(2024, 2, 29))
    assert frame["total"].tolist() == [0, 0]
    assert not frame["enough"].any()
    assert series([], [], first=date(2024, 1, 1), last=date(2024, 2, 29)).empty


def test_intervals_agree_with_scipys_wilson():
    from scipy.stats import binomtest

    cases = [(0, 5), (5, 5), (1, 7), (40, 100), (3, 20_000)]
    starts = [date(2024, 1, 1) + timedelta(days=i) for i in range(len(cases))]
    rows = [
        row for start, (n, total) in zip(starts, cases, strict=True) for row in (("", start, total), ("a", start, n))
    ]
    frame = series(rows, grain=Grain.DAY, first=starts[0], last=starts[-1])
    for row, (n, total) in zip(frame.itertuples(), cases, strict=True):
        interval = binomtest(n, total).proportion_ci(method="wilson")
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
        assert row.low <= row.share <= row.high


@pytest.mark.parametrize(
    ("first", "last", "today", "complete"),
    [
        pytest.param((2024, 1, 1), (2024, 3, 31), (2024, 4, 1), [True, True, True], id="all over"),
        pytest.param((2024, 1, 1), (2024, 3, 31), (2024, 3, 31), [True, True, False], id="today is the last day"),
        pytest.param((2024, 1, 2), (2024, 3, 31), (2024, 4, 1), [False, True, True], id="first bin cut"),
        pytest.param((2024, 1, 1), (2024, 3, 30), (2024, 4, 1), [True, True, False], id="last bin cut"),
        pytest.param((2024, 1, 1), (2024, 3, 31), (2024, 2, 10), [True, False, False], id="bins to come"),
    ],
)
def test_a_bin_is_complete_when_it_is_over_and_asked_for_whole(first, last, today, complete):
    rows = [("", date(2024, 1, 1), 9)]
    assert series(rows, first=date(*first), last=date(*last), today=date(*today))["complete"].tolist() == complete


def test_a_widened_period_cuts_no_bin():
    for grain in Grain:
        first, last = whole_bins(grain, date(2024, 2, 14), date(2024, 5, 20))
        assert series([], grain=grain, first=first, last=last)["complete"].all()


@pytest.mark.parametrize(
    ("n_days", "grain"),
    [(1, Grain.DAY), (45, Grain.DAY), (46, Grain.WEEK), (200, Grain.WEEK), (201, Grain.MONTH), (2196, Grain.MONTH)],
)
def test_the_grain_follows_the_length_of_the_period(n_days, grain):
    first = date(2020, 1, 1)
    assert default_grain(first, first + timedelta(days=n_days - 1)) is grain
    assert default_grain(first, first + timedelta(days=6 * 366)) is Grain.QUARTER
