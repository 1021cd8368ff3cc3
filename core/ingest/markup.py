"""Readable text from HTML: whole trees and the fragments that feeds, tables and records carry."""

import html
import re

from lxml import etree
from lxml import html as lxml_html

_TAGS = (
    "a abbr article b blockquote br center cite code dd del div dl dt em figcaption figure font footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html i iframe img ins kbd li main mark nav ol p pre q s script section small span strong "
    "style sub sup table tbody td tfoot th thead tr tt u ul video body button input label link meta svg title"
)
_MARKUP = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]*=[^<>]*|\s*)/?>|<script\b|<!--|<!\[CDATA\[", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.I)
_BLANK_BEFORE_STOP = re.compile(r"(?<=[\w.)”’\"]) +(?=[.,](?:\s|$))")
_UNREAD = frozenset(
    {"script", "style", "noscript", "template", "svg", "head", "iframe", "button", "select", "textarea"}
)
_PARAGRAPHS = frozenset(str.split("p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl article section figure hr"))
_LINES = frozenset(str.split("div li tr br dt dd header footer main nav aside address figcaption caption td th body"))


def strip_markup(text: str) -> str:
    """Return a fragment without tags and entities; text that only holds a `<` is left alone.

    >>> strip_markup("<p>Loss &lt; 0.1</p><script>alert(1)</script>")
    'Loss < 0.1'
    >>> strip_markup("if a < b and c > d")
    'if a < b and c > d'
    """
    if "<" in text and _MARKUP.search(text):
        tree = parse_html(f"<div>{text}</div>")
        return plain_text(tree) if tree is not None else ""
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def parse_html(text: str) -> lxml_html.HtmlElement | None:
    """Parse HTML without network, entities or scripts; None when nothing is in it."""
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, encoding="utf-8")
    try:
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None


def plain_text(root: lxml_html.HtmlElement, *, leave_out: frozenset[str] = frozenset()) -> str:
    """Return the words of a tree, a blank line between paragraphs and a line for each item or row."""
    pieces: list[str] = []
    skipped = _UNREAD | leave_out
    inside_skipped = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else "script"
        if event == "start":
            inside_skipped += tag in skipped
            if not inside_skipped:
                pieces.append(_break(tag, opening=True))
                pieces.append(_squeeze(element.text, tag))
            continue
        inside_skipped -= tag in skipped
        if not inside_skipped:
            pieces.append(_break(tag, opening=False))
            if element is not root:
                pieces.append(_squeeze(element.tail, ""))
    text = close_up("".join(pieces))
    return re.sub(r" ?\n ?", "\n", re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text))).strip()


def close_up(text: str) -> str:
    """Return text without the blank that an empty reference leaves before a full stop or comma.

    >>> close_up("as was shown , and often .")
    'as was shown, and often.'
    """
    return _BLANK_BEFORE_STOP.sub("", text)


def _break(tag: str, *, opening: bool) -> str:
    """Return what an element's border stands for in plain text; a page's own elements hold notes and references."""
    if tag in ("td", "th"):
        return "" if opening else " "
    if "-" in tag:
        return " "
    if tag in _PARAGRAPHS:
        return "\n\n"
    return "\n" if tag in _LINES and (opening or tag != "br") else ""


def _squeeze(text: str | None, tag: str) -> str:
    """Return source text with its line breaks and runs of blanks as one blank, except in preformatted text."""
    if not text:
        return ""
    return text if tag == "pre" else re.sub(r"\s+", " ", text)
