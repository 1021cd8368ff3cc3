"""The lines of another model version laid over a chart of shares."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import click_data
from core.charts.palette import label_style
from core.charts.plot import split_labels
from core.charts.time_axis import periods
from core.charts.wording import percent, period_label

HEADROOM = 1.08


def with_other_model(drawn: go.Figure, frame: pd.DataFrame, *, names: Mapping[str, str], model: str) -> go.Figure:
    """Add a thin dash-dotted line a label to a figure of `share_over_time`; bins without enough stories break it.

    Takes a frame as `share_over_time` does, of the same bins. The y axis grows where the line needs it.
    """
    x = periods(frame)
    for curve in split_labels(frame):
        share = curve["share"].where(curve["enough"])
        drawn.add_trace(
            {
                "type": "scatter",
                "x": x,
                "y": [None if value != value else float(value) for value in share],
                "mode": "lines",
                "line": {"color": label_style(curve["label_id"].iloc[0]).color, "width": 1.5, "dash": "dashdot"},
                "opacity": 0.6,
                "customdata": click_data(curve),
                "hovertext": [_hover(row, names=names, model=model) for row in curve.itertuples()],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    highest = frame["share"].where(frame["enough"]).max()
    top = drawn.layout.yaxis.range[1] if drawn.layout.yaxis.range else 0
    if highest == highest and HEADROOM * highest > top:
        drawn.update_yaxes(range=[0, min(1.02, HEADROOM * highest)])
    return drawn


def _hover(row: Any, *, names: Mapping[str, str], model: str) -> str:
    name = names.get(row.label_id, row.label_id)
    return f"{period_label(row.start, row.end)}<br>{name} · {model}  <b>{percent(row.share)}</b>"
