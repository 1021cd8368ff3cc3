import numpy as np
import pandas as pd

from core.charts import ChartText, label_probabilities, movers

NAMES = {"market": "Market", "technology": "Technology", "policy": "Policy"}


def moved(*rows):
    columns = ["label_id", "share_before", "share", "significant", "enough"]
    frame = pd.DataFrame(rows, columns=columns)
    change = frame["share"] - frame["share_before"]
    within = np.where(frame["significant"], "holds", "")
    return frame.assign(change=change, low=change - 0.02, high=change + 0.03, within=within)


def words(figure):
    return [note.text for note in figure.layout.annotations]


def test_movers_are_sorted_by_change_with_whiskers_in_points():
    frame = moved(
        ("technology", 0.30, 0.20, True, True), ("market", 0.10, 0.15, True, True), ("policy", 0.2, 0.21, False, True)
    )
    (bars,) = movers(frame, names=NAMES).data
    assert [row[0] for row in bars.customdata] == ["technology", "policy", "market"]
    assert np.allclose(bars.x, [-10, 1, 5])
    assert np.allclose(bars.error_x.array, [3, 3, 3]) and np.allclose(bars.error_x.arrayminus, [2, 2, 2])
    assert (
        bars.hovertext[2]
        == "<b>Market</b>  <b>+5.0 points</b>, clear change<br>95% interval +3.0 to +8.0<br>10% to 15%"
    )


def test_only_significant_movers_are_filled():
    (bars,) = movers(moved(("market", 0.1, 0.2, True, True), ("policy", 0.2, 0.15, False, True)), names=NAMES).data
    outlined, filled = bars.marker.color
    assert filled == bars.marker.line.color[1]
    assert outlined.startswith("rgba")


def test_a_mover_that_may_come_from_a_change_of_sources_is_outlined_and_says_so():
    frame = moved(("market", 0.1, 0.2, True, True), ("policy", 0.1, 0.3, True, True), ("x", 0.1, 0.4, True, True))
    (bars,) = movers(frame.assign(within=["not_within", "no_common", "holds"]), names=NAMES).data
    assert [color.startswith("rgba") for color in bars.marker.color] == [True, True, False]
    assert "under half as large or not clear within the same sources" in bars.hovertext[0]
    assert "too few stories from sources" in bars.hovertext[1]
    assert "clear change" in bars.hovertext[2]


def test_movers_with_too_few_stories_are_not_drawn():
    frame = moved(("market", 0.1, 0.9, False, False), ("policy", 0.2, 0.3, True, True))
    figure = movers(frame, names=NAMES)
    assert [row[0] for row in figure.data[0].customdata] == ["policy"]
    assert "20% to 30%" in words(figure)
    nothing = movers(frame.head(1), names=NAMES, text=ChartText(unmoved="太少"))
    assert not nothing.data and words(nothing) == ["太少"]
    assert not movers(frame.head(0), names=NAMES).data


def test_only_the_surest_movers_are_drawn():
    rows = [(f"market.m{i}", 0.1, 0.2 + i / 100, True, True) for i in range(20)]
    figure = movers(moved(*rows), names={}, most=5)
    assert [row[0] for row in figure.data[0].customdata] == [f"market.m{i}" for i in range(5)]


def probabilities(*rows):
    frame = pd.DataFrame(rows, columns=["label_id", "probability", "threshold"])
    return frame.assign(tagged=frame["probability"] >= frame["threshold"])


def test_labels_over_their_threshold_come_first_and_are_filled():
    frame = probabilities(("market", 0.6, 0.7), ("technology", 0.4, 0.3), ("policy", 0.9, 0.5))
    bars, ticks = label_probabilities(frame, names=NAMES).data
    assert [row[0] for row in bars.customdata] == ["market", "technology", "policy"]
    assert list(ticks.x) == [0.7, 0.3, 0.5]
    assert [color.startswith("rgba") for color in bars.marker.color] == [True, False, False]
    assert bars.hovertext[0] == "<b>Market</b>  <b>60%</b>, not tagged<br>Threshold 70%"


def test_every_tagged_label_is_shown_and_then_the_nearest_others():
    rows = [(f"market.yes{i}", 0.8, 0.5) for i in range(4)] + [("near", 0.49, 0.5), ("far", 0.1, 0.5)]
    shown = {row[0] for row in label_probabilities(probabilities(*rows), names={}, most=5).data[0].customdata}
    assert shown == {f"market.yes{i}" for i in range(4)} | {"near"}
    tight = label_probabilities(probabilities(*rows), names={}, most=1)
    assert len(tight.data[0].customdata) == 4


def test_names_that_are_cut_alike_keep_their_own_rows():
    long = "A very long name of a label that goes on and on and on "
    frame = probabilities(("a", 0.9, 0.5), ("b", 0.8, 0.5))
    figure = label_probabilities(frame, names={"a": long + "first", "b": long + "second"})
    assert list(figure.data[0].y) == [0, 1]
    assert all("…" in text for text in figure.layout.yaxis.ticktext)
    assert not label_probabilities(frame.head(0), names={}).data


def test_a_label_over_its_threshold_may_still_not_hold():
    frame = probabilities(("policy", 0.6, 0.7), ("policy.standards", 0.6, 0.5)).assign(tagged=False)
    bars = label_probabilities(frame, names={}).data[0]
    assert all(", not" in hover for hover in bars.hovertext)


def test_what_a_human_decided_is_shown_and_signed():
    rows = [(f"market.no{i}", 0.4, 0.5) for i in range(4)] + [("policy", 0.01, 0.5), ("market", 0.02, 0.5)]
    frame = probabilities(*rows).assign(human=[False] * 4 + [True, True])
    frame.loc[5, "tagged"] = True
    figure = label_probabilities(frame, names=NAMES, most=2)
    assert [row[0] for row in figure.data[0].customdata] == ["policy", "market"]
    assert words(figure)[1:] == ["1% ✕", "2% ✓"]
    assert figure.data[0].hovertext[1] == "<b>Market</b>  <b>2%</b>, tagged, by a human<br>Threshold 50%"
