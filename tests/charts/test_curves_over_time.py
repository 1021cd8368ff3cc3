import json
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from core.charts import ChartText, count_over_time, dimension_shares, share_over_time
from core.domain.dates import Grain
from core.trends.series import share_series

NAMES = {"technology": "Technology", "market": "Market", "technology.training": "训练技术"}
FIRST, TODAY = date(2024, 1, 1), date(2024, 6, 10)


def frame(totals, shares, *, first=FIRST, grain=Grain.MONTH, today=TODAY):
    """Return a series with these totals from the first bin on and a constant share a label."""
    starts = [first]
    while len(starts) < len(totals):
        starts.append(grain.next(starts[-1]))
    rows = [("", start, total) for start, total in zip(starts, totals, strict=True)]
    rows += [(id_, s, round(share * t)) for id_, share in shares.items() for s, t in zip(starts, totals, strict=True)]
    counts = pd.DataFrame(rows, columns=["label_id", "bin", "n"])
    return share_series(counts, list(shares), grain=grain, first=first, last=grain.next(starts[-1]), today=today)[
        lambda f: f["start"] <= starts[-1]
    ].reset_index(drop=True)


def markers(figure):
    """Return the traces that can be hovered and clicked, by label."""
    return {trace.customdata[0][0]: trace for trace in figure.data if trace.mode == "markers"}


def joined_pairs(figure):
    """Return the pairs of neighbouring bins that a line joins."""
    pairs = set()
    for trace in figure.data:
        if trace.mode == "lines" and trace.fill is None:
            points = [(x, y) for x, y in zip(trace.x, trace.y, strict=True)]
            pairs |= {(a[0], b[0]) for a, b in pairwise(points) if a[1] is not None and b[1] is not None}
    return pairs


def words(figure):
    return " ".join(note.text for note in figure.layout.annotations)


def test_every_point_leads_to_its_documents():
    figure = share_over_time(frame([50, 60, 70], {"technology": 0.2, "market": 0.5}), names=NAMES)
    assert [list(row) for row in markers(figure)["market"].customdata] == [
        ["market", "2024-01-01", "2024-01-31"],
        ["market", "2024-02-01", "2024-02-29"],
        ["market", "2024-03-01", "2024-03-31"],
    ]
    assert [trace.hoverinfo for trace in figure.data if trace.mode == "lines"] == ["skip"] * 6
    # a unified hover would make every click select the first curve
    assert figure.layout.template.layout.hovermode == "closest"


def test_hover_says_share_interval_and_counts():
    hover = markers(share_over_time(frame([50, 60], {"market": 0.5}), names=NAMES))["market"].hovertext[0]
    assert hover == "2024-01<br><b>Market</b>  <b>50%</b><br>95% interval 36.6% to 63.4%<br>25 of 50 stories"


def test_thin_and_empty_bins_are_gaps_and_thin_ones_grey_rings():
    figure = share_over_time(frame([50, 3, 50, 50, 0, 50], {"market": 0.5}, today=date(2025, 1, 1)), names=NAMES)
    assert joined_pairs(figure) == {("2024-03", "2024-04")}
    points = markers(figure)["market"]
    assert list(points.y) == [0.5, 0.0, 0.5, 0.5, None, 0.5]
    assert points.marker.symbol[1] == "circle-open"
    assert points.marker.color[1] != points.marker.color[0]
    assert "too few stories" in points.hovertext[1]
    assert "too few stories for a share" in words(figure)
    assert points.error_y.array[0] > 0  # alone between gaps: no band could show its interval


def test_the_unfinished_bin_is_an_open_marker_on_a_dotted_line():
    figure = share_over_time(frame([50] * 6, {"market": 0.5}), names=NAMES)
    points = markers(figure)["market"]
    assert points.marker.symbol[-1] == points.marker.symbol[0] + "-open"
    assert "period not complete" in points.hovertext[-1]
    dotted = next(trace for trace in figure.data if trace.mode == "lines" and trace.line.dash == "dot")
    assert list(dotted.x) == ["2024-05", "2024-06", None]
    assert "period not complete" in words(figure)
    finished = share_over_time(frame([50] * 4, {"market": 0.5}), names=NAMES)
    assert "period not complete" not in words(finished)


@pytest.mark.parametrize(("n_labels", "intervals", "bands"), [(3, True, 3), (4, True, 0), (1, False, 0)])
def test_up_to_three_labels_have_bands(n_labels, intervals, bands):
    shares = {f"market.m{i}": 0.2 + i / 20 for i in range(n_labels)}
    figure = share_over_time(frame([50] * 4, shares), names={}, intervals=intervals)
    assert sum(trace.fill == "toself" for trace in figure.data) == bands
    assert ("95% interval" in words(figure)) == bool(bands)


def test_a_single_bin_is_drawn_as_points_with_whiskers():
    figure = share_over_time(frame([50], {"technology": 0.2, "market": 0.5}), names=NAMES)
    (dots,) = figure.data
    assert dots.mode == "markers"
    assert list(dots.x) == [0.5, 0.2]
    assert all(above > 0 for above in dots.error_x.array)
    assert [row[0] for row in dots.customdata] == ["market", "technology"]
    assert "Technology" in figure.layout.yaxis.ticktext[1]
    assert "2024-01" in words(figure)


