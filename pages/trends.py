"""Trends: how the share or number of stories with a label moves, and the documents behind every point."""

import pandas as pd
import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.outlook import Outlook
from core.services.shares import Shares
from pages.shared import (
    address,
    data,
    findings,
    how,
    label_marks,
    label_sets,
    lines,
    markup,
    other_model,
    period,
    point_documents,
    reading,
    series_table,
    state,
    widgets,
)
from pages.shared.text import joined, model_name, number, plain, t

CHART = "trend-chart"
FEWEST_ENOUGH = 0.5


def draw() -> None:
    """Draw filters, chart or table, and the documents of the point that was clicked."""
    st.title(t("Trends"))
    if data.period() is None:
        widgets.nothing_tagged()
        return
    picker, sets = st.columns([6, 1], vertical_alignment="bottom")
    with picker:
        labels = widgets.label_picker(t("Labels"), findings.default_labels(data.workspace().taxonomy))
    with sets:
        label_sets.draw()
    asked, wanted = ask(labels)
    series = asked.read()
    if series.frame.empty or not series.frame["total"].any():
        widgets.empty(t("No stories in this selection"), t("Take a filter away or choose a longer period."))
        return
    outlook = asked.forecast(series)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        period.hint(wanted, asked.chosen)
        how.draw(asked, series, outlook)
        draw_downloads(series, asked.chosen)
    beside = other_model.lines(series, asked.chosen) if asked.is_plain else None
    if asked.view == lines.TABLE:
        series_table.draw(series)
    else:
        draw_chart(asked, series, outlook, beside)
    draw_reading(asked, series, outlook)
    draw_note(asked, series, beside)
    if asked.view != lines.TABLE:
        point_documents.draw(series)


def ask(labels: list[str]) -> tuple[lines.Asked, Filter]:
    """Draw filters and choices; return what is asked for, and the filter before its beginning was settled."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        widgets.fact_filters()
        wanted = address.read_filter()
        chosen = period.settled(wanted)
        grain = widgets.grain_picker(list(Grain), data.suggested_grain(chosen))
        measure = lines.measure_picker(labels, chosen)
        view = lines.view_picker()
        split, adjustment = lines.options(measure, view)
    return lines.Asked(tuple(labels), grain, chosen, measure, view, split, adjustment), wanted


def draw_downloads(series: Shares, chosen: Filter) -> None:
    """Draw the downloads of what is on screen."""
    with st.popover(t("Download"), icon=":material/download:"):
        series_table.download(series, chosen)
        widgets.choice(t("Image format"), address.IMAGE, {"png": "PNG", "svg": "SVG"})
        st.caption(t("The camera above the chart saves it as an image of this format."))


def draw_chart(asked: lines.Asked, series: Shares, outlook: Outlook | None, beside: pd.DataFrame | None) -> None:
    """Draw the chart, another model's lines beside the champion's; clicking a point writes it to the URL."""
    st.plotly_chart(
        other_model.laid_over(lines.figure(asked, series, outlook), beside, lines.names(series)),
        theme=None,
        key=f"{CHART}-{asked.view}",
        alt=t("Lines over time, one a label; the table view holds the same figures."),
        on_select=lambda: state.select_point(f"{CHART}-{asked.view}"),
        selection_mode="points",
        config=widgets.chart_config("trendvane-trends", address.IMAGE.read() or "png"),
    )


def draw_reading(asked: lines.Asked, series: Shares, outlook: Outlook | None) -> None:
    """Say what the figure shows, and what may come next or why nothing is said of it."""
    names = lines.full_names(series)
    said = reading.of_lines(series, names, asked.measure)
    if asked.shows_marks(series):
        said += reading.of_marks(asked.marks(), names, asked.grain)
    if outlook is not None:
        said += how.of_outlook(series, outlook, asked.grain)
    if said:
        st.html(markup.reading(joined(said)))


def draw_note(asked: lines.Asked, series: Shares, beside: pd.DataFrame | None) -> None:
    """Say what the figures leave out, and which model they are of."""
    parts = how.caveats(asked, series)
    if not series.frame["enough"].mean() > FEWEST_ENOUGH:
        parts.append(t("Most periods hold too few stories for a share; choose a longer period width."))
    if series.n_left_out:
        parts.append(t("Left out, because their date is not precise enough: {n} stories.", n=number(series.n_left_out)))
    model, tree = plain(model_name(series.model_version)), plain(data.workspace().taxonomy.version)
    parts = [*map(plain, parts), t("{model}, label tree {tree}.", model=model, tree=tree), *other_model.notes(beside)]
    parts += label_marks.notes({line.label_id for line in series.lines.values()})
    st.caption(joined(parts))


if __name__ == "__main__":
    state.through_app(draw)
