"""Pieces that several pages draw: the frame, filters, lists of documents, empty states, banners."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.domain.taxonomy import LabelKind
from core.locale import LANGUAGE_NAMES, LANGUAGES
from core.services.workspace import worker_status
from pages.shared import address, data, markup, state
from pages.shared.text import (
    grain_name,
    label_name,
    label_path,
    language_name,
    moment,
    number,
    partial_date,
    place_name,
    plain,
    t,
)

MAX_LABELS = 64  # a whole tree for heat maps and tables; views that cannot hold so many draw the first


def frame(picker: dict[str, Any]) -> None:
    """Draw what surrounds every page: style, logo and the language picker."""
    st.html(markup.style())
    st.logo(markup.LOGO_DARK if state.is_dark() else markup.LOGO_LIGHT, size="large")
    with st.sidebar:
        st.segmented_control(t("Language"), LANGUAGES, format_func=LANGUAGE_NAMES.__getitem__, required=True, **picker)


def empty(title: str, advice: str, *, page: str = "", label: str = "", query: dict[str, Any] | None = None) -> None:
    """Say that there is nothing to see, and what to do about it."""
    with st.container(border=True, key=f"empty-{abs(hash(title))}", horizontal_alignment="center"):
        st.html(markup.empty(title, advice))
        if page:
            st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query or address.link())


def nothing_tagged() -> None:
    """Draw the empty state of everything that needs tagged stories."""
    if data.facts().n_documents:
        empty(
            t("No tagged documents yet"),
            t("Documents are waiting to be tagged. This page fills as soon as a worker has tagged the first of them."),
            page="pages/jobs.py",
            label=t("See the jobs"),
        )
    else:
        empty(
            t("No documents yet"),
            t("Add files, a pasted text or a table; they are read and tagged in the background."),
            page="pages/add_documents.py",
            label=t("Add documents"),
        )


def worker_banner() -> None:
    """Say plainly when no worker is alive, or how many jobs wait."""
    status = worker_status(data.workspace())
    if status.alive:
        return
    seen = t("It was last seen on {moment}.", moment=moment(status.seen_at)) if status.seen_at else ""
    text = t(
        "No worker is running, so nothing is read, tagged or trained. "
        "Start one with `make run` or `trendvane worker`. {seen}",
        seen=seen,
    )
    if status.n_waiting:
        text += " " + t("Jobs waiting: {n}.", n=number(status.n_waiting))
    st.warning(text, icon=":material/pause_circle:")


def label_picker(label: str, default: Sequence[str]) -> list[str]:
    """Draw the picker of labels in tree order and return the chosen ids, the default where none is chosen."""
    taxonomy = data.workspace().taxonomy
    paths = {entry.id: label_path(taxonomy, entry.id) for entry in taxonomy.labels}
    chosen: list[str] = st.multiselect(
        label,
        options=list(paths),
        format_func=paths.__getitem__,
        max_selections=MAX_LABELS,
        wrap=True,
        placeholder=t("Choose up to {n} labels", n=MAX_LABELS),
        **state.bound(address.LABELS, options=paths, default=list(default), multiple=True),
    )
    return chosen or list(default)


def grain_picker(grains: Collection[Grain], default: Grain, **layout: Any) -> Grain:
    """Draw the choice of bin width and return it."""
    names = {g.value: grain_name(g) for g in grains}
    chosen = choice(t("Period width"), address.GRAIN, names, default=default.value, **layout)
    return Grain(chosen)


def choice(label: str, param: address.Param[str], options: dict[str, str], *, default: str = "", **layout: Any) -> str:
    """Draw a choice between a few values (value to words; the first is the default) and return the value."""
    default = default or next(iter(options))
    bound = state.bound(param, options=options, default=default)
    chosen = st.segmented_control(
        label, list(options), format_func=options.__getitem__, required=True, **layout, **bound
    )
    return str(chosen or default)


def chart_config(name: str, image: str = "png") -> dict[str, Any]:
    """Return Plotly's settings: a bar with the download alone, saving under this name."""
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"filename": name, "format": image, "scale": 2 if image == "png" else 1},
    }


