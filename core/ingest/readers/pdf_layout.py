"""From the lines of PDF pages to paragraphs: wrapped lines joined by where they stand on the page, notes at the end.

Which broken words keep their hyphen is `hyphens`; which words stand in one line is `pdf_lines`.
"""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from core.ingest.readers.hyphens import ends_broken, mended, whole_words
from core.ingest.readers.pdf_lines import Line
from core.ingest.readers.running_heads import without_running_lines

_BULLET = re.compile(
    r"^\s*(?:[•●▪■◦‣○–—*-]\s|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s|[（(][一二三四五六七八九十]+[）)]|"
    r"[一二三四五六七八九十]+、|第[一二三四五六七八九十百\d]{1,7}[条章节编](?=\s|$)|\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+[^\W\d_a-z])"
)
_LABEL = re.compile(r"^\s*(?:[^\w\s(（]|\(?[0-9a-z]{1,3}(?:\.\w{1,3})*[.)]?)\s", re.I)
_ENDS = re.compile(r"[.!?。！？;；:：][”’\"'）)\]]*\d{0,3}$")
_LEADERS = re.compile(r"(?:[._·…]\s?){4,}")
_CJK = re.compile(r"[\u3000-\u303f\u3041-\u30ff\u3400-\u9fff\uff00-\uffef“”‘’—…]")
_FIRST_WORD = re.compile(r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+")
_NOTE = re.compile(r"^(?:\d{1,3}|[*†‡§])(?=\s|[^\W\d_a-z]|$)")
_NOTE_HEIGHT_SHARE = 0.93
_SAME_SIZE = 1.05
_RUNNING_TEXT = 40
_SAME_TYPE = 1.15
_SAME_LEADING = 1.2
_USUAL_LEADING = 1.25
_FARTHEST_LEADING = 2.5
_INDENT = 1.2
_MIN_BLOCK = 3
_MAX_INDENT = 6
_NEAR_LINES = 30


class Column(NamedTuple):
    """Where the lines of a column begin and how far they may reach."""

    left: float
    right: float


def join_pages(pages: Sequence[Sequence[Line]]) -> str:
    r"""Return the running text of pages, a blank line between paragraphs and the footnotes at the end.

    >>> join_pages([[Line("Rules for general", 9, 50, 120, 700), Line("models.", 9, 50, 90, 689)]])
    'Rules for general models.'
    """
    body_height = _usual_height([line for page in pages for line in page])
    body: list[Line] = []
    notes: list[Line] = []
    for number, page in enumerate(without_running_lines(pages)):
        page = [line._replace(page=number) for line in page]
        cut = _first_note(page, max(body_height, _usual_height(page)))
        body.extend(page[:cut])
        notes.extend(page[cut:])
    known = whole_words(line.text for line in (*body, *notes))
    leading = _leading(body)
    return "\n\n".join(
        filter(None, (_paragraphs(body, known, leading), _paragraphs(_split_notes(notes), known, leading)))
    )


def _usual_height(lines: Sequence[Line]) -> float:
    """Return the height of type that half of the lines do not reach."""
    return statistics.median([line.height for line in lines] or [0.0])


def _first_note(page: Sequence[Line], body_height: float) -> int:
    """Return where the footnotes of a page begin: the smaller lines at its end, from the first numbered one on.

    Smaller than the body of the document, or, where that is set in two sizes, than the text right above them.
    """
    at = len(page)
    while at > 0 and page[at - 1].height < _NOTE_HEIGHT_SHARE * body_height:
        at -= 1
    numbered = next((index for index in range(at, len(page)) if _NOTE.match(page[index].text)), 0)
    if at > 0 and numbered:
        return numbered
    at = len(page)
    while at > 0 and page[at - 1].height < _SAME_SIZE * page[-1].height:
        at -= 1
    above = page[at - 1] if 0 < at < len(page) else None
    if above is None or page[at].height >= _NOTE_HEIGHT_SHARE * above.height or not _NOTE.match(page[at].text):
        return len(page)
    return at if any(len(line.text) >= _RUNNING_TEXT for line in page[max(0, at - 3) : at]) else len(page)


def _split_notes(notes: Sequence[Line]) -> list[Line]:
    """Set each footnote whose number follows the last one's apart, by leaving room above it."""
    apart: list[Line] = []
    last = 0
    for line in notes:
        match = re.match(r"\d+", line.text)
        starts = match is not None and last < int(match[0]) <= last + 3
        if match is not None and starts:
            last = int(match[0])
        apart.append(line._replace(text=f"\t{line.text}") if starts else line)
    return apart


def _leading(lines: Sequence[Line]) -> float:
    """Return the usual distance from line to line, in heights of the type."""
    distances = [
        (before.bottom - line.bottom) / before.height
        for before, line in pairwise(lines)
        if before.height > 0 and _same_type(before, line) and _overlap(before, line)
    ]
    usual = [distance for distance in distances if 0.8 <= distance <= _FARTHEST_LEADING]
    return statistics.median(usual) if usual else _USUAL_LEADING


def _paragraphs(lines: Sequence[Line], known: Counter[str], leading: float) -> str:
    """Join lines that run on, and separate those that do not."""
    lines = [line._replace(text=_LEADERS.sub("\t", line.text)) for line in lines]
    columns = _columns(lines, leading)
    pieces = [line.text for line in lines[:1]]
    begins = True
    for before, line, column in zip(lines, lines[1:], columns, strict=False):
        if not _runs_on(before, line, column=column, leading=leading, begins=begins):
            pieces.extend((_border(before, line, leading) if begins else "\n\n", line.text.lstrip("\t")))
            begins = True
            continue
        begins = False
        if ends_broken(pieces[-1], line.text):
            pieces[-1] = mended(pieces[-1], line.text, known)
        else:
            pieces.extend((joint(before.text, line.text), line.text))
    return "".join(pieces).strip()


def joint(before: str, line: str) -> str:
    """Return what stands between two lines of one sentence: nothing in Chinese, else a blank.

    >>> joint("关于加强数据", "安全的通知"), joint("on the safety", "of data")
    ('', ' ')
    """
    return "" if _CJK.match(before[-1:]) and _CJK.match(line[:1]) else " "


def _runs_on(before: Line, line: Line, *, column: Column, leading: float, begins: bool) -> bool:
    """Say whether a line continues the sentence of the one before it; entries of contents and tables hold a tab."""
    if _BULLET.match(line.text) or line.text[:1] == "\t" or not _same_type(before, line):
        return False
    if ends_broken(before.text, line.text):
        return True
    ended, lower = bool(_ENDS.search(before.text)), line.text[:1].islower()
    distance = _distance(before, line) / leading
    if "\t" in before.text[1:] or "\t" in line.text:
        return lower and not ended and 0 < distance <= _SAME_LEADING
    if distance <= 0 or not _overlap(before, line):
        cell = before.page == line.page and not _CJK.match(before.text[-1])
        return not ended and (lower or not (cell or _would_fit(before, line, column.right)))
    if lower:
        return distance <= _SAME_LEADING or (distance <= _FARTHEST_LEADING / leading and not ended)
    if distance > _SAME_LEADING or _is_shifted(before, line, begins=begins, margin=column.left):
        return False
    return not _would_fit(before, line, column.right)


def _would_fit(before: Line, line: Line, edge: float) -> bool:
    """Say whether a line's first word had room in the line before, so that the break was meant."""
    word = _FIRST_WORD.match(line.text)
    share = _width(word[0]) / _width(line.text) if word else 0.0
    room = edge - before.right
    if _CJK.match(before.text[-1]) and not _ENDS.search(before.text):
        return room > 3 * line.height
    return room >= share * (line.right - line.left) + 0.5 * line.height


def _is_shifted(before: Line, line: Line, *, begins: bool, margin: float) -> bool:
    """Say whether a line is indented as the first of a paragraph, or set back after the lines of an item."""
    shift = (line.left - before.left) / max(line.height, 0.1)
    centred = abs(line.left + line.right - before.left - before.right) < line.height
    if abs(shift) < _INDENT:
        was_indented = begins and before.left - margin >= _INDENT * before.height
        return was_indented and bool(_ENDS.search(before.text))
    if centred:
        return False
    if shift > 0:
        return not (begins and _LABEL.match(before.text))
    return not begins or shift < -_MAX_INDENT


def _border(before: Line, line: Line, leading: float) -> str:
    """Return a line break between items and cells that stand close together, else a blank line."""
    close = abs(_distance(before, line)) <= _SAME_LEADING * leading
    items = _BULLET.match(line.text) or "\t" in before.text or "\t" in line.text or not _overlap(before, line)
    return "\n" if close and items else "\n\n"


def _columns(lines: Sequence[Line], leading: float) -> list[Column]:
    """Return how far the column of each line reaches: by its block, and the lines around a small one."""
    columns: list[Column] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at < len(lines) and _in_one_block(lines[at - 1], lines[at], leading):
            continue
        block = lines[start:at]
        near = lines[max(0, start - _NEAR_LINES) : at + _NEAR_LINES] if len(block) < _MIN_BLOCK else ()
        aligned = (each for each in near if abs(each.left - block[0].left) < 2 and _same_type(each, block[0]))
        right = max(each.right for each in (*block, *aligned))
        columns.extend([Column(min(each.left for each in block), right)] * len(block))
        start = at
    return columns


def _in_one_block(before: Line, line: Line, leading: float) -> bool:
    """Say whether a line stands close below another."""
    close = 0 < _distance(before, line) <= _SAME_LEADING * leading
    return close and _overlap(before, line) and _same_type(before, line)


def _distance(before: Line, line: Line) -> float:
    """Return how far a line stands below another, in heights of its type; negative at the top of the next column."""
    return (before.bottom - line.bottom) / max(before.height, 0.1)


def _same_type(before: Line, line: Line) -> bool:
    """Say whether two lines are set in about the same size."""
    return 1 / _SAME_TYPE < line.height / max(before.height, 0.1) < _SAME_TYPE


def _overlap(before: Line, line: Line) -> bool:
    """Say whether two lines stand above one another."""
    return min(before.right, line.right) > max(before.left, line.left)


def _width(line: str) -> int:
    """Return the length of a line in half-width characters, at least 1."""
    return max(1, len(line) + len(_CJK.findall(line)))
