"""Documents: search and filters over a list, and the reader behind `?id=`."""

from collections.abc import Iterator

import streamlit as st

from core.domain.filters import DocumentFilter
from core.services import documents
from core.services.documents import DocumentPage
from pages.shared import address, data, examples, reader, state, widgets
from pages.shared.text import number, t

SUBSET_PARAMS = (address.COUNTED, address.JOB, address.TOGETHER, address.IDS)


def draw() -> None:
    """Draw the reader where a document is asked for, else the list."""
    document_id = address.ID.read()
    if document_id is not None:
        reader.draw(document_id, address.read_document_filter())
        return
    st.title(t("Documents"))
    if not data.facts().n_documents:
        widgets.nothing_tagged()
        return
    draw_filters()
    chosen = address.read_document_filter()
    draw_subset(chosen)
    found = data.find_documents(chosen, page=address.PAGE.read() or 1)
    draw_result(found, chosen)


def draw_filters() -> None:
    """Draw search box, label picker and the other filters."""
    with st.container(key="wide-filters"):
        query, labels, more = st.columns([5, 5, 2], vertical_alignment="bottom")
        with query:
            st.text_input(
                t("Search"),
                placeholder=t('Words, "a phrase", -excluded; in English or Chinese'),
                icon=":material/search:",
                **state.bound(address.QUERY),
            )
        with labels:
            widgets.label_picker(t("Labels (any of them)"), [])
        with more:
            widgets.fact_filters(more=(address.OFF_TOPIC,))


def draw_subset(chosen: DocumentFilter) -> None:
    """Say which documents a link from a chart or a job has narrowed the list to, with the way out."""
    reasons = list(subset_reasons(chosen))
    if not reasons:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for reason in reasons:
            st.caption(reason)
        st.button(t("Show all"), type="tertiary", on_click=address.clear, args=(SUBSET_PARAMS,))


def subset_reasons(chosen: DocumentFilter) -> Iterator[str]:
    """Yield what narrows the list down that no filter on the page shows."""
    if chosen.counted_at is not None:
        yield t("Only stories that a point of a chart counts: one document a story, dated precisely enough.")
    if chosen.together and len(chosen.labels) > 1:
        yield t("Only documents with all of the labels.")
    if chosen.ids:
        yield t("Only documents of one group: {n}.", n=number(len(chosen.ids)))
    if chosen.job_id is not None:
        yield t("Only documents that import {id} added.", id=chosen.job_id)


def draw_result(found: DocumentPage, chosen: DocumentFilter) -> None:
    """Draw the number of documents found, the page of them, and the ways to the other pages."""
    if not found.n_total:
        widgets.empty(t("Nothing found"), t("Use fewer or other words, or take filters away."))
        st.button(t("Clear all filters"), on_click=address.clear, args=(address.LIST_PARAMS,))
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(t("Documents found: **{n}**", n=number(found.n_total)), width="content")
        with st.container(horizontal=True, horizontal_alignment="right", gap="small", width="content"):
            examples.draw()
            export_button(chosen)
    widgets.document_rows(found.frame, chosen, page=found.page)
    if found.n_pages > 1:
        widgets.pager(found.page, found.n_pages)


def export_button(chosen: DocumentFilter) -> None:
    """Offer the whole result as CSV; it is put together when the button is pressed."""
    st.download_button(
        t("Download as CSV"),
        lambda: documents.export_documents(data.workspace(), chosen),
        file_name="trendvane-documents.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


if __name__ == "__main__":
    state.through_app(draw)
