"""Tables of stories: what belongs to a row against what belongs to all others, and which label leads which."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.matrix import Grid, grid_figure
from core.charts.theme import nothing
from core.charts.wording import ENGLISH, ChartText, percent

RESIDUAL, SHARE, COUNT = "residual", "share", "count"
_STRONGEST_RESIDUAL = 6.0


def cross_table(
    frame: pd.DataFrame,
    *,
    measure: str,
    row_names: Mapping[str, str],
    names: Mapping[str, str],
    text: ChartText = ENGLISH,
    dark: bool = False,
) -> go.Figure:
    """Draw a table of stories as coloured cells: counts, shares of the row, or adjusted residuals.

    Takes CrossTable.frame. A triangle marks a cell that is significantly above (▲) or below (▼) the other rows;
    cells with too few stories keep their number but no colour. Cells carry customdata [row, column].
    """
    if frame.empty or not frame["n_row"].any():
        return nothing(text.empty, dark=dark)
    values = {RESIDUAL: frame["residual"], SHARE: frame["share"], COUNT: frame["n"]}[measure]
    shaded = values.astype(float).where(frame["enough"] | (measure == COUNT))
    cells = frame[["row", "column"]].assign(
        value=shaded.clip(-_STRONGEST_RESIDUAL, _STRONGEST_RESIDUAL) if measure == RESIDUAL else shaded,
        text=[_cell(row, measure) for row in frame.itertuples()],
        hover=[_hover(row, row_names=row_names, names=names, text=text) for row in frame.itertuples()],
    )
    largest = _STRONGEST_RESIDUAL if measure == RESIDUAL else float(np.nanmax(shaded.fillna(0)))
    caption = {RESIDUAL: text.residual, SHARE: text.share_of_row, COUNT: text.count}[measure]
    grid = Grid(cells, caption, text.cross_key, largest)
    return grid_figure(grid, row_names=row_names, column_names=names, dark=dark)


def _cell(row: Any, measure: str) -> str:
    if not row.n_row:
        return "–"
    said = {RESIDUAL: f"{round(row.residual, 1) + 0.0:+.1f}", SHARE: f"{row.share:.0%}", COUNT: f"{row.n:,}"}[measure]
    sign = ("▲ " if row.residual > 0 else "▼ ") if row.significant else ""
    return f"<b>{sign}{said}</b>" if row.significant else said


def _hover(row: Any, *, row_names: Mapping[str, str], names: Mapping[str, str], text: ChartText) -> str:
    title = f"<b>{row_names.get(row.row, row.row)} · {names.get(row.column, row.column)}</b>"
    if not row.n_row:
        return f"{title}<br>{text.of_total.format(n=0, total=0)}"
    counted = text.of_total.format(n=f"{row.n:,}", total=f"{row.n_row:,}")
    interval = text.interval.format(low=percent(row.low), high=percent(row.high))
    elsewhere = text.elsewhere.format(share=percent(row.share_elsewhere)) if row.n_row < row.total else ""
    verdict = (text.clear_difference if row.significant else text.unclear) if row.enough else text.too_few
    lines = [title, f"{percent(row.share)} ({counted})", interval, elsewhere, verdict]
    return "<br>".join(line for line in lines if line)


def lead_matrix(
    frame: pd.DataFrame,
    *,
    lags: Mapping[int, str],
    names: Mapping[str, str],
    text: ChartText = ENGLISH,
    dark: bool = False,
) -> go.Figure:
    """Draw which label (row) moves before which (column): only leads that stand out from chance are written.

    Takes LeadLag.frame, labels in the order wanted; `lags` names a lead of so many bins. The colour is the
    correlation at the best lag; a cell that may be chance is pale. Cells carry customdata [leader, follower].
    """
    if frame.empty:
        return nothing(text.leadless, dark=dark)
    sure = frame["significant"].astype(bool)
    cells = pd.DataFrame(
        {
            "row": frame["leader"],
            "column": frame["follower"],
            "value": frame["correlation"].where(sure, frame["correlation"] / 4),
            "text": [f"<b>{lags[lag]}</b>" if own else "" for lag, own in zip(frame["lag"], sure, strict=True)],
            "hover": [_lead_hover(row, lags=lags, names=names, text=text) for row in frame.itertuples()],
        }
    )
    # a label has no cell with itself, but its row and column are in the same place
    labels = {label: i for i, label in enumerate(dict.fromkeys(cells["row"]))}
    itself = pd.DataFrame({"row": list(labels), "column": list(labels), "value": np.nan, "text": "", "hover": ""})
    whole = pd.concat([cells, itself]).sort_values(["row", "column"], key=lambda own: own.map(labels), kind="stable")
    grid = Grid(whole, text.leads, text.lead_key, 0.6)
    return grid_figure(grid, row_names=names, column_names=names, dark=dark)


def _lead_hover(row: Any, *, lags: Mapping[int, str], names: Mapping[str, str], text: ChartText) -> str:
    before = text.before.format(
        leader=names.get(row.leader, row.leader), lag=lags[row.lag], follower=names.get(row.follower, row.follower)
    )
    interval = text.interval.format(low=f"{row.low:+.2f}", high=f"{row.high:+.2f}")
    verdict = text.clear_difference if row.significant else text.unclear
    return f"<b>{before}</b><br>{text.correlation} {row.correlation:+.2f}, {verdict}<br>{interval}"
