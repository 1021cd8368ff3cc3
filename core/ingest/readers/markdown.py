"""Markdown: readable words without syntax; front matter gives title, date and the like.

Code, diagrams and formula blocks are left out, since they are no sentences.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.ingest.dates import find_date, parse_date
from core.ingest.encoding import decode_bytes
from core.ingest.markup import strip_markup
from core.ingest.readers.names import date_in_name, title_in_name
from core.ingest.readers.sizes import read_whole
from core.ingest.records import known_fields

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FORMULA_BLOCK = re.compile(r"^[ \t]*\$\$.*?\$\$[ \t]*$|^[ \t]*\\\[.*?\\\][ \t]*$", re.S | re.M)
_NUMBERED = re.compile(r"^\s*(?:\d+[.、)]|第?[一二三四五六七八九十]+[、章节])")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_BLOCK_ENDS = frozenset({"paragraph_close", "heading_close", "blockquote_close", "table_close", "list_close", "hr"})
_OPENING_CHARACTERS = 800


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file as one document."""
    del options
    source = decode_bytes(read_whole(path, name=name)).replace("\r\n", "\n").lstrip("\ufeff")
    fields, body = _front_matter(source)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(_FORMULA_BLOCK.sub("", body))
    text = _text(tokens)
    title = str(fields.get("title") or "") or _title(tokens, name)
    day = (
        parse_date(fields["date"])
        if fields.get("date")
        else find_date(text[:_OPENING_CHARACTERS]) or date_in_name(name)
    )
    yield RawDocument(
        text=text,
        locator="",
        title=title,
        date=day,
        lang=str(fields.get("lang", "")),
        source=str(fields.get("source", "")),
        url=str(fields.get("url", "")),
        jurisdiction=str(fields.get("jurisdiction", "")),
    )


def _front_matter(source: str) -> tuple[dict[str, object], str]:
    """Return the fields of YAML front matter and what follows it."""
    match = _FRONT_MATTER.match(source)
    if match is None:
        return {}, source
    try:
        values = yaml.safe_load(match[1])
    except yaml.YAMLError:
        return {}, source
    if not isinstance(values, dict):
        return {}, source
    fields = known_fields(values)
    return {field: value for field, value in fields.items() if field != "text"}, source[match.end() :]


def _text(tokens: Sequence[Token]) -> str:
    """Return the words of parsed Markdown, a blank line between blocks and a line for each item and row."""
    pieces: list[str] = []
    for token in tokens:
        if token.type == "inline":
            pieces.append(_inline(token.children or []))
        elif token.type == "html_block":
            pieces.append(strip_markup(token.content) + "\n\n")
        elif token.type in ("th_close", "td_close"):
            pieces.append(" ")
        elif token.type == "tr_close" or (token.type == "paragraph_close" and token.hidden):
            pieces.append("\n")
        elif token.type in _BLOCK_ENDS or token.type.endswith("list_close"):
            pieces.append("\n\n")
    return "".join(pieces).strip()


def _inline(tokens: Sequence[Token]) -> str:
    """Return the words of a line: link texts, emphasis and inline code, but no pictures or addresses."""
    pieces: list[str] = []
    link_starts: list[int] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            pieces.append(token.content)
        elif token.type == "link_open":
            link_starts.append(len(pieces))
        elif token.type == "link_close" and link_starts:
            start = link_starts.pop()
            if not any(char.isalnum() for piece in pieces[start:] for char in piece):
                del pieces[start:]
        elif token.type == "softbreak":
            pieces.append("\n" if pieces and pieces[-1][-1:] in "。！？；.!?:：" else " ")
        elif token.type in ("hardbreak", "html_inline"):
            pieces.append("\n" if token.type == "hardbreak" or token.content.lower().startswith("<br") else "")
    return "".join(pieces)


def _title(tokens: Sequence[Token], name: str) -> str:
    """Return the first heading that names the document, else the file's name where it has words."""
    headings = [
        (opening.tag, _inline(inline.children or []).strip())
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open"
    ]
    worded = [(tag, text) for tag, text in headings if _HAS_LETTER.search(text)]
    for tag, text in worded:
        if tag == "h1":
            return text
    if worded and not _NUMBERED.match(worded[0][1]):
        return worded[0][1]
    return title_in_name(name) if worded else ""
