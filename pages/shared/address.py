"""What the URL holds: filters, the page of a list, what is open. The URL is the truth that every page reads.

So a refresh keeps everything and a link shows a colleague the same page. Widgets that show and change a parameter are
pages.shared.state's.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter

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


def _numbers(name: str) -> Param[list[int]]:
    def parse(found: Sequence[str]) -> list[int]:
        return [number for number in map(int, found) if 0 < number < 2**62]

    return Param(name, parse, lambda value: [str(number) for number in value or ()])


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
SPLIT = _text("split")
SAME_MIX = _flag("mix")
SMOOTHING = _text("smooth")
NO_MARKS = _flag("unmarked")
FORECAST = _flag("forecast")
KIND = _text("kind")
QUERY = _text("q")
OFF_TOPIC = _flag("offtopic")
COUNTED = _text("counted")
JOB = _number("job")
TOGETHER = _flag("together")
IDS = _numbers("document")
SINCE = _day("since")
READ = _text("read")
LEVEL = _text("level")
BEHIND = _text("behind", starts_over=False)
ID = _number("id", starts_over=False)
PAGE = _number("page", starts_over=False)
EVIDENCE = _text("evidence", starts_over=False)
PART = _number("part", starts_over=False)
PASSAGE = _number("passage", starts_over=False)
WHY = _text("why", starts_over=False)
SIMILAR = _flag("similar")
WAY = _text("way", starts_over=False)
MODEL = _text("model", starts_over=False)
OTHER_MODEL = _text("beside", starts_over=False)
MEASURED = _text("measured", starts_over=False)
SECTION = _text("section", starts_over=False)
METHOD = _text("method", starts_over=False)
MIX = _many("mix")
MOST = _number("most")

FACT_PARAMS: tuple[Param[Any], ...] = (FIRST, LAST, SOURCES, LANGS, PLACES, SECTOR)
LIST_PARAMS: tuple[Param[Any], ...] = (*FACT_PARAMS, QUERY, LABELS, OFF_TOPIC, COUNTED, JOB, TOGETHER, IDS)


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
        together=TOGETHER.read(),
        ids=tuple(IDS.read()),
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
        values |= {TOGETHER: chosen.together, IDS: chosen.ids}
        values[COUNTED] = chosen.counted_at.value if chosen.counted_at else ""
    written = {param.name: param.write(value) for param, value in values.items()}
    if LANG.read():
        written[LANG.name] = [LANG.read()]
    return {name: value for name, value in written.items() if value}


def clear(params: Collection[Param[Any]]) -> None:
    """Take parameters out of the URL."""
    for param in (*params, PAGE, POINT):
        st.query_params.pop(param.name, None)
