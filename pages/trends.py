"""Trends: how the share or number of stories with a label moves, and the documents behind every point."""

from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import Series
from pages.shared import (
    address,
    data,
    findings,
    label_sets,
    other_model,
    period,
    point_documents,
    series_table,
    state,
    widgets,
)
from pages.shared.text import chart_text, joined, label_names, model_name, number, plain, t

CHART = "trend-chart"
SHARE, COUNT = "share", "count"
MAX_BANDS = 3  # what core.charts draws intervals for
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
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        widgets.fact_filters()
        asked = address.read_filter()
        chosen = period.settled(asked)
        grain = widgets.grain_picker(list(Grain), data.suggested_grain(chosen))
        measure = widgets.choice(t("Measure"), address.MEASURE, {SHARE: t("Share"), COUNT: t("Count")})
        view = widgets.choice(t("Show as"), address.VIEW, {"chart": t("Chart"), "table": t("Table")})
    series = data.share_over_time(labels, grain=grain, chosen=chosen)
    if not series.frame["total"].any():
        widgets.empty(t("No stories in this selection"), t("Take a filter away or choose a longer period."))
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        period.hint(asked, chosen)
        if view == "chart":
            draw_switches(series, measure, chosen)
    beside = other_model.lines(series, chosen) if view == "chart" and measure == SHARE else None
    if view == "chart":
        draw_chart(series, measure, beside)
    else:
        series_table.draw(series, chosen)
    draw_note(series, banded=view == "chart" and measure == SHARE, beside=beside)
    if view == "chart":
        point_documents.draw(series, chosen)


def draw_switches(series: Series, measure: str, chosen: Filter) -> None:
    """Draw what changes the look of the chart, and the downloads."""
    if measure == SHARE and series.frame["label_id"].nunique() <= MAX_BANDS:
        st.toggle(t("Hide the 95% interval"), **state.bound(address.NO_INTERVAL))
    if measure == SHARE and series.frame["start"].nunique() > 1:
        other_model.picker()
    with st.popover(t("Download"), icon=":material/download:"):
        series_table.download(series, chosen)
        widgets.choice(t("Image format"), address.IMAGE, {"png": "PNG", "svg": "SVG"})
        st.caption(t("The camera above the chart saves it as an image of this format."))


def draw_chart(series: Series, measure: str, beside: pd.DataFrame | None) -> None:
    """Draw the chart, another model's lines beside the champion's; clicking a point writes it to the URL."""
    look: dict[str, Any] = {
        "names": label_names(data.workspace().taxonomy),
        "text": chart_text(),
        "dark": state.is_dark(),
    }
    if measure == COUNT:
        figure = charts.count_over_time(series.frame, **look)
    else:
        figure = charts.share_over_time(series.frame, intervals=not address.NO_INTERVAL.read(), **look)
        figure = other_model.laid_over(figure, beside, look["names"])
    st.plotly_chart(
        figure,
        theme=None,
        key=CHART,
        alt=t("Lines over time, one a label; the table view holds the same figures."),
        on_select=lambda: state.select_point(CHART),
        selection_mode="points",
        config=widgets.chart_config("trendvane-trends", address.IMAGE.read() or "png"),
    )


def draw_note(series: Series, *, banded: bool, beside: pd.DataFrame | None) -> None:
    """Say how the figures came about and what they leave out."""
    parts = [t("Share = stories with the label ÷ all tagged stories of the period; a re-published story counts once.")]
    if banded:
        parts.append(t("The band is the 95% Wilson interval; open markers are periods that are not complete."))
    if not series.frame["enough"].mean() > FEWEST_ENOUGH:
        parts.append(t("Most periods hold too few stories for a share; choose a longer period width."))
    if series.n_left_out:
        parts.append(t("Left out, because their date is not precise enough: {n} stories.", n=number(series.n_left_out)))
    model, tree = plain(model_name(series.model_version)), plain(data.workspace().taxonomy.version)
    parts += [t("{model}, label tree {tree}.", model=model, tree=tree), *other_model.notes(beside)]
    st.caption(joined(parts))


if __name__ == "__main__":
    state.through_app(draw)
