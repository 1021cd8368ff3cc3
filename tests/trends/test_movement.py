from datetime import date

import pandas as pd
import pytest

from core.domain.dates import Grain
from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.trends.movement import COLUMNS, movement

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


def label(label_id, kind=LabelKind.ASPECT):
    return Label(label_id, kind, None, label_id, label_id, "", "")


TREE = Taxonomy("1", (label("a"), label("b"), label("c"), label("sector.x", LabelKind.SECTOR)))


def moved(table, *, first=JANUARY, last=date(2024, 3, 31), today=date(2024, 4, 1), tree=TREE):
    """Compare the bins of {label: {month: n}}."""
    rows = [(label_id, month, n) for label_id, by_month in table.items() for month, n in by_month.items()]
    counts = pd.DataFrame(rows, columns=["label_id", "bin", "n"]).astype({"n": "int64"})
    return movement(counts, tree, grain=Grain.MONTH, first=first, last=last, today=today)


def test_the_last_complete_bin_with_stories_is_compared_with_the_one_before():
    table = {"": {JANUARY: 50, FEBRUARY: 100, MARCH: 30}, "a": {JANUARY: 10, FEBRUARY: 30, MARCH: 30}}
    found = moved(table, today=date(2024, 3, 20))
    assert (found.start, found.end) == (FEBRUARY, date(2024, 2, 29))
    assert (found.before_start, found.before_end) == (JANUARY, date(2024, 1, 31))
    assert (found.total, found.total_before) == (100, 50)
    assert tuple(found.frame.columns) == COLUMNS
    row = found.frame.iloc[0]
    assert (row.label_id, row.kind, row.n, row.n_before) == ("a", "aspect", 30, 10)
    assert (row.share, row.share_before, row.change, row.ratio) == pytest.approx((0.3, 0.2, 0.1, 1.5))
    assert row.low < row.change < row.high


def test_a_clear_move_is_significant_and_a_small_one_is_not():
    table = {
        "": {FEBRUARY: 400, MARCH: 400},
        "a": {FEBRUARY: 40, MARCH: 120},
        "b": {FEBRUARY: 40, MARCH: 44},
        "sector.x": {FEBRUARY: 90, MARCH: 20},
    }
    frame = moved(table).frame.set_index("label_id")
    assert frame["significant"].to_dict() == {"a": True, "sector.x": True, "b": False}
    assert list(frame.index)[-1] == "b"
    assert frame.loc["sector.x", "change"] < 0
    assert "c" not in frame.index


def test_many_labels_at_once_need_stronger_evidence_than_one():
    weak = {FEBRUARY: 30, MARCH: 50}
    alone = moved({"": {FEBRUARY: 400, MARCH: 400}, "a": weak})
    assert alone.frame["significant"].tolist() == [True]
    still = {f"s{i}": {FEBRUARY: 40, MARCH: 41} for i in range(30)}
    tree = Taxonomy("1", (label("a"), *map(label, still)))
    among = moved({"": {FEBRUARY: 400, MARCH: 400}, "a": weak, **still}, tree=tree)
    assert not among.frame["significant"].any()


@pytest.mark.parametrize(("totals", "n"), [((19, 400), (15, 100)), ((400, 19), (100, 15)), ((400, 400), (4, 0))])
def test_too_few_stories_are_never_significant(totals, n):
    table = {"": dict(zip((FEBRUARY, MARCH), totals, strict=True)), "a": dict(zip((FEBRUARY, MARCH), n, strict=True))}
    frame = moved(table).frame
    assert frame["enough"].tolist() == frame["significant"].tolist() == [False]


def test_small_counts_are_tested_exactly():
    from scipy.stats import fisher_exact

    frame = moved({"": {FEBRUARY: 30, MARCH: 30}, "a": {FEBRUARY: 0, MARCH: 6}}).frame
    assert frame["p_value"].iloc[0] == pytest.approx(fisher_exact([[6, 24], [0, 30]]).pvalue)
    assert pd.isna(frame["ratio"].iloc[0])


def test_large_counts_agree_with_the_chi_square_test():
    from scipy.stats import chi2_contingency

    frame = moved({"": {FEBRUARY: 300, MARCH: 200}, "a": {FEBRUARY: 60, MARCH: 60}}).frame
    expected = chi2_contingency([[60, 140], [60, 240]], correction=False).pvalue
    assert frame["p_value"].iloc[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("table", "period"),
    [
        pytest.param({}, {}, id="no stories"),
        pytest.param({"": {MARCH: 50}, "a": {MARCH: 9}}, {"first": MARCH}, id="a period of one bin"),
        pytest.param({"": {JANUARY: 50, FEBRUARY: 50}}, {"today": date(2024, 1, 20)}, id="nothing is over"),
        pytest.param(
            {"": {JANUARY: 50, FEBRUARY: 50}, "a": {FEBRUARY: 9}},
            {"first": date(2024, 1, 9), "last": date(2024, 2, 29)},
            id="the bin before is cut",
        ),
    ],
)
def test_without_two_whole_bins_there_is_no_movement(table, period):
    found = moved(table, **period)
    assert found.frame.empty
    assert tuple(found.frame.columns) == COLUMNS
    assert found.before_end < found.start <= found.end


def test_a_silent_bin_before_is_too_little_to_compare_with():
    frame = moved({"": {MARCH: 50}, "a": {MARCH: 20}}).frame
    assert frame["enough"].tolist() == [False]
    assert frame["n_before"].tolist() == [0]
