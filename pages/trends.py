"""Trends: how the share or number of stories with a label moves, and the documents behind every point."""

import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.trends import Series
from pages.shared import data, findings, series_table, state, widgets
from pages.shared.text import bin_name, chart_text, joined, label_name, label_names, number, plain, t

CHART = "trend-chart"
SHARE, COUNT = "share", "count"
MAX_BANDS = 3  # what core.charts draws intervals for


def draw() -> None:
    """Draw filters, chart or table, and the documents of the point that was clicked."""
    st.title(t("Trends"))
    if data.period() is None:
        widgets.nothing_tagged()
        return
    labels = widgets.label_picker(t("Labels"), findings.default_labels(data.workspace().taxonomy))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        widgets.fact_filters()
        chosen = state.read_filter()
        grain = widgets.grain_picker(list(Grain), data.suggested_grain(chosen))
        measure = widgets.choice(t("Measure"), state.MEASURE, {SHARE: t("Share"), COUNT: t("Count")})
        view = widgets.choice(t("Show as"), state.VIEW, {"chart": t("Chart"), "table": t("Table")})
    series = data.share_over_time(labels, grain=grain, chosen=chosen)
    if not series.frame["total"].any():
        widgets.empty(t("No stories in this selection"), t("Take a filter away or choose a longer period."))
        return
    if view == "table":
        series_table.draw(series, chosen)
    else:
        draw_chart(series, measure)
    draw_note(series)
    if view == "chart":
        draw_point(series, chosen)


def draw_chart(series: Series, measure: str) -> None:
    """Draw the chart with its own switches; clicking a point writes it to the URL."""
    chart = charts.count_over_time if measure == COUNT else charts.share_over_time
    names = label_names(data.workspace().taxonomy)
    figure = chart(series.frame, names=names, text=chart_text(), dark=state.is_dark())
    with st.container(horizontal=True, horizontal_alignment="right", gap="medium", vertical_alignment="center"):
        if measure == SHARE and series.frame["label_id"].nunique() <= MAX_BANDS:
            plain_lines = st.toggle(t("Hide the 95% interval"), **state.bound(state.NO_INTERVAL))
            figure.update_traces(visible=not plain_lines, selector={"fill": "toself"})
        with st.popover(t("Download"), icon=":material/download:"):
            series_table.download(series, state.read_filter())
            image = widgets.choice(t("Image format"), state.IMAGE, {"png": "PNG", "svg": "SVG"})
            st.caption(t("The camera above the chart saves it as an image of this format."))
    st.plotly_chart(
        figure,
        theme=None,
        key=CHART,
        alt=t("Lines over time, one a label; the table view holds the same figures."),
        on_select=lambda: state.select_point(CHART),
        selection_mode="points",
        config=widgets.chart_config("trendvane-trends", image),
    )


def draw_note(series: Series) -> None:
    """Say how the figures came about and what they leave out."""
    parts = [
        t("Share = stories with the label ÷ all tagged stories of the period; a re-published story counts once."),
        t("The band is the 95% Wilson interval; open markers are periods that are not complete."),
    ]
    if series.n_left_out:
        parts.append(t("Left out, because their date is not precise enough: {n} stories.", n=number(series.n_left_out)))
    parts.append(t("Model {model}.", model=plain(series.model_version)))
    st.caption(joined(parts))


def draw_point(series: Series, chosen: Filter) -> None:
    """Draw the documents that the clicked point counts."""
    label, _, start = state.POINT.read().partition("|")
    rows = series.frame[(series.frame["label_id"] == label) & (series.frame["start"].astype(str) == start)]
    if rows.empty:
        st.caption(t("Click a point of the chart to see its documents here."))
        return
    row = rows.iloc[0]
    facts = {**vars(chosen), "first": row["start"], "last": row["end"]}
    wanted = DocumentFilter(**facts, labels=(label,), counted_at=series.grain)
    found = data.find_documents(wanted, page_size=10)
    st.subheader(
        t(
            "{label}, {period}: {n} stories",
            label=label_name(data.workspace().taxonomy, label),
            period=bin_name(row["start"], series.grain),
            n=number(found.n_total),
        )
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        query = state.link(wanted)
        st.page_link(
            "pages/documents.py", label=t("Open all in Documents"), icon=":material/article:", query_params=query
        )
        st.button(t("Close"), type="tertiary", on_click=state.clear, args=((state.POINT,),))
    widgets.document_rows(found.frame, wanted)


if __name__ == "__main__":
    state.through_app(draw)
