"""Names at the right ends of curves, in place of a legend."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.charts.curves import BinState
from core.charts.palette import named
from core.charts.wording import plain_width

_LINE, _TWO_LINES = 18.0, 34.0
"""Pixels of height."""
_PIXELS_A_COLUMN = 6.6
_QUIET = {"showarrow": False, "yanchor": "middle", "align": "left", "font": {"size": 12}}


def end_labels(
    curves: list[pd.DataFrame], *, names: Mapping[str, str], top: float, pixels: float
) -> list[dict[str, Any]]:
    """Return annotations that name each curve at the right edge, moved apart so that none covers another.

    `top` is the upper end of the y axis (which begins at 0) and `pixels` the height it has on screen.
    """
    texts = [named(curve["label_id"].iloc[0], names) for curve in curves]
    heights = [(_TWO_LINES if "<br>" in text else _LINE) / pixels * top for text in texts]
    places = spread([_last_y(curve) for curve in curves], heights, top=top)
    at_right = {"x": 1.0, "xref": "paper", "xanchor": "left", "xshift": 8}
    return [{"text": text, "y": y, **at_right, **_QUIET} for text, y in zip(texts, places, strict=True)]


def end_margin(points: pd.DataFrame, *, names: Mapping[str, str]) -> int:
    """Return the pixels that the longest name takes beside the plot."""
    lines = [line for label_id in points["label_id"].unique() for line in named(label_id, names).split("<br>")]
    return round(16 + _PIXELS_A_COLUMN * max(plain_width(line) for line in lines))


def _last_y(curve: pd.DataFrame) -> float:
    drawn = curve[curve["state"] != BinState.EMPTY]
    return float(drawn["y"].iloc[-1]) if len(drawn) else 0.0


def spread(wanted: list[float], heights: list[float], *, top: float) -> list[float]:
    """Move centres as little as two passes allow (up from 0, down from top) until labels of these heights fit.

    >>> spread([1.0, 1.0, 9.5], [2.0, 2.0, 2.0], top=10.0)
    [1.0, 3.0, 9.0]
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed, floor = list(wanted), 0.0
    for i in order:
        placed[i] = max(wanted[i], floor + heights[i] / 2)
        floor = placed[i] + heights[i] / 2
    ceiling = max(top, sum(heights))
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling - heights[i] / 2)
        ceiling = placed[i] - heights[i] / 2
    return placed
