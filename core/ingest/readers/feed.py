"""RSS and Atom files: every entry a document; nothing is fetched."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.clean import clean_line
from core.ingest.dates import parse_date
from core.ingest.markup import strip_markup
from core.ingest.readers.sizes import read_whole
from core.ingest.records import document_of

_ENTITY_DECLARATION = re.compile(rb"<!ENTITY", re.I)
_LETTER = re.compile(r"[^\W\d_]")


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each entry; damage after some entries is a problem of its own."""
    del options
    import feedparser

    data = read_whole(path, name=name)
    if _ENTITY_DECLARATION.search(data[:100_000]):
        raise InputError("{name} declares XML entities, which feeds do not need and which can be an attack.", name=name)
    try:
        feed = feedparser.parse(BytesIO(data))
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise InputError("{name} is damaged ({detail}); download it again.", name=name, detail=str(error)) from error
    if not feed.entries:
        raise InputError(
            "{name} is no RSS or Atom feed with entries; choose a feed, or save the page as HTML.", name=name
        )
    source = clean_line(strip_markup(feed.feed.get("title") or ""))
    for number, entry in enumerate(feed.entries, start=1):
        yield _entry(entry, source, f"entry {number}")
    if feed.bozo and type(feed.bozo_exception).__name__ == "SAXParseException":
        reason = Reason("The feed is damaged ({detail}); entries may be missing.", {"detail": str(feed.bozo_exception)})
        yield Problem("", reason)


def _entry(entry: Any, source: str, locator: str) -> RawDocument | Problem:
    """Turn a feed entry into a document, by its full content where there is one."""
    contents = [content.get("value") or "" for content in entry.get("content", [])]
    title = clean_line(strip_markup(entry.get("title") or ""))
    if title and not _LETTER.search(title):
        title = f"{source} {title}".strip()
    dates = (entry.get(field) for field in ("published", "updated", "created"))
    fields = {
        "text": max([*contents, entry.get("summary") or ""], key=len),
        "title": title,
        "date": next((str(found) for found in map(parse_date, dates) if found), None),
        "source": source,
        "url": entry.get("link", ""),
        "id": entry.get("id", ""),
    }
    return document_of(fields, locator=locator)
