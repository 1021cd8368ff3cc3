"""Charts with a row a label: the axis of names, and the points of a single bin."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import BinState, click_data, mark_keys
from core.charts.notes import caption_note, key_notes
from core.charts.palette import label_style, named
from core.charts.theme import Inks, figure, inks
from core.charts.time_axis import periods
from core.charts.wording import ChartText

ROW, TOP, BOTTOM = 36, 40, 32
"""Pixels of a row, and above and below the rows."""


def row_figure(label_ids: Sequence[str], *, names: Mapping[str, str], right: int, dark: bool) -> go.Figure:
    """Return an empty figure with a named row for each label, the first at the bottom (y = 0).

    `right` is the margin in pixels that values beside the rows need.
    """
    ink = inks(dark=dark)
    drawn = figure(dark=dark, height=TOP + BOTTOM + ROW * len(label_ids))
    drawn.update_layout(margin={"t": TOP, "b": BOTTOM, "l": 8, "r": right}, bargap=0.42)
    drawn.update_xaxes(showgrid=True, showline=False, ticks="", nticks=6)
    return drawn.update_yaxes(
        range=[-0.5, len(label_ids) - 0.5],
        # numbers rather than names as places: two long names may be cut to the same text
        tickvals=list(range(len(label_ids))),
        ticktext=[named(label_id, names) for label_id in label_ids],
        ticksuffix="  ",
        tickfont={"color": ink.text},
        showgrid=False,
    )


def single_bin_figure(
    points: pd.DataFrame, *, names: Mapping[str, str], caption: str, text: ChartText, dark: bool
) -> go.Figure:
    """Draw the points of one bin as a row a label, with whiskers where there is an interval."""
    ink = inks(dark=dark)
    rows = points.iloc[::-1]
    drawn = row_figure(rows["label_id"].tolist(), names=names, right=24, dark=dark)
    notes = [caption_note(f"{caption} · {periods(points)[0]}", ink=ink)]
    keys = mark_keys(points, text=text, banded=False)
    drawn.update_layout(annotations=[*notes, *key_notes(keys, ink=ink)])
    return drawn.add_trace(_dots(rows, ink=ink)).update_xaxes(rangemode="tozero")


def _dots(rows: pd.DataFrame, *, ink: Inks) -> go.Scatter:
    styles = [label_style(label_id) for label_id in rows["label_id"]]
    thin, whole = rows["state"] == BinState.THIN, rows["state"] == BinState.WHOLE
    above, below = (rows["high"] - rows["y"]).fillna(0), (rows["y"] - rows["low"]).fillna(0)
    return go.Scatter(
        x=rows["y"],
        y=list(range(len(rows))),
        mode="markers",
        marker={
            "symbol": [s.marker if is_whole else f"{s.marker}-open" for s, is_whole in zip(styles, whole, strict=True)],
            "color": [ink.axis if is_thin else s.color for s, is_thin in zip(styles, thin, strict=True)],
            "line": {"width": np.where(whole, 0, 2)},
            "size": 11,
        },
        error_x={
            "array": above.mask(thin, 0),
            "arrayminus": below.mask(thin, 0),
            "symmetric": False,
            "color": ink.muted,
            "thickness": 1.5,
            "width": 5,
            "visible": bool(rows["low"].notna().any()),
        },
        cliponaxis=False,
        customdata=click_data(rows),
        hovertext=rows["hover"],
        hovertemplate="%{hovertext}<extra></extra>",
    )
