"""A plot of curves over calendar bins: axes, caption, key to the marks, names at the right edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import curve_traces, mark_keys
from core.charts.end_labels import end_labels, end_margin
from core.charts.notes import caption_note, key_notes
from core.charts.theme import figure, inks
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ChartText

_HEIGHT, _TOP, _BOTTOM = 400, 44, 44
_MANY_POINTS = 240


@dataclass(frozen=True)
class CurveLook:
    """What differs between plots of curves: words above the y axis, its upper end, intervals as bands or not."""

    caption: str
    top: float
    banded: bool


def curve_figure(
    points: pd.DataFrame, look: CurveLook, *, names: Mapping[str, str], text: ChartText, dark: bool
) -> go.Figure:
    """Draw points (see core.charts.curves) as one curve a label over a y axis from 0 to the top."""
    ink, x = inks(dark=dark), periods(points)
    curves = split_labels(points)
    drawn = figure(dark=dark, height=_HEIGHT)
    heavy = len(points) <= _MANY_POINTS
    traces = [curve_traces(curve, x=x, ink=ink, band=look.banded, heavy=heavy) for curve in curves]
    labels = end_labels(curves, names=names, top=look.top, pixels=_HEIGHT - _TOP - _BOTTOM)
    keys = mark_keys(points, text=text, banded=look.banded)
    notes = [*labels, caption_note(look.caption, ink=ink), *key_notes(keys, ink=ink)]
    margin = {"t": _TOP, "b": _BOTTOM, "l": 8, "r": end_margin(points, names=names)}
    drawn.add_traces(list(chain.from_iterable(traces))).update_layout(annotations=notes, margin=margin)
    return drawn.update_xaxes(**time_axis(points, ink=ink)).update_yaxes(range=[0, look.top], nticks=6)


def split_labels(points: pd.DataFrame) -> list[pd.DataFrame]:
    """Return one frame a label, in the order they come in."""
    return [curve for _, curve in points.groupby("label_id", sort=False)]
