"""HTML pages: the main text without menus, with title, date, address and site name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from lxml.html import HtmlElement

from core.domain.dates import PartialDate
from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.clean import clean_line
from core.ingest.dates import find_date, parse_date
from core.ingest.encoding import decode_bytes, detect_encoding
from core.ingest.markup import close_up, parse_html, plain_text
from core.ingest.readers.names import date_in_name
from core.ingest.readers.sizes import read_whole

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_OWN_ELEMENT = re.compile(r"</?[a-z]+-[a-z-]+[\s>]", re.I)
_BOILERPLATE = frozenset({"nav", "header", "footer", "aside", "form"})
_MIN_KEPT_SHARE = 0.7
_OPENING_CHARACTERS = 600


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the page as one document."""
    del options
    source = _decoded(read_whole(path, name=name))
    tree = parse_html(source)
    text = "" if tree is None else _main_text(tree, source)
    if tree is None or not text.strip():
        raise InputError(
            "{name} has no readable text; if the page builds its text by scripts, save it from the browser as PDF.",
            name=name,
        )
    yield RawDocument(
        text=text,
        locator="",
        title=_title(tree),
        date=_date(tree, source, text, name),
        source=_meta(tree, "og:site_name", "application-name"),
        url=_url(tree),
    )


def _decoded(data: bytes) -> str:
    """Return the page's characters, in the charset it declares unless the bytes contradict it."""
    declared = _CHARSET.search(data[:4096])
    found = detect_encoding(data)
    if declared is None or found in ("utf-16", "utf-32", "utf-8-sig") or (found == "utf-8" and not data.isascii()):
        return decode_bytes(data)
    codec = declared[1].decode("ascii").lower()
    codec = "gb18030" if codec in ("gb2312", "gbk", "gb-2312") else codec
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return decode_bytes(data)


def _main_text(tree: HtmlElement, source: str) -> str:
    """Return trafilatura's main text, or everything but menus where that would lose much of what can be read."""
    import trafilatura

    apart = _OWN_ELEMENT.sub(r" \g<0>", source)
    main = trafilatura.extract(apart, include_comments=False, include_tables=True, favor_recall=True) or ""
    main = close_up(main)
    everything = plain_text(tree, leave_out=_BOILERPLATE)
    article = _article(tree)
    wanted = plain_text(article, leave_out=_BOILERPLATE) if article is not None else everything
    enough = _n_letters(main) >= _MIN_KEPT_SHARE * _n_letters(wanted)
    return main if enough and _keeps_headings(main, article if article is not None else tree) else wanted


def _keeps_headings(text: str, tree: HtmlElement) -> bool:
    """Say whether a text still has the headings of a page's items."""
    headings = [clean_line(plain_text(heading)) for tag in ("h2", "h3") for heading in tree.iter(tag)]
    kept = clean_line(text)
    return sum(heading in kept for heading in headings) >= _MIN_KEPT_SHARE * len(headings)


def _article(tree: HtmlElement) -> HtmlElement | None:
    """Return the element that the page itself marks as its one article or main part."""
    for tag in ("article", "main", "d-article"):
        found = list(tree.iter(tag))
        if len(found) == 1 and _n_letters(plain_text(found[0])) > 200:
            return found[0]
    return None


def _n_letters(text: str) -> int:
    """Return the number of letters and digits."""
    return sum(char.isalnum() for char in text)


def _title(tree: HtmlElement) -> str:
    """Return the page's own title: Open Graph, the only h1, or the title element."""
    if stated := _meta(tree, "og:title", "dc.title", "citation_title"):
        return stated
    headings = [clean_line(plain_text(heading)) for heading in tree.iter("h1")]
    element = next(iter(tree.iter("title")), None)
    named = clean_line(element.text_content()) if element is not None else ""
    if len(headings) == 1 and headings[0] and (not named or len(headings[0]) >= 0.5 * len(named)):
        return headings[0]
    return named or (headings[0] if headings else "")


def _date(tree: HtmlElement, source: str, text: str, name: str) -> PartialDate | None:
    """Return the date from structured data or metadata, else from the opening, else from the file's name."""
    if stated := _structured_date(tree) or _htmldate(source):
        return stated
    body = next(iter(tree.iter("body")), tree)
    opening = plain_text(body, leave_out=frozenset({"nav", "footer"}))[:_OPENING_CHARACTERS]
    return find_date(opening) or find_date(text[:_OPENING_CHARACTERS]) or date_in_name(name)


def _structured_date(tree: HtmlElement) -> PartialDate | None:
    """Return the date of publication from JSON data on the page (schema.org, Distill's front matter)."""
    for script in tree.xpath("//script[contains(@type, 'json')]"):
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for record in data if isinstance(data, list) else [data]:
            value = record.get("datePublished") or record.get("published") if isinstance(record, dict) else None
            if isinstance(value, str) and (found := parse_date(value)):
                return found
    return None


def _htmldate(source: str) -> PartialDate | None:
    """Ask htmldate about metadata and markup; its guesses from any year in the text are often wrong."""
    from htmldate import find_date as search

    try:
        found = search(source, extensive_search=False, original_date=True)
    except ValueError:  # lxml takes no control characters, which entities such as &#30; bring in
        return None
    return parse_date(found) if found else None


def _url(tree: HtmlElement) -> str:
    """Return the page's canonical address."""
    links = tree.xpath("//link[@rel='canonical']/@href")
    return str(links[0]) if links else _meta(tree, "og:url")


def _meta(tree: HtmlElement, *names: str) -> str:
    """Return the content of the first filled meta element of these names."""
    for name in names:
        for value in tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name):
            if text := clean_line(str(value)):
                return text
    return ""
