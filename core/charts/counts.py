"""The number of stories over time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.curves import BinState
from core.charts.plot import CurveLook, curve_figure
from core.charts.rows import single_bin_figure
from core.charts.theme import nothing
from core.charts.wording import ENGLISH, ChartText, period_label


def count_over_time(
    frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False
) -> go.Figure:
    """Draw each label's number of stories, bin by bin, as lines: a story may carry several labels, so nothing adds up.

    Takes Series.frame. Marks are those of share_over_time, but a count is a fact however small: no bin is too thin.
    Points carry customdata [label_id, start, end].
    """
    if frame.empty or not frame["total"].any():
        return nothing(text.empty, dark=dark)
    points = count_points(frame, names=names, text=text)
    if points["start"].nunique() == 1:
        return single_bin_figure(points, names=names, caption=text.count, text=text, dark=dark)
    look = CurveLook(caption=text.count, top=max(1.08 * float(frame["n"].max()), 4.0), banded=False)
    figure = curve_figure(points, look, names=names, text=text, dark=dark)
    return figure.update_yaxes(tickformat=",~d")


def count_points(frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText) -> pd.DataFrame:
    """Return the frame as points to draw: y, state and hover beside its own columns."""
    states = np.where(frame["complete"], BinState.WHOLE, BinState.UNFINISHED)
    hovers = [_hover(row, names=names, text=text) for row in frame.itertuples()]
    return frame.assign(y=frame["n"], low=np.nan, high=np.nan, state=states, hover=hovers)


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    note = "" if row.complete else f", {text.unfinished}"
    name = names.get(row.label_id, row.label_id)
    period = period_label(row.start, row.end)
    return f"{period}<br><b>{name}</b>  <b>{text.stories.format(n=f'{row.n:,}')}</b>{note}"
