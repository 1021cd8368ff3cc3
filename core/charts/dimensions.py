"""The three dimensions at a glance: a panel each, with its aspects."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import Trace, curve_traces, mark_keys
from core.charts.end_labels import end_labels, end_margin
from core.charts.notes import caption_note, key_notes
from core.charts.plot import split_labels
from core.charts.shares import PERCENT_TICKS, highest_share, share_points
from core.charts.theme import figure, inks, nothing
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ENGLISH, ChartText

_PANEL, _GAP, _TOP, _BOTTOM = 160, 36, 40, 44


def dimension_shares(
    frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False
) -> go.Figure:
    """Draw a panel for each dimension, one above the other over the same bins and the same scale: its share as a
    heavy line with its interval, the shares of its aspects as light lines.

    Takes Series.frame for dimensions and aspects (label ids `market`, `market.demand` …); panels come in the order
    of the frame. Marks and customdata are those of share_over_time.
    """
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    ink = inks(dark=dark)
    points = share_points(frame, names=names, text=text)
    panels = split_dimensions(points)
    drawn = figure(dark=dark, height=_TOP + _BOTTOM + _plotted(len(panels)))
    top = highest_share(points, with_intervals=False)
    traces: list[Trace] = []
    notes = [caption_note(text.share, ink=ink), *key_notes(mark_keys(points, text=text, banded=True), ink=ink)]
    for number, panel in enumerate(panels, start=1):
        suffix = "" if number == 1 else str(number)
        traces += _curves(panel, suffix=suffix, dark=dark)
        notes += _labels(panel, suffix=suffix, names=names, top=top)
        drawn.update_layout(_axes(panel, number=number, n_panels=len(panels), top=top, dark=dark))
    margin = {"t": _TOP, "b": _BOTTOM, "l": 8, "r": end_margin(points, names=names)}
    return drawn.add_traces(traces).update_layout(annotations=notes, margin=margin)


def split_dimensions(points: pd.DataFrame) -> list[pd.DataFrame]:
    """Return one frame a dimension, in the order they come in."""
    return [panel for _, panel in points.groupby(points["label_id"].str.partition(".")[0], sort=False)]


def _is_dimension(curve: pd.DataFrame) -> bool:
    return "." not in curve["label_id"].iloc[0]


def _curves(panel: pd.DataFrame, *, suffix: str, dark: bool) -> list[Trace]:
    x, ink, found = periods(panel), inks(dark=dark), []
    for curve in split_labels(panel):
        heavy = _is_dimension(curve)
        traces = curve_traces(curve, x=x, ink=ink, band=heavy, heavy=heavy)
        found += [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in traces]
    return found


def _labels(panel: pd.DataFrame, *, suffix: str, names: Mapping[str, str], top: float) -> list[dict[str, Any]]:
    curves, found = split_labels(panel), []
    for curve, label in zip(curves, end_labels(curves, names=names, top=top, pixels=_PANEL), strict=True):
        text = f"<b>{label['text']}</b>" if _is_dimension(curve) else label["text"]
        found.append({**label, "text": text, "yref": f"y{suffix}"})
    return found


def _axes(panel: pd.DataFrame, *, number: int, n_panels: int, top: float, dark: bool) -> dict[str, Any]:
    """Return the axes of a panel: panel 1 on top, the bins named below the last one."""
    suffix = "" if number == 1 else str(number)
    plotted = _plotted(n_panels)
    upper = 1 - (number - 1) * (_PANEL + _GAP) / plotted
    x_axis = {**time_axis(panel, ink=inks(dark=dark)), "anchor": f"y{suffix}", "showticklabels": number == n_panels}
    y_axis = {"domain": [max(0.0, upper - _PANEL / plotted), upper], "range": [0, top], "nticks": 4}
    y_axis |= {"anchor": f"x{suffix}", "tickformat": PERCENT_TICKS}
    return {f"xaxis{suffix}": x_axis, f"yaxis{suffix}": y_axis}


def _plotted(n_panels: int) -> int:
    """Return the pixels from the top of the first panel to the foot of the last."""
    return n_panels * _PANEL + (n_panels - 1) * _GAP
