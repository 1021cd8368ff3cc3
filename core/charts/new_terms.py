"""Terms that are said more than before: both shares of each, with their intervals."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note, key_notes, row_notes
from core.charts.palette import label_style
from core.charts.rows import row_figure
from core.charts.theme import Inks, inks, nothing, tinted
from core.charts.wording import ENGLISH, ChartText, elide, percent

_COLUMNS = 24


def new_terms(
    frame: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False
) -> go.Figure:
    """Draw the share of each term before (ring) and now (dot) with the 95 % interval of now, the first row on top.

    Takes rows of NewTerms.frame in the order wanted. The colour is that of the label that the term stands out in;
    a pale dot may be chance. Marks carry customdata [lang, term].
    """
    if frame.empty:
        return nothing(text.no_terms, dark=dark)
    ink, rows = inks(dark=dark), frame.iloc[::-1]
    labels = rows["label_id"].tolist()
    drawn = row_figure(labels, names=names, right=230, dark=dark)
    drawn.update_yaxes(ticktext=[_term(row) for row in rows.itertuples()])
    hovers = [_hover(row, names=names, text=text) for row in rows.itertuples()]
    drawn.add_traces([_changes(rows, ink), _marks(rows, hovers, ink, now=False), _marks(rows, hovers, ink, now=True)])
    notes = row_notes([_note(row, names=names, text=text) for row in rows.itertuples()], ink=ink)
    keys = key_notes([f"○ {text.earlier}", f"● {text.now}"], ink=ink)
    drawn.update_layout(annotations=[caption_note(text.share_of_language, ink=ink), *keys, *notes])
    top = float(rows["share_high"].max())
    # a little below 0, so that no ring lies on a name
    return drawn.update_xaxes(range=[-0.03 * top, 1.04 * top], tickformat=".0%")


def _term(row: Any) -> str:
    color = label_style(row.label_id).color if row.label_id else "inherit"
    term = elide(row.term, columns=_COLUMNS)
    return f'<span style="color:{color}">●</span> <b>{term}</b>' if row.significant else term


def _note(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    stories = text.stories.format(n=f"{row.n:,}")
    return " · ".join(part for part in (stories, elide(names.get(row.label_id, ""), columns=_COLUMNS)) if part)


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    counted = (
        text.of_total.format(n=n, total=total) for n, total in ((row.n_before, row.total_before), (row.n, row.total))
    )
    before, now = counted
    shares = text.before_and_now.format(before=percent(row.share_before), now=percent(row.share))
    interval = text.interval.format(low=percent(row.share_low), high=percent(row.share_high))
    verdict = text.clear if row.significant else text.unclear
    return (
        f"<b>{row.term}</b>  <b>{shares}</b>, {verdict}<br>{text.earlier}: {before}<br>{text.now}: {now}<br>{interval}"
    )


def _changes(rows: pd.DataFrame, ink: Inks) -> dict[str, Any]:
    """Return the lines from before to now."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for place, (before, now) in enumerate(zip(rows["share_before"], rows["share"], strict=True)):
        xs += [before, now, None]
        ys += [place, place, None]
    line = {"color": ink.axis, "width": 2}
    return {"type": "scatter", "x": xs, "y": ys, "mode": "lines", "line": line, "hoverinfo": "skip"}


def _marks(rows: pd.DataFrame, hovers: list[str], ink: Inks, *, now: bool) -> dict[str, Any]:
    colors = [label_style(label).color if label else ink.muted for label in rows["label_id"]]
    fills = [c if sure else tinted(c, 0.3) for c, sure in zip(colors, rows["significant"], strict=True)]
    trace: dict[str, Any] = {
        "type": "scatter",
        "x": rows["share" if now else "share_before"].tolist(),
        "y": list(range(len(rows))),
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"size": 11, "color": fills, "line": {"color": colors, "width": 1.5}}
        if now
        else {"size": 9, "symbol": "circle-open", "color": ink.muted, "line": {"width": 1.5}},
        "unselected": {"marker": {"opacity": 0.9}},
        "customdata": rows[["lang", "term"]].to_numpy().tolist(),
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if now:
        above, below = rows["share_high"] - rows["share"], rows["share"] - rows["share_low"]
        whiskers = {"array": above.tolist(), "arrayminus": below.tolist(), "symmetric": False, "color": ink.muted}
        trace["error_x"] = {**whiskers, "thickness": 1.25, "width": 4}
    return trace
