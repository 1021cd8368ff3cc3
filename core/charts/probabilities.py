"""The classifier's probabilities for one document, against the thresholds of their labels."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note, row_notes
from core.charts.palette import label_color
from core.charts.rows import row_figure
from core.charts.theme import Inks, inks, nothing, tinted
from core.charts.wording import ENGLISH, ChartText, percent


def label_probabilities(
    frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False, most: int = 12
) -> go.Figure:
    """Draw probabilities as bars, the surest on top, with a tick at each label's threshold.

    Takes label_id, probability, threshold (both 0..1), tagged, and human where a human may have decided. Labels that
    hold are filled and always shown, as are those that a human took away; the nearest of the others are outlined, up
    to `most` bars in all. A human's word is a ✓ or ✕ beside the percent. Bars carry customdata [label_id].
    """
    if frame.empty:
        return nothing(text.untagged, dark=dark)
    frame = frame.assign(human=frame.get("human", False))
    ink, shown = inks(dark=dark), _shown(frame, most=most)
    drawn = row_figure(shown["label_id"].tolist(), names=names, right=64, dark=dark)
    drawn.add_traces([_bars(shown, names=names, text=text), _thresholds(shown, ink=ink)])
    caption = f"{text.probability}\u2003❘ {text.threshold}"
    values = [_value(row) for row in shown.itertuples()]
    drawn.update_layout(annotations=[caption_note(caption, ink=ink), *row_notes(values, ink=ink)])
    return drawn.update_xaxes(range=[0, 1], tickformat=".0%")


def _shown(frame: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the rows to draw, the lowest bar first: those tagged on top, each part by probability."""
    ranked = frame.assign(nearness=frame["probability"] - frame["threshold"], sure=frame["tagged"] | frame["human"])
    ranked = ranked.sort_values(["sure", "nearness"], ascending=False)
    return ranked.head(max(most, int(ranked["sure"].sum()))).sort_values(["tagged", "probability"])


def _value(row: Any) -> str:
    sign = "" if not row.human else " ✓" if row.tagged else " ✕"
    return percent(row.probability) + sign


def _bars(shown: pd.DataFrame, *, names: Mapping[str, str], text: ChartText) -> go.Bar:
    colors = [label_color(label_id) for label_id in shown["label_id"]]
    fills = [c if tagged else tinted(c, 0.12) for c, tagged in zip(colors, shown["tagged"], strict=True)]
    return go.Bar(
        x=shown["probability"],
        y=list(range(len(shown))),
        orientation="h",
        marker={"color": fills, "line": {"color": colors, "width": 1.25}},
        customdata=[[label_id] for label_id in shown["label_id"]],
        hovertext=[_hover(row, names=names, text=text) for row in shown.itertuples()],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    verdict = text.tagged if row.tagged else text.not_tagged
    verdict += f", {text.by_human}" if row.human else ""
    name = names.get(row.label_id, row.label_id)
    return f"<b>{name}</b>  <b>{percent(row.probability)}</b>, {verdict}<br>{text.threshold} {percent(row.threshold)}"


def _thresholds(shown: pd.DataFrame, *, ink: Inks) -> go.Scatter:
    marker = {"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": ink.text}}
    rows = list(range(len(shown)))
    return go.Scatter(x=shown["threshold"], y=rows, mode="markers", marker=marker, hoverinfo="skip")
