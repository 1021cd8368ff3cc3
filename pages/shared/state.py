"""The one home of session state and of what the URL holds.

The URL is the truth: a page reads its filters from the query parameters, a widget is a view of one of them and
writes it back when it changes. So a refresh keeps everything and a link shows a colleague the same page.
"""
# ruff: noqa: TID251 - the one home

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.locale import LANGUAGES, match_language

T = TypeVar("T")


@dataclass(frozen=True)
class Param(Generic[T]):
    """One query parameter: its name and how its value is written there."""

    name: str
    parse: Callable[[Sequence[str]], T]
    write: Callable[[T], list[str]]
    starts_over: bool = True
    """Whether a change leads back to the first page of a list."""

    def read(self) -> T:
        """Return the value in the URL; what cannot be read counts as absent."""
        try:
            return self.parse(st.query_params.get_all(self.name))
        except ValueError:
            return self.parse([])

    def set(self, value: T) -> None:
        """Write the value to the URL; an empty one leaves it."""
        written = self.write(value)
        if written:
            st.query_params[self.name] = written
        else:
            st.query_params.pop(self.name, None)


def _text(name: str, *, starts_over: bool = True) -> Param[str]:
    return Param(name, lambda found: found[-1] if found else "", lambda value: [value] if value else [], starts_over)


def _many(name: str) -> Param[list[str]]:
    return Param(name, lambda found: list(dict.fromkeys(v for v in found if v)), lambda value: list(value or []))


def _day(name: str) -> Param[date | None]:
    return Param(
        name,
        lambda found: date.fromisoformat(found[-1]) if found else None,
        lambda value: [value.isoformat()] if value else [],
    )


def _number(name: str, *, starts_over: bool = True) -> Param[int | None]:
    def parse(found: Sequence[str]) -> int | None:
        number = int(found[-1]) if found else 0
        return number if 0 < number < 2**62 else None

    return Param(name, parse, lambda value: [str(value)] if value else [], starts_over)


def _flag(name: str) -> Param[bool]:
    return Param(name, lambda found: bool(found) and found[-1] == "1", lambda value: ["1"] if value else [])


LANG = _text("lang", starts_over=False)
LABELS = _many("label")
FIRST = _day("from")
LAST = _day("to")
SOURCES = _many("source")
LANGS = _many("language")
PLACES = _many("place")
SECTOR = _text("sector")
GRAIN = _text("grain")
MEASURE = _text("measure")
NO_INTERVAL = _flag("plain")
POINT = _text("point", starts_over=False)
VIEW = _text("view", starts_over=False)
IMAGE = _text("image", starts_over=False)
QUERY = _text("q")
OFF_TOPIC = _flag("offtopic")
COUNTED = _text("counted")
JOB = _number("job")
ID = _number("id", starts_over=False)
PAGE = _number("page", starts_over=False)
EVIDENCE = _text("evidence", starts_over=False)
PART = _number("part", starts_over=False)
WAY = _text("way", starts_over=False)

FACT_PARAMS: tuple[Param[Any], ...] = (FIRST, LAST, SOURCES, LANGS, PLACES, SECTOR)
LIST_PARAMS: tuple[Param[Any], ...] = (*FACT_PARAMS, QUERY, LABELS, OFF_TOPIC, COUNTED, JOB)


def bound(
    param: Param[Any], *, options: Collection[Any] | None = None, default: Any = None, multiple: bool = False
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
    st.session_state[key] = (
        shown  # on every run: a widget in a closed popover is mounted later, with what it is sent then
    )
    return {"key": key, "on_change": _write_back, "args": (param, key)}


def _write_back(param: Param[Any], key: str) -> None:
    param.set(st.session_state[key])
    if param.starts_over:
        for other in (PAGE, POINT):
            st.query_params.pop(other.name, None)


def read_filter() -> Filter:
    """Return what the URL narrows trends down to."""
    return Filter(**_facts())


def _facts() -> dict[str, Any]:
    return {
        "first": FIRST.read(),
        "last": LAST.read(),
        "sources": tuple(SOURCES.read()),
        "langs": tuple(LANGS.read()),
        "jurisdictions": tuple(PLACES.read()),
        "sector": SECTOR.read(),
    }


def read_document_filter() -> DocumentFilter:
    """Return what the URL narrows the list of documents down to."""
    counted = COUNTED.read()
    return DocumentFilter(
        **_facts(),
        query=QUERY.read(),
        labels=tuple(LABELS.read()),
        off_topic=OFF_TOPIC.read(),
        counted_at=Grain(counted) if counted in list(Grain) else None,
        job_id=JOB.read(),
    )


def link(chosen: Filter | None = None, **more: Any) -> dict[str, list[str]]:
    """Return query parameters for a link: a filter, further parameters by their constant's name, and the language.

    `link(DocumentFilter(query="llm"), ID=7)` leads to document 7 of that search.
    """
    values: dict[Param[Any], Any] = {globals()[name]: value for name, value in more.items()}
    if chosen is not None:
        facts = (chosen.first, chosen.last, chosen.sources, chosen.langs, chosen.jurisdictions, chosen.sector)
        values |= dict(zip(FACT_PARAMS, facts, strict=True))
    if isinstance(chosen, DocumentFilter):
        values |= {QUERY: chosen.query, LABELS: chosen.labels, OFF_TOPIC: chosen.off_topic, JOB: chosen.job_id}
        values[COUNTED] = chosen.counted_at.value if chosen.counted_at else ""
    written = {param.name: param.write(value) for param, value in values.items()}
    if LANG.read():
        written[LANG.name] = [LANG.read()]
    return {name: value for name, value in written.items() if value}


def clear(params: Collection[Param[Any]]) -> None:
    """Take parameters out of the URL."""
    for param in (*params, PAGE, POINT):
        st.query_params.pop(param.name, None)


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
    st.session_state["page"] = page
    st.session_state["drawing"] = True
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    if st.session_state.get("address") != (page, address):
        st.session_state["address"] = (page, address)
        st.query_params.from_dict(address)
    try:
        yield
    finally:
        st.session_state.pop("drawing", None)


def language() -> str:
    """Return the language of this session's texts."""
    return str(st.session_state.get("language", LANGUAGES[0]))


def settle_language() -> dict[str, Any]:
    """Decide on the language (URL, then what was picked, then the browser's) and return its picker's arguments."""
    browser = match_language(st.context.locale)
    picked = LANG.read() or st.session_state.get("language") or browser
    chosen = picked if picked in LANGUAGES else browser
    st.session_state["language"] = chosen
    if LANG.read() != chosen and (LANG.read() or chosen != browser):
        LANG.set(chosen)
    if st.session_state.get("language_picker") != chosen:
        st.session_state["language_picker"] = chosen
    return {"key": "language_picker", "on_change": _write_back, "args": (LANG, "language_picker")}


def is_dark() -> bool:
    """Return whether the reader's theme is dark."""
    return bool(st.context.theme.type == "dark")


def select_point(chart_key: str) -> None:
    """Write the clicked point of a chart to the URL as `label|first day`; a click beside the points clears it."""
    points = st.session_state[chart_key]["selection"]["points"]
    POINT.set("|".join(points[0]["customdata"][:2]) if points else "")


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
