"""The documents behind a point of a chart: exactly those that it counts."""

import streamlit as st

from core.domain.filters import DocumentFilter, Filter
from core.services.trends import Series
from pages.shared import address, data, widgets
from pages.shared.text import bin_name, label_name, number, t


def draw(series: Series, chosen: Filter) -> None:
    """Draw the documents that the clicked point counts."""
    label, _, start = address.POINT.read().partition("|")
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
        query = address.link(wanted)
        st.page_link(
            "pages/documents.py", label=t("Open all in Documents"), icon=":material/article:", query_params=query
        )
        st.button(t("Close"), type="tertiary", on_click=address.clear, args=((address.POINT,),))
    widgets.document_rows(found.frame, wanted)
