"""What a view draws of a series: its shares or its counts, as points with their words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.charts.counts import count_points
from core.charts.curves import DRAWN
from core.charts.shares import PERCENT_TICKS, highest_share, share_points
from core.charts.wording import ChartText


@dataclass(frozen=True)
class Measured:
    """Points (see core.charts.curves) and how their axis is written."""

    points: pd.DataFrame
    caption: str
    ticks: str
    top: float


def measured(frame: pd.DataFrame, *, counted: bool, names: Mapping[str, str], text: ChartText) -> Measured:
    """Return the points of a series' counts or shares."""
    if counted:
        points = count_points(frame, names=names, text=text)
        return Measured(points, text.count, ",~d", max(1.08 * float(frame["n"].max()), 4.0))
    points = share_points(frame, names=names, text=text)
    return Measured(points, text.share, PERCENT_TICKS, highest_share(points, with_intervals=False))


def drawn_y(curve: pd.DataFrame) -> list[float | None]:
    """Return a curve's values, None in bins that hold too few stories for one."""
    drawn = curve["state"].isin(DRAWN) & np.isfinite(curve["y"])
    return [float(y) if is_drawn else None for y, is_drawn in zip(curve["y"], drawn, strict=True)]
