"""The documents behind a point of a chart, exactly those that it counts, and what happened there."""

from datetime import date

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.shares import Shares
from pages.shared import address, data, lines, timeline, widgets
from pages.shared.text import bin_name, day, label_name, number, t

DOCUMENTS, STORY = "documents", "story"


def draw(series: Shares) -> None:
    """Draw the documents that the clicked point counts, or what happened in its period."""
    line_id, _, start = address.POINT.read().partition("|")
    rows = series.frame[(series.frame["label_id"] == line_id) & (series.frame["start"].astype(str) == start)]
    if rows.empty:
        st.caption(t("Click a point of the chart to see its documents here, and what happened then."))
        return
    row = rows.iloc[0]
    line = series.lines[line_id]
    facts = {**vars(line.chosen), "first": row["start"], "last": row["end"]}
    wanted = DocumentFilter(**facts, labels=(line.label_id,), counted_at=series.grain)
    period = bin_name(row["start"], series.grain)
    draw_of(lines.full_names(series)[line_id], period, wanted, line.chosen)


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
    draw_of(label_name(data.workspace().taxonomy, label_id), f"{day(first)} – {day(last)}", wanted, chosen)
    query = address.link(chosen, LABELS=[label_id], GRAIN=grain.value)
    st.page_link("pages/trends.py", label=t("Its trend"), icon=":material/show_chart:", query_params=query)


def draw_of(name: str, where: str, wanted: DocumentFilter, chosen: Filter) -> None:
    """Draw the documents that something of this name counts, or what happened where they are of one label and dated.

    `where` says of what they are a part (a period, a jurisdiction; may be empty); what happened in the period that
    is wanted is told from the label's other stories within `chosen`.
    """
    found = data.find_documents(wanted, page_size=10)
    n = number(found.n_total)
    title = t("{label}, {period}: {n} stories", label=name, period=where, n=n) if where else ""
    st.subheader(title or t("{label}: {n} stories", label=name, n=n))
    tells = len(wanted.labels) == 1 and wanted.first is not None and wanted.last is not None
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        views = {DOCUMENTS: t("Documents"), STORY: t("What happened")}
        view = widgets.choice(t("Show"), address.BEHIND, views, label_visibility="collapsed") if tells else DOCUMENTS
        query = address.link(wanted)
        st.page_link(
            "pages/documents.py", label=t("Open all in Documents"), icon=":material/article:", query_params=query
        )
        st.button(t("Close"), type="tertiary", on_click=address.clear, args=((address.POINT,),))
    if view == STORY and wanted.first and wanted.last:
        timeline.draw(wanted.labels[0], first=wanted.first, last=wanted.last, chosen=chosen)
    elif found.n_total:
        widgets.document_rows(found.frame, wanted)
    else:
        st.caption(t("No story is counted here."))
