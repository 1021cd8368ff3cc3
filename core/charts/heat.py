"""A heat map: a row a line, a column a bin."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import BinState, click_data
from core.charts.notes import caption_note
from core.charts.palette import named
from core.charts.plot import split_labels
from core.charts.points import drawn_y, measured
from core.charts.theme import figure, inks, nothing
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ENGLISH, ChartText

_ROW, _TOP, _BOTTOM = 26, 40, 44
# one hue from the ground's own lightness to full: reads in grey and under every colour vision
_SCALE = {
    False: [[0, "#eef3fb"], [0.5, "#6f9fdf"], [1, "#0b2f6b"]],
    True: [[0, "#1c2534"], [0.5, "#3f7fd0"], [1, "#dbe9ff"]],
}


def heat_map(
    frame: pd.DataFrame, *, names: Mapping[str, str], counted: bool = False, text: ChartText = ENGLISH, dark: bool
) -> go.Figure:
    """Draw shares or counts as tints, line by bin, the first line on top; bins with too few stories stay blank.

    A dot marks unfinished bins. Cells carry customdata as the points of share_over_time do.
    """
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    found, ink = measured(frame, counted=counted, names=names, text=text), inks(dark=dark)
    curves = split_labels(found.points)[::-1]
    z = [drawn_y(curve) for curve in curves]
    x, rows = periods(found.points), list(range(len(curves)))
    drawn = figure(dark=dark, height=_TOP + _BOTTOM + max(_ROW * len(curves), 60))
    bar = {"tickformat": found.ticks, "thickness": 10, "outlinewidth": 0, "nticks": 5, "len": 1.0}
    tiles = go.Heatmap(
        x=x, y=rows, z=z, colorscale=_SCALE[dark], zmin=0, xgap=1, ygap=1, hoverinfo="skip", colorbar=bar
    )
    drawn.add_traces([tiles, _cells(curves, x, text_color=ink.muted)])
    drawn.update_layout(
        margin={"t": _TOP, "b": _BOTTOM, "l": 8, "r": 8}, annotations=[caption_note(found.caption, ink=ink)]
    )
    labels = [named(curve["label_id"].iloc[0], names).replace("<br>", " ") for curve in curves]
    drawn.update_yaxes(tickvals=rows, ticktext=labels, ticksuffix="  ", showgrid=False, range=[-0.5, len(rows) - 0.5])
    axis = {**time_axis(found.points, ink=ink), "range": [-0.5, len(x) - 0.5], "showspikes": False}
    return drawn.update_xaxes(**axis)


def _cells(curves: list[pd.DataFrame], x: list[str], *, text_color: str) -> dict[str, object]:
    """Return the marks that answer to hover and click, which a heat map's own tiles do not; a dot where unfinished."""
    points = pd.concat(curves, ignore_index=True)
    unfinished = (points["state"] == BinState.UNFINISHED).to_numpy()
    return {
        "type": "scatter",
        "x": x * len(curves),
        "y": np.repeat(np.arange(len(curves)), len(x)).tolist(),
        "mode": "markers",
        "marker": {
            "symbol": "circle",
            "size": np.where(unfinished, 5, 14).tolist(),
            "color": text_color,
            "opacity": np.where(unfinished, 0.9, 0.0).tolist(),
        },
        "customdata": click_data(points),
        "hovertext": points["hover"].tolist(),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