def period_inputs() -> None:
    """Draw the first and last day side by side."""
    for column, param, label in zip(st.columns(2), (address.FIRST, address.LAST), (t("From"), t("To")), strict=True):
        bounds = {"min_value": "1900-01-01", "max_value": "2100-12-31", "format": "YYYY-MM-DD"}
        column.date_input(label, value=None, **bounds, **state.bound(param))


def fact_filters(*, more: Collection[address.Param[Any]] = ()) -> None:
    """Draw the filters on facts of the document in a popover that says how many are set."""
    n_set = sum(bool(param.read()) for param in (*address.FACT_PARAMS, *more))
    label = t("Filters ({n})", n=n_set) if n_set else t("Filters")
    with st.popover(label, icon=":material/filter_list:"):
        period_inputs()
        choices = data.choices()
        _several(t("Source"), choices.sources, address.SOURCES, str)
        _several(t("Language of the text"), choices.langs, address.LANGS, language_name)
        _several(t("Jurisdiction"), choices.jurisdictions, address.PLACES, place_name)
        _sector()
        if address.OFF_TOPIC in more:
            st.toggle(t("Only documents without any label"), **state.bound(address.OFF_TOPIC))
        params = (*address.FACT_PARAMS, *more)
        st.button(t("Clear filters"), on_click=address.clear, args=(params,), disabled=not n_set, type="tertiary")


def _several(label: str, options: list[str], param: address.Param[Any], name: Any) -> None:
    bound = state.bound(param, options=options, multiple=True)
    st.multiselect(label, options, format_func=name, placeholder=t("Any"), disabled=not options, **bound)


def _sector() -> None:
    taxonomy = data.workspace().taxonomy
    options = [label.id for label in taxonomy.of_kind(LabelKind.SECTOR)]
    st.selectbox(
        t("Sector"),
        options,
        index=None,
        format_func=lambda label_id: label_name(taxonomy, label_id),
        placeholder=t("Any"),
        **state.bound(address.SECTOR, options=options),
    )


def document_rows(frame: pd.DataFrame, chosen: Filter | None, *, page: int = 1, name: str = "") -> None:
    """Draw documents as a list of titles that lead to the reader, each with its facts, opening and labels.

    `name` tells the lists of a page apart.
    """
    taxonomy = data.workspace().taxonomy
    with st.container(key=f"rows-{name}", gap=None):
        for row in frame.itertuples():
            st.page_link(
                "pages/documents.py",
                label=plain(row.title) or t("Untitled"),
                query_params=address.link(chosen or DocumentFilter(), ID=row.id, PAGE=page if page > 1 else None),
            )
            facts = [partial_date(row.day, row.date_precision), row.source, language_name(row.lang)]
            if row.jurisdiction:
                facts.append(place_name(row.jurisdiction))
            if not row.is_lead:
                facts.append(t("copy of a story"))
            st.html(
                markup.row(
                    facts, row.opening, markup.chips(taxonomy, row.labels, human=row.human_labels, tagged=row.tagged)
                )
            )


def pager(page: int, n_pages: int) -> None:
    """Draw the ways to the previous and next page of a list, and to any."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        before, after = max(page - 1, 1), min(page + 1, n_pages)
        turn = address.PAGE.set
        st.button(
            "",
            icon=":material/chevron_left:",
            key="before",
            help=t("Previous page"),
            disabled=page <= 1,
            on_click=turn,
            args=(before,),
        )
        st.markdown(t("Page {page} of {n}", page=number(page), n=number(n_pages)), width="content")
        st.button(
            "",
            icon=":material/chevron_right:",
            key="after",
            help=t("Next page"),
            disabled=page >= n_pages,
            on_click=turn,
            args=(after,),
        )


def with_bar(act: Callable[[Callable[[int, int], None]], object]) -> None:
    """Do something long that tells how many texts are tagged and how many there are, under a bar."""
    bar = st.progress(0.0)

    def tell(done: int, total: int) -> None:
        bar.progress(done / max(1, total), text=t("{done} of {n} texts tagged", done=number(done), n=number(total)))

    act(tell)
