"""A plot of curves over calendar bins: axes, caption, key to the marks, names at the right edge."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import curve_traces, mark_keys
from core.charts.end_labels import end_labels, end_margin
from core.charts.notes import caption_note, key_notes
from core.charts.theme import figure, inks
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ChartText

_HEIGHT, _TOP, _BOTTOM = 400, 44, 44
_MOST_BANDS = 3
_MANY_POINTS = 240


def curve_figure(
    points: pd.DataFrame, *, names: Mapping[str, str], caption: str, text: ChartText, top: float, dark: bool
) -> go.Figure:
    """Draw points (see core.charts.curves) as one curve a label over a y axis from 0 to top."""
    ink, x = inks(dark=dark), periods(points)
    curves = split_labels(points)
    banded = has_bands(points)
    drawn = figure(dark=dark, height=_HEIGHT)
    for curve in curves:
        heavy = len(points) <= _MANY_POINTS
        drawn.add_traces(curve_traces(curve, x=x, ink=ink, band=banded, heavy=heavy))
    labels = end_labels(curves, names=names, top=top, pixels=_HEIGHT - _TOP - _BOTTOM)
    keys = mark_keys(points, text=text, banded=banded)
    notes = [*labels, caption_note(caption, ink=ink), *key_notes(keys, ink=ink)]
    margin = {"t": _TOP, "b": _BOTTOM, "l": 8, "r": end_margin(points, names=names)}
    drawn.update_layout(annotations=notes, margin=margin)
    return drawn.update_xaxes(**time_axis(points, ink=ink)).update_yaxes(range=[0, top], nticks=6)


def has_bands(points: pd.DataFrame) -> bool:
    """Return whether intervals are drawn as bands: more than three would hide each other."""
    return points["label_id"].nunique() <= _MOST_BANDS and bool(points["low"].notna().any())


def split_labels(points: pd.DataFrame) -> list[pd.DataFrame]:
    """Return one frame a label, in the order they come in."""
    return [curve for _, curve in points.groupby("label_id", sort=False)]
