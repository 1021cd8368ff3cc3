"""From the lines of PDF pages to paragraphs: no running heads, wrapped lines joined, hyphens mended."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

_HYPHENS = "\x02\ufffe"
_PAGE_NUMBER = re.compile(
    r"^\W*(?:(?:page|p\.?|seite)\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|\|)\s*\d{1,4})?\W*$|^\W*第\s*\d+\s*页.{0,12}$",
    re.I,
)
_BULLET = re.compile(
    r"^\s*(?:[•●▪■◦‣○–—*-]\s|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s|[（(][一二三四五六七八九十]+[）)]|第.{1,6}[条章节])"
)
_ENDS = re.compile(r"[.!?。！？;；:：][”’\"'）)\]]*$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LEADERS = re.compile(r"(?:[._·…]\s?){4,}")
_CJK = re.compile(r"[\u3000-\u303f\u3041-\u30ff\u3400-\u9fff\uff00-\uffef]")
_NOTE = re.compile(r"^(?:\d{1,3}|[*†‡§])(?=\s|[^\W\d_]|$)")
_NOTE_HEIGHT_SHARE = 0.93
_EDGE_LINES = 3
_MIN_PAGES = 3
_RUNNING_SHARE = 0.3
_FULL_LINE_SHARE = 0.75
_SAME_TYPE = 1.15


class Line(NamedTuple):
    """A line of a page and the height of its type in points."""

    text: str
    height: float


def join_pages(pages: Sequence[Sequence[Line]]) -> str:
    r"""Return the running text of pages, a blank line between paragraphs and the footnotes at the end.

    >>> join_pages([[Line("Rules for general" + chr(2) + "purpose models.", 9.0), Line("General-purpose ones.", 9.0)]])
    'Rules for general-purpose models. General-purpose ones.'
    """
    body_height = statistics.median([line.height for page in pages for line in page] or [0.0])
    body: list[Line] = []
    notes: list[Line] = []
    for page in _without_running_lines(pages):
        cut = _first_note(page, body_height)
        body.extend(page[:cut])
        notes.extend(page[cut:])
    known = _whole_words(line.text for line in (*body, *notes))
    return "\n\n".join(filter(None, (_paragraphs(lines, known) for lines in (body, notes))))


def _first_note(page: Sequence[Line], body_height: float) -> int:
    """Return where the footnotes of a page begin: the smaller lines at its end, from the first numbered one on."""
    at = len(page)
    while at > 0 and page[at - 1].height < _NOTE_HEIGHT_SHARE * body_height:
        at -= 1
    if at == 0:
        return len(page)
    return next((index for index in range(at, len(page)) if _NOTE.match(page[index].text)), len(page))


def _without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Drop page numbers, and lines that stand at the edge of many pages with only numbers changing."""
    counts = Counter(
        key for page in pages for key in {_key(line.text) for line in (*page[:_EDGE_LINES], *page[-_EDGE_LINES:])}
    )
    enough = max(_MIN_PAGES, _RUNNING_SHARE * len(pages))
    kept = []
    for page in pages:
        running = [_is_running(line.text, counts, enough) for line in page]
        top = next((at for at in range(min(_EDGE_LINES, len(page))) if not running[at]), min(_EDGE_LINES, len(page)))
        bottom = len(page)
        while bottom > max(top, len(page) - _EDGE_LINES) and running[bottom - 1]:
            bottom -= 1
        kept.append(list(page[top:bottom]))
    return kept


def _is_running(line: str, counts: Counter[str], enough: float) -> bool:
    """Say whether a line at a page's edge is a page number or a running head."""
    return bool(_PAGE_NUMBER.match(line)) or (counts[_key(line)] >= enough and len(line) < 160)


def _key(line: str) -> str:
    """Return a line with its numbers made equal."""
    return re.sub(r"\d+", "#", line.lower())


def _whole_words(lines: Iterable[str]) -> Counter[str]:
    """Count the words of a document, those broken at a line's end left out."""
    text = re.sub(rf"\S*[{_HYPHENS}]\S*|\S+-\n\S+", " ", "\n".join(lines))
    return Counter(word.lower() for word in _WORD.findall(text))


def _mend_hyphens(line: str, known: Counter[str]) -> str:
    """Put together words that pdfium joined at a line's end."""
    return re.sub(rf"(\S*)[{_HYPHENS}](\S*)", lambda match: _joined(match[1], match[2], known), line)


def _joined(left: str, right: str, known: Counter[str]) -> str:
    """Decide whether a hyphen at a line's end belongs to the word: by how the document writes it elsewhere."""
    head = re.search(r"[^\W\d_]*$", left)
    tail = re.match(r"[^\W\d_]*", right)
    first, second = head[0].lower() if head else "", tail[0].lower() if tail else ""
    if not first or not second or "/" in left or right[:1].isupper():
        return f"{left}-{right}"
    if known[first + second] and known[first + second] >= known[f"{first}-{second}"]:
        return left + right
    if known[f"{first}-{second}"] or (min(known[first], known[second]) > 0 and min(len(first), len(second)) > 2):
        return f"{left}-{right}"
    return left + right


def _paragraphs(lines: Sequence[Line], known: Counter[str]) -> str:
    """Join lines that run on, and separate those that do not."""
    lines = [Line(_mend_hyphens(_LEADERS.sub("\t", line.text), known), line.height) for line in lines]
    if not lines:
        return ""
    lengths = sorted(_width(line.text) for line in lines)
    full = lengths[int(0.85 * (len(lengths) - 1))]
    pieces = [lines[0].text]
    for before, line in pairwise(lines):
        if not _runs_on(before, line, full):
            apart = _ENDS.search(before.text) or _width(before.text) < _FULL_LINE_SHARE * full
            pieces.extend(("\n\n" if apart else "\n", line.text))
        elif re.search(r"[^\W\d_]-$", before.text) and line.text[:1].islower():
            _join_broken_word(pieces, line.text, known)
        else:
            both_cjk = _CJK.match(before.text[-1]) and _CJK.match(line.text[0])
            pieces.extend(("" if both_cjk else " ", line.text))
    return "".join(pieces)


def _join_broken_word(pieces: list[str], line: str, known: Counter[str]) -> None:
    """Append a line to one that ends in a hyphen, with or without the hyphen."""
    kept, blank, left = pieces[-1][:-1].rpartition(" ")
    right, _, rest = line.partition(" ")
    pieces[-1] = kept + blank + _joined(left, right, known)
    if rest:
        pieces.append(f" {rest}")


def _width(line: str) -> int:
    """Return the length of a line in half-width characters."""
    return len(line) + len(_CJK.findall(line))


def _runs_on(before: Line, line: Line, full: int) -> bool:
    """Say whether a line continues the sentence of the one before it; an entry of a contents list (a tab) ends."""
    if (
        "\t" in before.text
        or _BULLET.match(line.text)
        or not 1 / _SAME_TYPE < line.height / max(before.height, 0.1) < _SAME_TYPE
    ):
        return False
    if line.text[:1].islower():
        return True
    if _width(before.text) < _FULL_LINE_SHARE * full:
        return False
    return not (_ENDS.search(before.text) and _width(before.text) < 0.9 * full)
