"""Small multiples: a panel a line, all over the same bins and the same scale."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import Trace, curve_traces, mark_keys
from core.charts.notes import caption_note, key_notes
from core.charts.palette import named
from core.charts.plot import split_labels
from core.charts.points import measured
from core.charts.theme import figure, inks, nothing
from core.charts.time_axis import periods, time_axis
from core.charts.wording import ENGLISH, ChartText

_COLUMNS, _PANEL, _GAP, _TOP, _BOTTOM = 3, 104, 48, 64, 44
_FEW_TICKS = 3


def small_multiples(
    frame: pd.DataFrame, *, names: Mapping[str, str], counted: bool = False, text: ChartText = ENGLISH, dark: bool
) -> go.Figure:
    """Draw a panel for each line, in rows of three, with its interval; marks and customdata as share_over_time."""
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    found, ink = measured(frame, counted=counted, names=names, text=text), inks(dark=dark)
    curves = split_labels(found.points)
    n_columns, n_rows = min(_COLUMNS, len(curves)), -(-len(curves) // _COLUMNS)
    plotted = n_rows * (_PANEL + _GAP) - _GAP
    drawn = figure(dark=dark, height=_TOP + _BOTTOM + plotted)
    traces: list[Trace] = []
    notes = [caption_note(found.caption, ink=ink)]
    notes += key_notes(mark_keys(found.points, text=text, banded=not counted), ink=ink)
    for note in notes:
        note["yshift"] = 44  # above the first row's names
    for number, curve in enumerate(curves):
        suffix = "" if number == 0 else str(number + 1)
        row, column = divmod(number, _COLUMNS)
        upper, left = 1 - row * (_PANEL + _GAP) / plotted, column / n_columns
        domains = ([left, left + (0.9 if n_columns > 1 else 1) / n_columns], [upper - _PANEL / plotted, upper])
        own = curve_traces(curve, x=periods(curve), ink=ink, band=not counted, heavy=False)
        traces += [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in own]
        drawn.update_layout(_axes(curve, suffix, domains, top=found.top, ticks=found.ticks, dark=dark))
        notes.append(_title(curve["label_id"].iloc[0], names, left, upper))
    margin = {"t": _TOP, "b": _BOTTOM, "l": 8, "r": 8}
    return drawn.add_traces(traces).update_layout(annotations=notes, margin=margin)


def _axes(
    curve: pd.DataFrame, suffix: str, domains: tuple[list[float], list[float]], *, top: float, ticks: str, dark: bool
) -> dict[str, Any]:
    axis = time_axis(curve, ink=inks(dark=dark))
    # a third of the width has room for a third of the ticks
    shown = list(zip(axis["tickvals"], axis["ticktext"], strict=True))  # type: ignore[call-overload]
    kept = shown[:: -(-len(shown) // _FEW_TICKS)]
    axis |= {"tickvals": [value for value, _ in kept], "ticktext": [words for _, words in kept]}
    across, upward = domains
    x_axis = {**axis, "domain": across, "anchor": f"y{suffix}", "tickfont": {"size": 10}}
    y_axis = {"domain": [max(0.0, upward[0]), upward[1]], "range": [0, top], "nticks": 3, "tickformat": ticks}
    return {f"xaxis{suffix}": x_axis, f"yaxis{suffix}": {**y_axis, "anchor": f"x{suffix}", "tickfont": {"size": 10}}}


def _title(label_id: str, names: Mapping[str, str], left: float, upper: float) -> dict[str, Any]:
    place = {"x": left, "xref": "paper", "xanchor": "left", "y": upper, "yref": "paper", "yanchor": "bottom"}
    one_line = named(label_id, names).replace("<br>", " ")
    return {**place, "yshift": 4, "showarrow": False, "align": "left", "text": one_line, "font": {"size": 12}}
