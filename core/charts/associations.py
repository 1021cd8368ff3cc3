"""The association of two labels over time."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note, key_notes
from core.charts.palette import label_color
from core.charts.theme import figure, inks, nothing, tinted
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ENGLISH, ChartText, period_label

_HEIGHT, _TOP, _BOTTOM = 300, 44, 44


def association_over_time(
    frame: pd.DataFrame, *, label_id: str, text: ChartText = ENGLISH, dark: bool = False
) -> go.Figure:
    """Draw the association of two labels bin by bin in the colour of one of them, with its 95 % interval.

    Takes start, end, n, n_first, n_second, total, npmi, low, high, enough. Bins with too few stories for a figure
    are left blank: the line breaks there. Above the dotted line at 0 the labels meet more often than chance has it.
    """
    kept = frame["enough"].astype(bool)
    if not kept.any():
        return nothing(text.too_thin, dark=dark)
    ink, color, x = inks(dark=dark), label_color(label_id), periods(frame)
    drawn = figure(dark=dark, height=_HEIGHT)
    value, low, high = (frame[column].where(kept) for column in ("npmi", "low", "high"))
    drawn.add_trace(
        {
            "type": "scatter",
            "x": x,
            "y": value,
            "mode": "lines+markers",
            "line": {"color": color, "width": 2},
            "marker": {"size": 8, "color": color},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": (high - value).tolist(),
                "arrayminus": (value - low).tolist(),
                "color": tinted(color, 0.45),
                "thickness": 1.5,
                "width": 4,
            },
            "hovertext": [_hover(row, text) for row in frame.itertuples()],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    keys = [f"┃ {text.band}"]
    margin = {"t": _TOP, "b": _BOTTOM, "l": 8, "r": 24}
    drawn.update_layout(annotations=[caption_note(text.association, ink=ink), *key_notes(keys, ink=ink)], margin=margin)
    drawn.add_hline(y=0, line={"dash": "dot", "width": 1, "color": ink.axis})
    bottom = min(-0.1, float(np.nanmin(low)) - 0.05)
    return drawn.update_xaxes(**time_axis(frame, ink=ink)).update_yaxes(range=[bottom, 1.05], nticks=6)


def _hover(row: Any, text: ChartText) -> str:
    interval = text.interval.format(low=f"{row.low:+.2f}", high=f"{row.high:+.2f}")
    both = text.of_total.format(n=f"{row.n:,}", total=f"{row.total:,}")
    return f"<b>{period_label(row.start, row.end)}</b>  <b>{row.npmi:+.2f}</b><br>{both}<br>{interval}"
