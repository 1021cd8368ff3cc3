"""The learning curve of a training: loss above, macro-F1 on the validation part below, over the same steps."""

import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import key_notes
from core.charts.theme import Inks, figure, inks, nothing
from core.charts.wording import ENGLISH, ChartText

EARLY_POINTS = 3
"""With fewer points a curve has no shape yet, and the chart says so."""
_COLORS = {"loss": "#c9480a", "macro_f1": "#1f66cc"}
_HEIGHT = 340


def learning_curve(points: pd.DataFrame, *, text: ChartText = ENGLISH, dark: bool = False) -> go.Figure:
    """Draw points (step, n_steps, epoch, loss, macro_f1 or NaN), the x axis as long as all steps of the training."""
    if points.empty:
        return nothing(text.no_curve, dark=dark)
    ink = inks(dark=dark)
    drawn = figure(dark=dark, height=_HEIGHT)
    measured = points[points["macro_f1"].notna()]
    drawn.add_trace(_line(points, "loss", "circle", text.loss, text=text, axis="y"))
    drawn.add_trace(_line(measured, "macro_f1", "square", text.validation, text=text, axis="y2"))
    n_steps = max(int(points["n_steps"].iloc[-1]), int(points["step"].iloc[-1]))
    drawn.update_layout(
        xaxis={"domain": [0, 1], "anchor": "y2", "range": [0, n_steps * 1.02], "title": {"text": text.step}},
        yaxis={"domain": [0.58, 1], "rangemode": "tozero", "nticks": 4},
        yaxis2={"domain": [0, 0.42], "anchor": "x", "range": [0, 1], "nticks": 5, "gridcolor": ink.grid},
        margin={"t": 34, "b": 44, "l": 8, "r": 16},
        annotations=_names(text, ink, early=len(points) < EARLY_POINTS),
    )
    return drawn


def _line(points: pd.DataFrame, column: str, symbol: str, name: str, *, text: ChartText, axis: str) -> go.Scatter:
    hovers = [
        f"<b>{name} {getattr(row, column):.3f}</b><br>"
        + text.at_step.format(step=f"{row.step:,}", n=f"{row.n_steps:,}", epoch=f"{row.epoch:.2f}")
        for row in points.itertuples()
    ]
    return go.Scatter(
        x=points["step"],
        y=points[column],
        yaxis=axis,
        name=name,
        mode="lines+markers",
        line={"color": _COLORS[column], "width": 2},
        marker={"symbol": symbol, "size": 6},
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
    )


def _names(text: ChartText, ink: Inks, *, early: bool) -> list[dict[str, object]]:
    place = {"x": 0.0, "xref": "paper", "xanchor": "left", "yref": "paper", "yanchor": "bottom", "showarrow": False}
    names = (("loss", text.loss, 1.02, "●"), ("macro_f1", text.validation, 0.44, "■"))
    notes: list[dict[str, object]] = [
        {
            **place,
            "y": y,
            "text": f'<span style="color:{_COLORS[column]}">{mark}</span> {name}',
            "font": {"color": ink.muted, "size": 12},
        }
        for column, name, y, mark in names
    ]
    return notes + key_notes([text.early] if early else [], ink=ink)
