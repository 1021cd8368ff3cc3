"""Labels that occur together, as a network: a label keeps its place on the ring, the strongest ties cross it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import Trace
from core.charts.notes import caption_note, key_notes
from core.charts.palette import label_style
from core.charts.theme import Inks, figure, inks, nothing, tinted
from core.charts.wording import ENGLISH, ChartText, elide

Floats = npt.NDArray[np.float64]

_ROW, _LEAST_HEIGHT, _TOP, _BOTTOM, _SIDE = 24, 440, 48, 28, 200
_SMALLEST, _LARGEST = 7.0, 28.0
_NAME_COLUMNS = 30
_BEND = (0.75, 0.2)
"""A curve is drawn towards a point so far out from the ring's centre to the middle of its ends: where these are
neighbours, and where they face each other. So short ties stay near the ring, and their middles apart."""
_STRENGTHS = ((0.0, 1.2), (0.25, 2.6), (0.45, 4.6))
"""From which association on a line is so many pixels wide."""


def label_network(
    frame: pd.DataFrame,
    *,
    order: Sequence[str],
    names: Mapping[str, str],
    focus: Collection[str] = (),
    text: ChartText = ENGLISH,
    dark: bool = False,
) -> go.Figure:
    """Draw labels on a ring in the order given (clockwise from the top) and a line for each row of a frame of pairs.

    Takes first, second, n, n_first, n_second, expected, npmi, low, high (rows of Relations.frame that are to be
    drawn). A dot's area is the label's stories, a line's width the association. Lines of a focus of one label and
    the line of a focus of two stand out. Dots carry customdata [label_id], the diamonds on the lines [first, second].
    """
    if frame.empty:
        return nothing(text.unrelated, dark=dark)
    ink = inks(dark=dark)
    own = _stories(frame)
    held = [label_id for label_id in order if label_id in own]
    places = dict(zip(held, ring(len(held)), strict=True))
    drawn = figure(dark=dark, height=max(_LEAST_HEIGHT, _TOP + _BOTTOM + _ROW * -(-len(held) // 2)))
    traces = [*_lines(frame, places, focus, ink), _middles(frame, places, names, text, ink)]
    sizes = _sizes([own[label_id] for label_id in held])
    traces.append(_dots(held, places, sizes, [_dot_hover(label, own[label], names, text) for label in held]))
    notes = [_name_note(label, places[label], size, names, ink) for label, size in zip(held, sizes, strict=True)]
    notes += [caption_note(text.together, ink=ink), *key_notes([text.network_key], ink=ink)]
    margin = {"t": _TOP, "b": _BOTTOM, "l": _SIDE, "r": _SIDE}
    drawn.add_traces(traces).update_layout(annotations=notes, margin=margin)
    axis: dict[str, Any] = {"visible": False, "range": [-1.08, 1.08], "automargin": False}
    return drawn.update_xaxes(**axis).update_yaxes(**axis)


def ring(n: int) -> list[tuple[float, float]]:
    """Return n places on a ring of radius 1, clockwise from the top, evenly spaced in height on either side.

    So no two names of a side ever stand on one another, however many there are.

    >>> ring(2), [(round(x, 2), round(y, 2)) for x, y in ring(4)]
    ([(1.0, 0.0), (-1.0, 0.0)], [(0.87, 0.5), (0.87, -0.5), (-0.87, -0.5), (-0.87, 0.5)])
    """
    right, left = (n + 1) // 2, n // 2
    heights = [1 - (2 * k + 1) / right for k in range(right)], [(2 * k + 1) / max(1, left) - 1 for k in range(left)]
    return [(side * float(np.sqrt(1 - y * y)), y) for side, own in zip((1, -1), heights, strict=True) for y in own]


def _stories(frame: pd.DataFrame) -> dict[str, int]:
    ends = (("first", "n_first"), ("second", "n_second"))
    return {label: int(n) for one, count in ends for label, n in zip(frame[one], frame[count], strict=True)}


def _sizes(n: Sequence[int]) -> list[float]:
    """Return diameters in pixels: areas in proportion to n, but none too small to be hit."""
    return [max(_SMALLEST, _LARGEST * float(np.sqrt(own / max(n)))) for own in n]


def _curve(start: tuple[float, float], end: tuple[float, float], at: Floats) -> Floats:
    """Return points of the quadratic Bézier curve of a tie: [len(at), 2]."""
    one, other = np.array(start), np.array(end)
    apart = float(np.linalg.norm(one - other)) / 2
    bend, at = (_BEND[0] + (_BEND[1] - _BEND[0]) * apart) * (one + other) / 2, at[:, None]
    points: Floats = (1 - at) ** 2 * one + 2 * at * (1 - at) * bend + at**2 * other
    return points


def _in_focus(first: str, second: str, focus: Collection[str]) -> bool:
    return bool(focus) and set(focus) <= {first, second}


def _lines(
    frame: pd.DataFrame, places: Mapping[str, tuple[float, float]], focus: Collection[str], ink: Inks
) -> list[Trace]:
    """Return one trace for each width, in and out of focus: a trace a line would be slow with many."""
    at = np.linspace(0, 1, 25)
    traces: dict[tuple[bool, float], tuple[list[float | None], list[float | None]]] = {}
    row: Any
    for row in frame.itertuples():
        wide = max(width for least, width in _STRENGTHS if row.npmi >= least)
        xs, ys = traces.setdefault((_in_focus(row.first, row.second, focus), wide), ([], []))
        points = _curve(places[row.first], places[row.second], at)
        xs += [*points[:, 0].round(4).tolist(), None]
        ys += [*points[:, 1].round(4).tolist(), None]
    return [
        {
            "type": "scatter",
            "x": xs,
            "y": ys,
            "mode": "lines",
            "hoverinfo": "skip",
            "line": {"width": width, "color": ink.text if chosen else tinted(ink.muted, 0.25 if focus else 0.45)},
        }
        for (chosen, width), (xs, ys) in sorted(traces.items())
    ]


def _middles(
    frame: pd.DataFrame,
    places: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    text: ChartText,
    ink: Inks,
) -> Trace:
    """Return the diamonds that answer to hover and click, one on the middle of each line."""
    middle = np.array([0.5])
    ends = zip(frame["first"], frame["second"], strict=True)
    points = [_curve(places[first], places[second], middle)[0].round(4).tolist() for first, second in ends]
    return {
        **_marks([x for x, _ in points], [y for _, y in points]),
        "marker": {"symbol": "diamond", "size": 8, "color": ink.muted, "line": {"width": 1, "color": ink.panel}},
        "customdata": frame[["first", "second"]].to_numpy().tolist(),
        "hovertext": [_pair_hover(row, names, text) for row in frame.itertuples()],
    }


def _dots(
    held: Sequence[str], places: Mapping[str, tuple[float, float]], sizes: list[float], hovers: list[str]
) -> Trace:
    return {
        **_marks([places[label][0] for label in held], [places[label][1] for label in held]),
        # bubbles would be drawn half transparent, with the lines showing through
        "marker": {
            "size": sizes,
            "color": [label_style(label).color for label in held],
            "line": {"width": 0},
            "opacity": 1,
        },
        "customdata": [[label] for label in held],
        "hovertext": hovers,
    }


def _marks(x: list[float], y: list[float]) -> Trace:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "cliponaxis": False,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 0.9}},
    }


def _name_note(
    label_id: str, place: tuple[float, float], size: float, names: Mapping[str, str], ink: Inks
) -> dict[str, Any]:
    side = 1 if place[0] >= 0 else -1
    return {
        "x": place[0],
        "y": place[1],
        "xanchor": "left" if side > 0 else "right",
        "yanchor": "middle",
        "xshift": side * (size / 2 + 6),
        "align": "left" if side > 0 else "right",
        "showarrow": False,
        "text": elide(names.get(label_id, label_id), columns=_NAME_COLUMNS),
        "font": {"size": 12, "color": ink.text},
    }


def _dot_hover(label_id: str, n: int, names: Mapping[str, str], text: ChartText) -> str:
    return f"<b>{names.get(label_id, label_id)}</b><br>{text.stories.format(n=f'{n:,}')}"


def _pair_hover(row: Any, names: Mapping[str, str], text: ChartText) -> str:
    both = text.with_both.format(n=f"{row.n:,}", expected=f"{row.expected:,.1f}")
    interval = text.interval.format(low=f"{row.low:+.2f}", high=f"{row.high:+.2f}")
    title = f"<b>{names.get(row.first, row.first)} – {names.get(row.second, row.second)}</b>"
    return f"{title}<br>{both}<br>{text.association} {row.npmi:+.2f}, {interval}"
