"""Curves over calendar bins: how a label's whole, unfinished and thin bins are drawn.

What the values are (shares, counts) is the callers'. A curve is a frame with one row a bin, in order of time:
label_id, start, end, y, low, high (NaN where there is no interval), state, hover.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from core.charts.palette import label_style
from core.charts.theme import Inks, tinted
from core.charts.wording import ChartText


class BinState(StrEnum):
    """What a bin's value is worth."""

    WHOLE = "whole"
    UNFINISHED = "unfinished"
    """Not over yet, or cut by the period asked for: open marker, dotted line."""
    THIN = "thin"
    """Too few stories: a grey ring that no line touches."""
    EMPTY = "empty"


DRAWN = (BinState.WHOLE, BinState.UNFINISHED)
Trace = dict[str, Any]
"""A Plotly trace as it stands in the figure's JSON: trace objects would be checked and copied twice."""
_MANY_BINS = 45
_SHOWN_MARKERS = 16
_THIN_BAR = {"thickness": 1.5, "width": 0}


def bin_states(frame: pd.DataFrame) -> list[BinState]:
    """Tell what each bin's share is worth, from columns complete, enough, total.

    >>> bin_states(pd.DataFrame({"complete": [True, False], "enough": True, "total": 9}))
    [<BinState.WHOLE: 'whole'>, <BinState.UNFINISHED: 'unfinished'>]
    """
    finished = np.where(frame["complete"], BinState.WHOLE, BinState.UNFINISHED)
    thin = np.where(frame["total"] > 0, BinState.THIN, BinState.EMPTY)
    return [BinState(state) for state in np.where(frame["enough"], finished, thin)]


def mark_keys(points: pd.DataFrame, *, text: ChartText, banded: bool) -> list[str]:
    """Return what explains the marks that the points need: bands, dotted lines, grey rings."""
    states = set(points["state"])
    keys = [f"▒ {text.band}"] if banded else []
    keys += [f"┄ {text.unfinished}"] if BinState.UNFINISHED in states else []
    return keys + ([f"○ {text.too_few}"] if BinState.THIN in states else [])


def curve_traces(curve: pd.DataFrame, *, x: list[str], ink: Inks, band: bool, heavy: bool) -> list[Trace]:
    """Return band, line, dotted line and markers of one label; only the markers answer to hover and click.

    Every marker's customdata is [label_id, start, end], dates as ISO text.
    """
    style = label_style(curve["label_id"].iloc[0])
    line = {"color": style.color, "width": 2.25 if heavy else 1.5}
    traces = [_line(x, _whole_y(curve), line={**line, "dash": style.dash})]
    dotted_x, dotted_y = _unfinished_segments(curve, x)
    traces.append(_line(dotted_x, dotted_y, line={**line, "dash": "dot"}))
    if band:
        traces = [*_bands(curve, x, style.color), *traces]
    return [*traces, _markers(curve, x=x, ink=ink)]


def _line(x: Sequence[str | None], y: list[float | None], *, line: dict[str, object]) -> Trace:
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"}


def _whole_y(curve: pd.DataFrame) -> list[float | None]:
    whole = curve["state"] == BinState.WHOLE
    return [float(y) if is_whole else None for y, is_whole in zip(curve["y"], whole, strict=True)]


def _unfinished_segments(curve: pd.DataFrame, x: list[str]) -> tuple[list[str | None], list[float | None]]:
    """Return pieces of line between neighbours of which at least one is unfinished, None after each piece."""
    states, y = curve["state"].tolist(), curve["y"].tolist()
    found_x: list[str | None] = []
    found_y: list[float | None] = []
    for left in range(len(x) - 1):
        pair = states[left : left + 2]
        if all(state in DRAWN for state in pair) and BinState.UNFINISHED in pair:
            found_x += [x[left], x[left + 1], None]
            found_y += [y[left], y[left + 1], None]
    return found_x, found_y


def runs(curve: pd.DataFrame) -> Iterator[slice]:
    """Yield the stretches of neighbouring bins that have enough stories."""
    drawn = np.concatenate([[False], curve["state"].isin(DRAWN).to_numpy(), [False]])
    edges = np.flatnonzero(drawn[1:] != drawn[:-1])
    for begin, end in edges.reshape(-1, 2):
        yield slice(int(begin), int(end))


def _bands(curve: pd.DataFrame, x: list[str], color: str) -> list[Trace]:
    """Return one interval polygon a run."""
    bands = []
    for run in runs(curve):
        low, high = curve["low"].iloc[run].tolist(), curve["high"].iloc[run].tolist()
        outline = _line(x[run] + x[run][::-1], high + low[::-1], line={"width": 0})
        bands.append({**outline, "fill": "toself", "fillcolor": tinted(color, 0.14)})
    return bands


def _sizes(curve: pd.DataFrame) -> list[float]:
    """Return marker sizes: on a long line every few bins a full one, between them dots that a click still finds."""
    every = max(1, len(curve) // _SHOWN_MARKERS) if len(curve) > _MANY_BINS else 1
    # labels begin at different bins, so that their markers do not stand in columns
    begin = sum(curve["label_id"].iloc[0].encode()) % every
    full = (np.arange(len(curve)) % every == begin) | (curve["state"] != BinState.WHOLE).to_numpy()
    for run in runs(curve):
        full[run.start] |= run.stop - run.start == 1
    return [float(size) for size in np.where(full, 7.0, 2.0)]


def _markers(curve: pd.DataFrame, *, x: list[str], ink: Inks) -> Trace:
    style = label_style(curve["label_id"].iloc[0])
    states = curve["state"].tolist()
    symbols = {BinState.WHOLE: style.marker, BinState.UNFINISHED: f"{style.marker}-open", BinState.THIN: "circle-open"}
    marker = {
        "symbol": _common([symbols.get(state, "circle-open") for state in states]),
        "color": _common([ink.axis if state == BinState.THIN else style.color for state in states]),
        "size": _common(_sizes(curve)),
        "line": {"width": _common([0.0 if state == BinState.WHOLE else 1.75 for state in states])},
    }
    return {
        "type": "scatter",
        "x": x,
        "y": [None if state == BinState.EMPTY else y for state, y in zip(states, curve["y"], strict=True)],
        "mode": "markers",
        "marker": marker,
        "customdata": click_data(curve),
        "hovertext": curve["hover"].tolist(),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverlabel": {"bordercolor": style.color},
        "unselected": {"marker": {"opacity": 0.9}},
        "cliponaxis": False,
        "error_y": _lone_intervals(curve, style.color),
    }


def _common(values: list[Any]) -> Any:
    """Return the one value that all bins have, or else the list: Plotly checks long lists item by item."""
    return values[0] if len(set(values)) == 1 else values


def click_data(frame: pd.DataFrame) -> list[list[str]]:
    """Return [label_id, start, end] of each row."""
    return [[str(value) for value in row] for row in frame[["label_id", "start", "end"]].to_numpy()]


def _lone_intervals(curve: pd.DataFrame, color: str) -> dict[str, object]:
    """Return whiskers for bins without a neighbour: no band can show their interval."""
    lone = [run.start for run in runs(curve) if run.stop - run.start == 1]
    if not lone or curve["low"].isna().all():
        return {"visible": False}
    above, below = np.zeros(len(curve)), np.zeros(len(curve))
    above[lone] = (curve["high"] - curve["y"]).iloc[lone]
    below[lone] = (curve["y"] - curve["low"]).iloc[lone]
    return {"array": above, "arrayminus": below, "symmetric": False, **_THIN_BAR, "color": tinted(color, 0.5)}
