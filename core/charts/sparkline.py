"""A label's share over time as small as a word."""

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import DRAWN, curve_traces
from core.charts.shares import share_points
from core.charts.theme import figure, inks, nothing
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ENGLISH


def sparkline(frame: pd.DataFrame, *, dark: bool = False, height: int = 56) -> go.Figure:
    """Draw one label's rows of Series.frame as a line without axes, names or hover; the last drawn bin has a marker."""
    points = share_points(frame, names={}, text=ENGLISH)
    drawn = points.index[points["state"].isin(DRAWN)]
    if not len(drawn):
        return nothing("–", dark=dark, height=height)
    ink = inks(dark=dark)
    small = figure(dark=dark, height=height)
    *lines, markers = curve_traces(points, x=periods(points), ink=ink, band=True, heavy=True)
    last = points.index.get_loc(drawn[-1])
    only_last = {"selectedpoints": [last], "unselected": {"marker": {"opacity": 0}}}
    small.add_traces([*lines, {**markers, **only_last, "error_y": {"visible": False}}])
    small.update_layout(margin={"l": 4, "r": 4, "t": 4, "b": 4}, hovermode=False)
    small.update_xaxes(**time_axis(points, ink=ink), visible=False)
    return small.update_yaxes(visible=False, range=_range(points["y"][drawn]))


def _range(y: pd.Series) -> list[float]:
    """Return the ends of the axis: the values fill it, and a flat line runs through its middle."""
    margin = max(0.15 * float(y.max() - y.min()), 0.005)
    return [float(y.min()) - margin, float(y.max()) + margin]