@pytest.mark.parametrize("chart", [share_over_time, count_over_time, dimension_shares])
def test_without_stories_a_chart_says_so(chart):
    text = ChartText(empty="这段时间没有报道")
    for nothing in (frame([0, 0], {"market": 0}), frame([0], {"market": 0}).head(0)):
        figure = chart(nothing, names=NAMES, text=text)
        assert not figure.data
        assert words(figure) == "这段时间没有报道"


def test_counts_are_joined_however_few_and_have_no_band():
    figure = count_over_time(frame([50, 3, 0, 50], {"market": 0.5}), names=NAMES)
    assert list(markers(figure)["market"].y) == [25, 2, 0, 25]
    assert len(joined_pairs(figure)) == 3
    assert not any(trace.fill for trace in figure.data)
    assert markers(figure)["market"].hovertext[0] == "2024-01<br><b>Market</b>  <b>25 stories</b>"


def test_names_stand_at_the_ends_and_never_cover_each_other():
    shares = {f"technology.training.t{i}": 0.3 for i in range(8)}
    figure = share_over_time(frame([90] * 5, shares), names={id_: f"Label {id_[-1]}" for id_ in shares})
    labels = [note for note in figure.layout.annotations if "Label" in note.text]
    assert len(labels) == 8
    pixels = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    places = sorted(note.y / figure.layout.yaxis.range[1] * pixels for note in labels)
    assert all(b - a >= 17 for a, b in pairwise(places))
    assert places[0] >= 0 and places[-1] <= pixels


def test_words_of_the_caller_replace_the_english_ones():
    text = ChartText(
        share="报道占比", unfinished="未结束", of_total="{total} 篇中的 {n} 篇", band="区间", interval="{low}至{high}"
    )
    figure = share_over_time(frame([50] * 6, {"technology.training": 0.5}), names=NAMES, text=text)
    assert "报道占比" in words(figure) and "训练技术" in words(figure) and "未结束" in words(figure)
    assert markers(figure)["technology.training"].hovertext[-1].endswith("50 篇中的 25 篇<br>未结束")
    everything = json.dumps(figure.to_dict()["data"], default=str, ensure_ascii=False) + words(figure)
    assert not [word for word in ("stories", "interval", "complete") if word in everything]


@pytest.mark.parametrize("grain", list(Grain))
@pytest.mark.parametrize("n_bins", [2, 8, 27, 100])
def test_an_axis_has_few_ticks_at_any_grain(grain, n_bins):
    figure = share_over_time(frame([50] * n_bins, {"market": 0.5}, first=date(1990, 1, 1), grain=grain), names=NAMES)
    axis = figure.layout.xaxis
    assert 2 <= len(axis.tickvals) <= 10
    assert len(set(axis.ticktext)) == len(axis.ticktext)
    assert set(axis.tickvals) <= set(axis.categoryarray)
    assert len(axis.categoryarray) == n_bins


def test_long_series_thin_their_markers_but_keep_every_point():
    figure = share_over_time(frame([50] * 100, {"market": 0.5}, first=date(2010, 1, 1)), names=NAMES)
    points = markers(figure)["market"]
    assert len(points.customdata) == 100
    assert 10 <= sum(size > 5 for size in points.marker.size) <= 35


def test_dimensions_have_a_panel_each_on_one_scale():
    shares = {"technology": 0.5, "technology.training": 0.2, "market": 0.3, "market.demand": 0.1, "policy": 0.2}
    figure = dimension_shares(frame([50] * 4, shares), names=NAMES)
    panels = {trace.customdata[0][0]: trace.yaxis for trace in figure.data if trace.mode == "markers"}
    assert panels == {
        "technology": "y",
        "technology.training": "y",
        "market": "y2",
        "market.demand": "y2",
        "policy": "y3",
    }
    axes = [figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3]
    assert len({tuple(axis.range) for axis in axes}) == 1
    assert [a.domain[0] > b.domain[1] for a, b in pairwise(axes)] == [True, True]
    assert [figure.layout.xaxis.showticklabels, figure.layout.xaxis3.showticklabels] == [False, True]
    assert sum(trace.fill == "toself" for trace in figure.data) == 3


def test_light_and_dark_share_colours_and_differ_in_ink():
    light, dark = (share_over_time(frame([50] * 3, {"market": 0.5}), names=NAMES, dark=d) for d in (False, True))
    assert markers(light)["market"].marker.color == markers(dark)["market"].marker.color
    inks = [figure.layout.template.layout.font.color for figure in (light, dark)]
    assert inks[0] != inks[1]
    assert light.layout.template.layout.paper_bgcolor == dark.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_a_filtered_frame_is_drawn_like_a_fresh_one():
    both = frame([50] * 4, {"technology": 0.2, "market": 0.5})
    part = both[both["label_id"] == "market"]
    assert np.array_equal(markers(share_over_time(part, names=NAMES))["market"].y, [0.5] * 4)
