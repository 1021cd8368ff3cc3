"""Ranks over time: which line is first, second, third in each bin."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import BinState
from core.charts.plot import CurveLook, curve_figure
from core.charts.points import drawn_y, measured
from core.charts.theme import nothing
from core.charts.wording import ENGLISH, ChartText


def rank_over_time(
    frame: pd.DataFrame, *, names: Mapping[str, str], counted: bool = False, text: ChartText = ENGLISH, dark: bool
) -> go.Figure:
    """Draw each line's rank by share or count, bin by bin, the first on top; equal values share the better rank.

    Bins with too few stories have no ranks. Points carry customdata as share_over_time's do.
    """
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    found = measured(frame, counted=counted, names=names, text=text)
    points = ranked(found.points)
    n_lines = points["label_id"].nunique()
    # drawn upside down, as heights, so that curves, marks and names at the right edge are those of every other plot
    points = points.assign(y=n_lines + 1 - points["rank"], low=float("nan"), high=float("nan"))
    words = [
        f"{hover}<br>{text.rank.format(n=_written(rank))}"
        for hover, rank in zip(points["hover"], points["rank"], strict=True)
    ]
    look = CurveLook(caption=text.rank_caption, top=n_lines + 0.5, banded=False)
    drawn = curve_figure(points.assign(hover=words), look, names=names, text=text, dark=dark)
    ranks = list(range(1, n_lines + 1))
    return drawn.update_yaxes(
        range=[0.5, n_lines + 0.5],
        tickvals=[n_lines + 1 - rank for rank in ranks],
        ticktext=[str(rank) for rank in ranks],
    )


def ranked(points: pd.DataFrame) -> pd.DataFrame:
    """Return points with column rank, 1 for the largest y of a bin; bins without a value are empty.

    >>> from datetime import date
    >>> points = pd.DataFrame({"label_id": ["a", "b"], "start": date(2024, 1, 1), "y": [0.1, 0.3], "state": "whole"})
    >>> ranked(points)["rank"].tolist()
    [2.0, 1.0]
    """
    values = pd.Series(drawn_y(points), index=points.index, dtype="float64")
    rank = values.groupby(points["start"]).rank(method="min", ascending=False)
    return points.assign(rank=rank, state=points["state"].where(rank.notna(), BinState.EMPTY))


def _written(rank: float) -> str:
    return "–" if pd.isna(rank) else f"{rank:.0f}"
