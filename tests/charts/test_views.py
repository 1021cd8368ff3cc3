"""Views of a series beside lines: heat map, ranks, areas, panels; what is laid over lines; the signal map."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.charts import (
    ChartText,
    areas_over_time,
    heat_map,
    rank_over_time,
    share_over_time,
    signal_map,
    small_multiples,
    with_marks,
    with_outlook,
    with_smooth,
)
from tests.charts.test_curves_over_time import NAMES, frame, markers

SHARES = {"technology": 0.2, "market": 0.5, "policy": 0.3}
VIEWS = [areas_over_time, heat_map, rank_over_time, small_multiples]


def clickable(figure) -> set[tuple[str, ...]]:
    return {tuple(row) for trace in figure.data if trace.customdata is not None for row in trace.customdata}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dark", [False, True])
def test_every_cell_or_point_leads_to_its_documents(view, dark) -> None:
    found = clickable(view(frame([50, 60, 70], SHARES), names=NAMES, dark=dark))
    assert len(found) == 9
    assert ("market", "2024-02-01", "2024-02-29") in found


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_without_stories_says_so_and_one_bin_can_be_drawn(view) -> None:
    assert ChartText().empty in str(view(frame([0, 0], SHARES), names=NAMES, dark=False).layout.annotations)
    assert len(clickable(view(frame([50], SHARES), names=NAMES, dark=False))) == 3


@pytest.mark.parametrize("view", [heat_map, small_multiples])
def test_sixty_lines_have_a_place_each(view) -> None:
    many = {f"technology.{number}": 0.1 + number / 100 for number in range(60)}
    figure = view(frame([50, 60, 70], many), names={}, dark=False)
    assert len(clickable(figure)) == 180
    assert figure.layout.height > 60 * 20


def test_a_cell_with_too_few_stories_is_blank() -> None:
    tiles = heat_map(frame([50, 3, 70], SHARES), names=NAMES, dark=False).data[0]
    assert [row[1] for row in tiles.z] == [None] * 3
    assert tiles.z[-1][0] == pytest.approx(0.2)  # the first label is on top


def test_ranks_begin_with_the_largest_on_top() -> None:
    figure = rank_over_time(frame([50, 3, 70], SHARES), names=NAMES, dark=False)
    heights = {label: trace.y for label, trace in markers(figure).items()}
    assert [heights[label][0] for label in ("market", "policy", "technology")] == [3, 2, 1]
    assert heights["market"][1] is None
    assert list(figure.layout.yaxis.ticktext) == ["1", "2", "3"]
    assert "Rank 1" in markers(figure)["market"].hovertext[0]


def test_areas_are_not_stacked() -> None:
    figure = areas_over_time(frame([50, 60, 70], SHARES), names=NAMES, dark=False)
    areas = [trace for trace in figure.data if trace.fill == "tozeroy"]
    assert [trace.y[0] for trace in areas] == pytest.approx([0.5, 0.3, 0.2])  # the largest is behind
    assert not any(trace.stackgroup for trace in figure.data)


def test_panels_have_one_scale() -> None:
    layout = small_multiples(frame([50, 60, 70], SHARES), names=NAMES, dark=False).layout
    assert layout.yaxis.range == layout.yaxis2.range == layout.yaxis3.range


def test_the_views_can_show_counts() -> None:
    tiles = heat_map(frame([50, 60, 70], SHARES), names=NAMES, counted=True, dark=False).data[0]
    assert list(tiles.z[-1]) == [10, 12, 14]


def test_a_fan_opens_from_the_last_bin_and_lengthens_the_axis() -> None:
    series = frame([50, 60, 70], {"market": 0.5})
    ahead = [date(2024, 3, 1), date(2024, 4, 1)]
    outlook = pd.DataFrame({"label_id": "market", "start": ahead, "end": [date(2024, 3, 31), date(2024, 4, 30)]})
    outlook = outlook.assign(share=[0.5, 0.55], low=[0.5, 0.3], high=[0.5, 0.9])
    figure = with_outlook(share_over_time(series, names=NAMES), outlook, names=NAMES, text=ChartText())
    assert list(figure.layout.xaxis.categoryarray)[-1] == "2024-04"
    assert figure.layout.yaxis.range[1] > 0.9
    assert any("95% prediction interval 30% to 90%" in str(trace.hovertext) for trace in figure.data)


def test_marks_say_what_they_count_and_lead_to_documents() -> None:
    series = frame([50, 60, 70], {"market": 0.5})
    facts = {"label_id": "market", "level": 0, "start": date(2024, 2, 1), "end": date(2024, 3, 31)}
    counts = {"n": 65, "total": 130, "n_before": 10, "total_before": 50}
    marks = pd.DataFrame([{**facts, **counts, "kind": "rise", "within": "holds"}])
    figure = with_marks(share_over_time(series, names=NAMES), series, marks, names=NAMES, text=ChartText())
    assert any(note.text == "▲ 20% to 50%" for note in figure.layout.annotations)
    mark = figure.data[-1]
    assert "65 of 130 stories" in mark.hovertext
    assert list(mark.customdata[0]) == ["market", "2024-02-01", "2024-02-29"]


def test_marks_that_may_come_from_a_change_of_sources_are_open_and_say_so() -> None:
    series = frame([50, 60, 70], {"market": 0.5})
    facts = {"label_id": "market", "start": date(2024, 2, 1), "end": date(2024, 3, 31), "within": "not_within"}
    counts = {"n": 65, "total": 130, "n_before": 10, "total_before": 50}
    marks = pd.DataFrame([{**facts, **counts, "kind": kind, "level": kind == "burst"} for kind in ("burst", "fall")])
    figure = with_marks(share_over_time(series, names=NAMES), series, marks, names=NAMES, text=ChartText())
    burst, fall = figure.data[-2:]
    assert (burst.line.dash, burst.marker.symbol, fall.marker.symbol) == ("dot", "square-open", "triangle-down-open")
    assert all(ChartText().not_within in mark.hovertext for mark in (burst, fall))
    assert any(note.text == "▽ 20% to 50%" for note in figure.layout.annotations)


def test_a_smooth_curve_lies_over_a_faint_one() -> None:
    series = frame([50, 60, 70], {"market": 0.5}).assign(smooth=[0.4, 0.45, np.nan])
    figure = with_smooth(share_over_time(series, names=NAMES), series)
    assert list(figure.data[-1].y) == [0.4, 0.45, None]
    assert all(trace.opacity < 1 for trace in figure.data[:-1] if trace.mode == "lines")


def paths() -> pd.DataFrame:
    rows = [
        {
            **{
                "label_id": label,
                "start": date(2024, month, 1),
                "end": date(2024, month, 28),
                "since": date(2023, 12, 1),
            },
            **{"signal": signal, "strength": 0.02 * month, "low": 0.01, "high": 0.2, "momentum": momentum},
            **{"momentum_low": -0.1, "momentum_high": 1.0, "n_recent": 9, "significant": momentum > 0.3},
        }
        for month in (1, 2, 3)
        for label, signal, momentum in (("market", "rising", 0.5), ("policy", "steady", 0.1), ("x", "noise", 0.9))
    ]
    return pd.DataFrame(rows)


def test_the_signal_map_plays_back_bin_by_bin_and_leaves_noise_out() -> None:
    figure = signal_map(paths(), names=NAMES)
    assert [shown.name for shown in figure.frames] == ["2024-01", "2024-02", "2024-03"]
    assert [len(shown.data[1].x) for shown in figure.frames] == [2, 2, 2]
    assert list(figure.frames[0].data[1].x) == [0.02, 0.02]
    assert list(figure.data[1].marker.symbol)[1].endswith("-open")  # may not move at all
    assert list(figure.data[1].customdata[0]) == ["market", "2023-12-01", "2024-03-28"]
    assert len(figure.layout.sliders[0].steps) == 3


def test_the_small_signal_map_stands_still_and_an_empty_one_says_so() -> None:
    assert not signal_map(paths(), names=NAMES, small=True).frames
    quiet = paths().assign(signal="noise")
    assert ChartText().no_signals in str(signal_map(quiet, names=NAMES).layout.annotations)


def test_a_label_that_faded_to_nothing_stands_at_the_left_end() -> None:
    gone = paths().assign(strength=lambda f: f["strength"].where(f["label_id"] != "policy", 0.0))
    figure = signal_map(gone, names=NAMES)
    assert 0 < figure.data[1].x[1] < 0.01
    assert 10 ** figure.layout.xaxis.range[0] < figure.data[1].x[1]
