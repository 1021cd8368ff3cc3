"""The documents behind a point of a chart: exactly those that it counts."""

from datetime import date

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.shares import Shares
from pages.shared import address, data, lines, widgets
from pages.shared.text import bin_name, day, label_name, number, t


def draw(series: Shares) -> None:
    """Draw the documents that the clicked point counts."""
    line_id, _, start = address.POINT.read().partition("|")
    rows = series.frame[(series.frame["label_id"] == line_id) & (series.frame["start"].astype(str) == start)]
    if rows.empty:
        st.caption(t("Click a point of the chart to see its documents here."))
        return
    row = rows.iloc[0]
    line = series.lines[line_id]
    facts = {**vars(line.chosen), "first": row["start"], "last": row["end"]}
    wanted = DocumentFilter(**facts, labels=(line.label_id,), counted_at=series.grain)
    period = bin_name(row["start"], series.grain)
    _draw(wanted, lines.full_names(series)[line_id], period)


def draw_span(grain: Grain, chosen: Filter) -> None:
    """Draw the documents of a label between two days, which a mark or a row stands for: `label|first day|last day`."""
    label_id, _, days = address.POINT.read().partition("|")
    try:
        first, last = (date.fromisoformat(each) for each in days.split("|"))
    except ValueError:
        st.caption(t("Click a mark of the map or a row of a table to see its documents here."))
        return
    facts = {**vars(chosen), "first": first, "last": last}
    wanted = DocumentFilter(**facts, labels=(label_id,), counted_at=grain)
    _draw(wanted, label_name(data.workspace().taxonomy, label_id), f"{day(first)} – {day(last)}")
    query = address.link(chosen, LABELS=[label_id], GRAIN=grain.value)
    st.page_link("pages/trends.py", label=t("Its trend"), icon=":material/show_chart:", query_params=query)


def _draw(wanted: DocumentFilter, label: str, period: str) -> None:
    found = data.find_documents(wanted, page_size=10)
    st.subheader(
        t(
            "{label}, {period}: {n} stories",
            label=label,
            period=period,
            n=number(found.n_total),
        )
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        query = address.link(wanted)
        st.page_link(
            "pages/documents.py", label=t("Open all in Documents"), icon=":material/article:", query_params=query
        )
        st.button(t("Close"), type="tertiary", on_click=address.clear, args=((address.POINT,),))
    widgets.document_rows(found.frame, wanted)
