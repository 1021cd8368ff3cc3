"""The one home of session state: widgets as views of the URL, the language, what is remembered from page to page.

The URL is the truth (pages.shared.address): a widget shows one of its parameters and writes it back when it changes.
"""
# ruff: noqa: TID251 - the one home

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import streamlit as st

from core.locale import LANGUAGES, match_language
from core.services.annotations import default_author
from pages.shared import address

T = TypeVar("T")
CARRIED: dict[str, tuple[address.Param[Any], ...]] = {
    "trends": (*address.FACT_PARAMS, address.LABELS, address.GRAIN, address.MEASURE, address.VIEW, address.SPLIT),
    "signals": (*address.FACT_PARAMS, address.GRAIN, address.KIND),
    "documents": address.FACT_PARAMS,
    "relations": (*address.FACT_PARAMS, address.LABELS, address.VIEW, address.LEVEL, address.GRAIN, address.MEASURE),
    "terms": (*address.FACT_PARAMS, address.LABELS, address.VIEW, address.SINCE, address.READ),
}
"""What the sidebar brings along to a page; a link between pages carries its own."""


def bound(
    param: address.Param[Any], *, options: Collection[Any] | None = None, default: Any = None, multiple: bool = False
) -> dict[str, Any]:
    """Return the arguments that make a widget a view of a parameter; values that are no option leave the URL."""
    value = param.read()
    if options is not None and multiple and any(v not in options for v in value):
        value = [v for v in value if v in options]
        param.set(value)
    elif options is not None and not multiple and value and value not in options:
        value = param.parse([])
        param.set(value)
    shown = value or default if default is not None else value
    key = f"{st.session_state.get('page', '')}:{param.name}:{language()}"
    if options is not None and not multiple and not shown:
        shown = None
    # on every run: a widget in a closed popover is mounted later, with what it is sent then
    st.session_state[key] = shown
    return {"key": key, "on_change": _write_back, "args": (param, key)}


def _write_back(param: address.Param[Any], key: str) -> None:
    param.set(st.session_state[key])
    if param.starts_over:
        for other in (address.PAGE, address.POINT):
            st.query_params.pop(other.name, None)


def through_app(draw: Callable[[], None]) -> None:
    """Draw a page that app.py runs; hand over to app.py where Streamlit ran the page's file by itself.

    It does so on a fresh server when the first address asked for is a page's (a link, a refresh after a restart):
    until st.navigation has been called once, a folder `pages` means the older kind of multipage app.
    """
    if "drawing" in st.session_state:
        draw()
    else:
        from app import main

        main()


@contextmanager
def drawing(page: str) -> Iterator[None]:
    """Remember which page is drawn (widgets of different pages never share a key), and keep the address bar true.

    A link from a page to itself changes the parameters, but not the address that the browser shows.
    """
    if st.session_state.get("page") != page:
        _bring_filters(page)
    st.session_state["page"] = page
    st.session_state["drawing"] = True
    shown = {name: st.query_params.get_all(name) for name in st.query_params}
    if st.session_state.get("address") != (page, shown):
        st.session_state["address"] = (page, shown)
        st.query_params.from_dict(shown)
    try:
        yield
    finally:
        st.session_state.pop("drawing", None)
        for param in CARRIED.get(page, ()):
            _carried(page, param)[param.name] = st.query_params.get_all(param.name)


def _bring_filters(page: str) -> None:
    """Bring what was chosen before to a page that the sidebar leads to; a link says by itself what it shows."""
    if set(st.query_params) <= {address.LANG.name}:
        for param in CARRIED.get(page, ()):
            if brought := _carried(page, param).get(param.name):
                st.query_params[param.name] = brought


def _carried(page: str, param: address.Param[Any]) -> dict[str, list[str]]:
    """Return where a parameter is remembered: once for all pages where it says something of documents."""
    owner = "" if param in address.FACT_PARAMS else page
    return st.session_state.setdefault(f"carried:{owner}", {})  # type: ignore[no-any-return]


def language() -> str:
    """Return the language of this session's texts."""
    return str(st.session_state.get("language", LANGUAGES[0]))


def settle_language() -> dict[str, Any]:
    """Decide on the language (URL, then what was picked, then the browser's) and return its picker's arguments."""
    browser = match_language(st.context.locale)
    picked = address.LANG.read() or st.session_state.get("language") or browser
    chosen = picked if picked in LANGUAGES else browser
    st.session_state["language"] = chosen
    if address.LANG.read() != chosen and (address.LANG.read() or chosen != browser):
        address.LANG.set(chosen)
    if st.session_state.get("language_picker") != chosen:
        st.session_state["language_picker"] = chosen
    return {"key": "language_picker", "on_change": _write_back, "args": (address.LANG, "language_picker")}


def is_dark() -> bool:
    """Return whether the reader's theme is dark."""
    return bool(st.context.theme.type == "dark")


def select_point(chart_key: str, *, n_parts: int = 2) -> None:
    """Write the clicked point of a chart to the URL as `line|first day`, or `line|first day|last day` of three parts.

    A click beside the points clears it.
    """
    points = st.session_state[chart_key]["selection"]["points"]
    held = points[0].get("customdata") if points else None
    address.POINT.set("|".join(held[:n_parts]) if held else "")


def select_row(table_key: str, points: Sequence[str]) -> None:
    """Write what the chosen row of a table stands for to the URL, given for each row."""
    rows = st.session_state[table_key]["selection"]["rows"]
    address.POINT.set(points[rows[0]] if rows else "")


def once(name: str, identity: str, make: Callable[[], T]) -> T:
    """Return what was made for this identity, made once however often the page is drawn."""
    held = st.session_state.get(f"once:{name}")
    if held is None or held[0] != identity:
        held = (identity, make())
        st.session_state[f"once:{name}"] = held
    return held[1]  # type: ignore[no-any-return]


def forget(name: str) -> None:
    """Drop what `once` made."""
    st.session_state.pop(f"once:{name}", None)


def author() -> str:
    """Return the name that corrections are kept under: the one entered in this session, else the system's user."""
    return str(st.session_state.get("author", default_author()))


def author_input() -> dict[str, Any]:
    """Return the arguments of the text input that shows the author's name and changes it."""
    st.session_state["author_input"] = author()
    return {"key": "author_input", "on_change": _keep_author}


def _keep_author() -> None:
    st.session_state["author"] = st.session_state["author_input"]


def picker(name: str, act: Callable[[Any], None]) -> dict[str, Any]:
    """Return the arguments of a choice that acts on what is picked and is empty again at once."""
    key = f"picker:{name}:{language()}"

    def pick() -> None:
        picked, st.session_state[key] = st.session_state[key], None
        if picked is not None:
            act(picked)

    return {"key": key, "on_change": pick}
