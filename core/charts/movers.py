"""What moved between two bins: changes of share with their intervals."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note, row_notes
from core.charts.palette import label_color
from core.charts.rows import row_figure
from core.charts.theme import Inks, inks, nothing, tinted
from core.charts.wording import ENGLISH, ChartText, percent


def movers(
    frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False, most: int = 12
) -> go.Figure:
    """Draw the surest changes of share as bars in percentage points with 95 % whiskers, the largest rise on top.

    Takes Movement.frame (sorted by |z|) and shows at most `most` of the rows with enough stories. A filled bar is a
    significant change that holds within the same sources (column within), an outlined one may be chance or come from a
    change of sources. Bars carry customdata [label_id].
    """
    ink = inks(dark=dark)
    shown = frame[frame["enough"].astype(bool)].head(most).sort_values("change", kind="stable")
    if shown.empty:
        return nothing(text.unmoved, dark=dark)
    drawn = row_figure(shown["label_id"].tolist(), names=names, right=118, dark=dark)
    drawn.add_trace(_bars(shown, names=names, text=text, ink=ink))
    values = [_before_and_now(row, text=text) for row in shown.itertuples()]
    drawn.update_layout(annotations=[caption_note(text.change, ink=ink), *row_notes(values, ink=ink)])
    return drawn.update_xaxes(zeroline=True, zerolinewidth=1.5, tickformat=".3~f", nticks=7)


def _bars(shown: pd.DataFrame, *, names: Mapping[str, str], text: ChartText, ink: Inks) -> go.Bar:
    colors = [label_color(label_id) for label_id in shown["label_id"]]
    fills = [c if sure else tinted(c, 0.12) for c, sure in zip(colors, shown["within"] == "holds", strict=True)]
    above, below = 100 * (shown["high"] - shown["change"]), 100 * (shown["change"] - shown["low"])
    whiskers = {"array": above, "arrayminus": below, "symmetric": False, "thickness": 1.25, "width": 5}
    return go.Bar(
        x=100 * shown["change"],
        y=list(range(len(shown))),
        orientation="h",
        marker={"color": fills, "line": {"color": colors, "width": 1.5}},
        error_x={**whiskers, "color": ink.text},
        customdata=[[label_id] for label_id in shown["label_id"]],
        hovertext=[_hover(row, names=names, text=text) for row in shown.itertuples()],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    change = text.points.format(change=f"{100 * row.change:+.1f}")
    interval = text.interval.format(low=f"{100 * row.low:+.1f}", high=f"{100 * row.high:+.1f}")
    doubted = {"not_within": text.not_within, "no_common": text.no_common}
    verdict = doubted.get(row.within, text.clear if row.significant else text.unclear)
    name = names.get(row.label_id, row.label_id)
    return f"<b>{name}</b>  <b>{change}</b>, {verdict}<br>{interval}<br>{_before_and_now(row, text=text)}"


def _before_and_now(row: Any, *, text: ChartText) -> str:
    return text.before_and_now.format(before=percent(row.share_before), now=percent(row.share))
