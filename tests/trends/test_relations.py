from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.trends.relations import by_jurisdiction, cross_table, crossed, label_pairs, npmi, npmi_interval, together


def label(label_id, parent=None):
    return Label(label_id, LabelKind.TOPIC, parent, label_id, label_id, "", "")


TREE = Taxonomy("1", (label("a"), label("a.x", "a"), label("b"), label("c")))


def carried(*groups):
    """Return the counts of (n, labels) groups of stories."""
    counts = Counter()
    for n, labels in groups:
        for both in [*(("", label_id) for label_id in labels), *combinations(sorted(labels), 2)]:
            counts[both] += n
    frame = pd.DataFrame([(*both, n) for both, n in counts.items()], columns=["first", "second", "n"])
    return together(frame, sum(n for n, labels in groups if labels))


def pairs(*groups, **options):
    return label_pairs(carried(*groups), TREE, **options).set_index(["first", "second"])


def test_pairs_are_told_from_chance_over_stories_that_carry_any_label():
    frame = pairs((20, ("b", "c")), (30, ("a",)), (5, ("a", "b")), (500, ()))
    row = frame.loc[("b", "c")]
    assert (row.n, row.n_first, row.n_second, row.total) == (20, 25, 20, 55)
    assert row.expected == pytest.approx(25 * 20 / 55)
    assert row.low < row.npmi <= row.high
    assert row.significant and row.npmi > 0.7
    assert frame.loc[("a", "c"), "npmi"] == -1 and frame.loc[("a", "c"), "significant"]


def test_a_label_and_its_parent_are_no_pair():
    assert ("a", "a.x") not in pairs((10, ("a", "a.x")), (10, ("b",))).index


def test_rare_pairs_are_never_significant():
    frame = pairs((4, ("b", "c")), (100, ("a",)))
    assert not frame.loc[("b", "c"), "enough"] and not frame.loc[("b", "c"), "significant"]


def test_given_labels_limit_the_pairs():
    assert list(pairs((5, ("a", "b", "c")), labels=("b", "c")).index) == [("b", "c")]


def test_without_labels_there_are_no_pairs():
    assert label_pairs(carried((3, ())), TREE).empty


def test_intervals_hold_the_truth_in_95_of_100_corpora_at_least():
    rng = np.random.default_rng(1)
    for one, other, both in ((0.1, 0.1, 0.01), (0.1, 0.2, 0.06), (0.5, 0.4, 0.3)):
        cells = rng.multinomial(500, [both, one - both, other - both, 1 - one - other + both], size=2000)
        n, n_one, n_other = cells[:, 0], cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
        low, high = npmi_interval(n, n_one, n_other, 500)
        truth = np.log(both / (one * other)) / -np.log(both)
        assert np.mean((low <= truth) & (truth <= high)) >= 0.95


def test_extremes_have_a_value():
    one = np.array([1])
    assert npmi(10 * one, 10 * one, 10 * one, 10).tolist() == [0.0]
    assert np.isnan(npmi(0 * one, 0 * one, 5 * one, 10)[0])


def test_a_cross_table_shows_which_cells_depart_from_independence():
    table = crossed(carried((25, ("b", "a")), (5, ("b",)), (10, ("a",)), (60, ("c",))), ["b"], ["a", "c"])
    frame = cross_table(table).set_index("column")
    assert (frame.loc["a", "n"], frame.loc["a", "n_row"], frame.loc["a", "total"]) == (25, 30, 100)
    assert (frame.loc["a", "share"], frame.loc["a", "share_elsewhere"]) == pytest.approx((25 / 30, 10 / 70))
    assert frame["residual"].gt(0).to_dict() == {"a": True, "c": False}
    assert frame["significant"].all()


def test_small_jurisdictions_are_shown_and_not_judged():
    rows = [("US", "", 60), ("US", "a", 30), ("CN", "", 80), ("CN", "a", 4), ("LI", "", 3), ("LI", "a", 3), ("", "", 9)]
    counts = pd.DataFrame(rows, columns=["jurisdiction", "label_id", "n"])
    frame = cross_table(by_jurisdiction(counts, ["a"])).set_index("row")
    assert list(frame.index) == ["CN", "US", "LI"]
    assert frame["total"].unique().tolist() == [143]
    assert frame["significant"].to_dict() == {"CN": True, "US": True, "LI": False}


def test_nothing_counted_is_an_empty_table():
    empty = pd.DataFrame({"jurisdiction": [], "label_id": [], "n": []})
    assert cross_table(by_jurisdiction(empty, ["a"])).empty
