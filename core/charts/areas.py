"""Areas behind one another: a story may carry several labels, so shares do not add up and nothing is stacked."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import Trace
from core.charts.palette import label_style
from core.charts.plot import CurveLook, curve_figure, split_labels
from core.charts.points import drawn_y, measured
from core.charts.rows import single_bin_figure
from core.charts.theme import nothing, tinted
from core.charts.time_axis import periods
from core.charts.wording import ENGLISH, ChartText


def areas_over_time(
    frame: pd.DataFrame, *, names: Mapping[str, str], counted: bool = False, text: ChartText = ENGLISH, dark: bool
) -> go.Figure:
    """Draw each line with the area below it in its tint, the largest behind; marks as share_over_time."""
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    found = measured(frame, counted=counted, names=names, text=text)
    if found.points["start"].nunique() == 1:
        drawn = single_bin_figure(found.points, names=names, caption=found.caption, text=text, dark=dark)
        return drawn.update_xaxes(tickformat=found.ticks)
    look = CurveLook(caption=found.caption, top=found.top, banded=False)
    drawn = curve_figure(found.points, look, names=names, text=text, dark=dark).update_yaxes(tickformat=found.ticks)
    curves = sorted(split_labels(found.points), key=lambda curve: -float(curve["y"].mean()))
    lines = list(drawn.data)
    drawn.data = []
    return drawn.add_traces([_area(curve) for curve in curves]).add_traces(lines)


def _area(curve: pd.DataFrame) -> Trace:
    """Return the filled area of a curve, down to 0 in bins without a value."""
    color = label_style(curve["label_id"].iloc[0]).color
    heights = [y or 0.0 for y in drawn_y(curve)]
    shape = {"type": "scatter", "x": periods(curve), "y": heights, "mode": "lines", "line": {"width": 0}}
    return {**shape, "fill": "tozeroy", "fillcolor": tinted(color, 0.22), "hoverinfo": "skip"}
