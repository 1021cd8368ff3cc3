"""What is laid over a plot of curves: smoother curves, bursts and steps, what may come next."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import Trace
from core.charts.palette import label_style
from core.charts.theme import inks, tinted
from core.charts.time_axis import periods
from core.charts.wording import ChartText, percent, period_label

_FAINT = 0.35
_HOLDS = "holds"
_SIGNS = {"rise": ("▲", "△"), "fall": ("▼", "▽")}
MOST_TEXTS = 6
"""Beyond so many marks only their signs are drawn, and the words come with the pointer."""


def with_smooth(figure: go.Figure, frame: pd.DataFrame) -> go.Figure:
    """Lay each line's smoother curve (column smooth) over it; the curve itself becomes faint."""
    if frame["smooth"].isna().all():
        return figure
    figure.for_each_trace(lambda trace: trace.update(opacity=_FAINT), selector={"mode": "lines"})
    traces: list[Trace] = []
    for label_id, line in frame.groupby("label_id", sort=False):
        style = label_style(str(label_id))
        y = [None if pd.isna(value) else float(value) for value in line["smooth"]]
        look = {"color": style.color, "width": 3}
        traces.append(
            {"type": "scatter", "x": periods(line), "y": y, "mode": "lines", "line": look, "hoverinfo": "skip"}
        )
    return figure.add_traces(traces)


def with_marks(
    figure: go.Figure,
    frame: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    names: Mapping[str, str],
    text: ChartText,
    dark: bool = False,
) -> go.Figure:
    """Mark bursts (a bar along the curve) and steps (▲ ▼ at the first bin of the new level), see core.trends.marks.

    Those that do not hold within the same sources (column within is not "holds") are open: a dotted line, △ ▽.
    """
    shown = marks[(marks["kind"] != "burst") | (marks["level"] == 1)]
    row: Any
    for row in shown.itertuples():
        line = frame[(frame["label_id"] == row.label_id) & (frame["start"] >= row.start)]
        span = line[line["end"] <= row.end] if row.kind == "burst" else line.head(1)
        words = mark_words(row, text=text)
        hover = f"<b>{names.get(row.label_id, row.label_id)}</b><br>{words}<br>{_counts(row, text=text)}"
        hover += {"not_within": f"<br>{text.not_within}", "no_common": f"<br>{text.no_common}"}.get(row.within, "")
        figure.add_trace(_burst(row, span, hover) if row.kind == "burst" else _step(row, span, hover))
        if len(shown) <= MOST_TEXTS and span["share"].notna().any():
            figure.add_annotation(_note(span, words, dark=dark))
    return figure


def mark_words(row: Any, *, text: ChartText) -> str:
    """Return a burst or step in a few words."""
    share, before = percent(row.n / row.total), percent(row.n_before / row.total_before) if row.total_before else "–"
    if row.kind == "burst":
        return text.burst.format(share=share, before=before)
    sign = _SIGNS[row.kind][row.within != _HOLDS]
    return f"{sign} {text.before_and_now.format(before=before, now=share)}"


def _counts(row: Any, *, text: ChartText) -> str:
    after = text.of_total.format(n=f"{row.n:,}", total=f"{row.total:,}")
    before = text.of_total.format(n=f"{row.n_before:,}", total=f"{row.total_before:,}")
    return f"{after} / {before}" if row.kind == "burst" else text.before_and_now.format(before=before, now=after)


def _burst(row: Any, span: pd.DataFrame, hover: str) -> Trace:
    color = label_style(row.label_id).color
    # a marker a bin as well: a burst of one bin has no line
    marker = {"color": tinted(color, 0.3), "size": 15, "symbol": "square", "line": {"width": 0}}
    trace: Trace = {"type": "scatter", "x": periods(span), "y": span["share"].tolist(), "mode": "lines+markers"}
    look = {"line": {"color": tinted(color, 0.3), "width": 13}, "marker": marker, "hovertext": hover}
    if row.within != _HOLDS:
        look["line"] = {"color": tinted(color, 0.7), "width": 3, "dash": "dot"}
        look["marker"] = {"color": color, "size": 13, "symbol": "square-open", "line": {"width": 1.5, "color": color}}
    return {**trace, **look, "hovertemplate": "%{hovertext}<extra></extra>", "customdata": _places(span)}


