"""The share of stories over time, with its interval."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import DRAWN, BinState, bin_states
from core.charts.plot import CurveLook, curve_figure
from core.charts.rows import single_bin_figure
from core.charts.theme import nothing
from core.charts.wording import ENGLISH, ChartText, percent, period_label

PERCENT_TICKS = ".2~%"
MOST_BANDS = 3
"""The bands of more labels would hide each other."""


def share_over_time(
    frame: pd.DataFrame,
    *,
    names: Mapping[str, str],
    text: ChartText = ENGLISH,
    dark: bool = False,
    intervals: bool = True,
) -> go.Figure:
    """Draw each label's share of stories, in percent, bin by bin.

    Takes Series.frame (see core.trends.series.share_series). A complete bin is a filled marker on the line, an
    unfinished or cut one an open marker on a dotted line, a bin with too few stories a grey ring on the axis that
    no line touches. With `intervals`, up to three labels show their 95 % interval as a band. A single bin is drawn
    as points with whiskers, one row a label. Points carry customdata [label_id, start, end].
    """
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    points = share_points(frame, names=names, text=text)
    if points["start"].nunique() == 1:
        figure = single_bin_figure(points, names=names, caption=text.share, text=text, dark=dark)
        return figure.update_xaxes(tickformat=PERCENT_TICKS)
    banded = intervals and points["label_id"].nunique() <= MOST_BANDS
    look = CurveLook(caption=text.share, top=highest_share(points, with_intervals=banded), banded=banded)
    figure = curve_figure(points, look, names=names, text=text, dark=dark)
    return figure.update_yaxes(tickformat=PERCENT_TICKS)


def share_points(frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText) -> pd.DataFrame:
    """Return the frame as points to draw: y, state and hover beside its own columns."""
    states = bin_states(frame)
    thin = pd.Series([state == BinState.THIN for state in states], index=frame.index)
    hovers = [_hover(row, names=names, text=text) for row in frame.itertuples()]
    return frame.assign(y=frame["share"].mask(thin, 0.0), state=states, hover=hovers)


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    name = f"{period_label(row.start, row.end)}<br><b>{names.get(row.label_id, row.label_id)}</b>"
    n_of_total = text.of_total.format(n=f"{row.n:,}", total=f"{row.total:,}")
    if not row.enough:
        return f"{name}<br>{n_of_total}, {text.too_few}"
    interval = text.interval.format(low=percent(row.low), high=percent(row.high))
    note = "" if row.complete else f"<br>{text.unfinished}"
    return f"{name}  <b>{percent(row.share)}</b><br>{interval}<br>{n_of_total}{note}"


def highest_share(points: pd.DataFrame, *, with_intervals: bool) -> float:
    """Return the upper end of a share axis: above every point, and above intervals unless they flatten the curves."""
    drawn = points[points["state"].isin(DRAWN)]
    if drawn.empty:
        return 1.0
    highest = max(float(drawn["y"].max()), 0.005)
    if with_intervals:
        highest = max(highest, min(float(drawn["high"].max()), 1.8 * highest))
    return min(1.02, 1.08 * highest)  # a marker at 100 % must not lie half outside