def _step(row: Any, span: pd.DataFrame, hover: str) -> Trace:
    color = label_style(row.label_id).color
    symbol = "triangle-up" if row.kind == "rise" else "triangle-down"
    marker = {"color": color, "size": 15, "symbol": symbol, "line": {"width": 1.5, "color": "white"}}
    if row.within != _HOLDS:
        marker |= {"symbol": f"{symbol}-open", "line": {"width": 2, "color": color}}
    trace: Trace = {"type": "scatter", "x": periods(span), "y": span["share"].tolist(), "mode": "markers"}
    look = {"marker": marker, "hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>"}
    return {**trace, **look, "customdata": _places(span)}


def _places(span: pd.DataFrame) -> list[list[str]]:
    return [[str(value) for value in row] for row in span[["label_id", "start", "end"]].to_numpy()]


def _note(span: pd.DataFrame, words: str, *, dark: bool) -> dict[str, Any]:
    top = span.iloc[int(np.nanargmax(span["share"].to_numpy()))]
    place = {"x": period_label(top["start"], top["end"]), "y": float(top["share"]), "yshift": 16, "showarrow": False}
    ink = inks(dark=dark)
    ground = {"bgcolor": tinted(ink.panel, 0.8), "borderpad": 1}
    return {**place, **ground, "text": words, "font": {"size": 11, "color": label_style(top["label_id"]).color}}


def with_outlook(figure: go.Figure, outlook: pd.DataFrame, *, names: Mapping[str, str], text: ChartText) -> go.Figure:
    """Draw the expected shares of the next bins with their 95 % prediction intervals as a fan.

    Takes label_id, start, end, share, low, high; a line's first row is its last bin, from which the fan opens.
    """
    if outlook.empty:
        return figure
    known = list(figure.layout.xaxis.categoryarray)
    ahead = [period for period in periods(outlook) if period not in known]
    ends = [-0.4, len(known) + len(ahead) - 0.6]
    figure.update_xaxes(categoryarray=[*known, *ahead], range=ends)
    for label_id, line in outlook.groupby("label_id", sort=False):
        figure.add_traces(_fan(line, label_style(str(label_id)).color, names=names, text=text))
    highest = float(outlook["high"].max())
    if figure.layout.yaxis.range[1] < highest:
        figure.update_yaxes(range=[0, min(1.02, 1.05 * highest)])
    return figure


def _fan(line: pd.DataFrame, color: str, *, names: Mapping[str, str], text: ChartText) -> list[Trace]:
    x = periods(line)
    around = line["high"].tolist() + line["low"].tolist()[::-1]
    base: Trace = {"type": "scatter", "hoverinfo": "skip", "mode": "lines"}
    fan = {
        **base,
        "x": x + x[::-1],
        "y": around,
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": tinted(color, 0.1),
    }
    middle = {**base, "x": x, "y": line["share"].tolist(), "line": {"color": color, "width": 1.75, "dash": "dash"}}
    hovers = []
    row: Any
    for row in line.iloc[1:].itertuples():
        interval = text.expected_interval.format(low=percent(row.low), high=percent(row.high))
        expected = text.expected.format(share=percent(row.share))
        name = f"{period_label(row.start, row.end)}<br><b>{names.get(row.label_id, row.label_id)}</b>"
        hovers.append(f"{name}  {expected}<br>{interval}")
    dots = {**base, "mode": "markers", "x": x[1:], "y": line["share"].tolist()[1:], "hoverinfo": None}
    dots |= {"marker": {"symbol": "diamond-open", "size": 8, "color": color, "line": {"width": 1.5}}}
    return [fan, middle, {**dots, "hovertext": hovers, "hovertemplate": "%{hovertext}<extra></extra>"}]
