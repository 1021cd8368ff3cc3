"""The printed lines of a PDF page in reading order, each with its place on the page.

Corrects what pdfium takes for a line: raised figures, columns side by side, the cells of a table.
"""

import re
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.ingest.readers.hyphens import BROKEN

_PRINTED_LINE = re.compile(rf"[^\r\n{BROKEN}]+[{BROKEN}]?")
_WORD = re.compile(r"\S+")
_WIDE_GAP = 2.0
_WORDY_CHARACTERS = 20
_MIN_ROWS = 3


class Line(NamedTuple):
    """A line of a page: the height of its type and where it stands, in points from the lower left corner."""

    text: str
    height: float
    left: float
    right: float
    bottom: float
    page: int = 0


def printed_lines(textpage: Any) -> list[Line]:
    """Return lines with their place on the page; what pdfium put into one line but is not printed so is cut apart."""
    rows: list[list[Line]] = []
    n_characters = textpage.count_chars()
    for match in _PRINTED_LINE.finditer(textpage.get_text_range()):
        words = [(word.start() + match.start(), word.end() + match.start()) for word in _WORD.finditer(match[0])]
        words = [(start, end) for start, end in words if end <= n_characters]
        if words:
            rows.append(_pieces(textpage, match.string, words))
    return _in_reading_order(rows)


def _pieces(textpage: Any, text: str, words: Sequence[tuple[int, int]]) -> list[Line]:
    """Return a line of pdfium's as one piece, or as several where it steps back to the left or leaves a wide gap."""
    pieces: list[Line] = []
    start, last = words[0][0], _box(textpage, text, *words[0])
    left, end = last.left, words[0][1]
    for word_start, word_end in words[1:]:
        word = _box(textpage, text, word_start, word_end)
        if word.left < last.left or word.left - last.right > _WIDE_GAP * last.height:
            pieces.append(_piece(textpage, text, start, end, left, last.right))
            start, left = word_start, word.left
        last, end = word, word_end
    return [*pieces, _piece(textpage, text, start, end, left, last.right)]


def _box(textpage: Any, text: str, start: int, end: int) -> Line:
    """Return where a word stands."""
    left, bottom, right, top = textpage.get_charbox(start, loose=True)
    if end - start > 1 + (text[end - 1] in BROKEN):
        right = textpage.get_charbox(end - 1 - (text[end - 1] in BROKEN), loose=True)[2]
    return Line("", top - bottom, left, right, bottom)


def _piece(textpage: Any, text: str, start: int, end: int, left: float, right: float) -> Line:
    """Return a piece of a line with the height of its type, taken at a letter in the middle."""
    places = [at for at in range(start, end) if text[at].isalnum()] or [start]
    _, bottom, _, top = textpage.get_charbox(places[len(places) // 2], loose=True)
    return Line(text[start:end], round(top - bottom, 1), left, right, bottom)


def _in_reading_order(rows: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of a page: columns of running text one after the other, the cells of other tables in a row."""
    lines: list[Line] = []
    at = 0
    while at < len(rows):
        n_rows = _rows_in_columns(rows, at)
        if n_rows:
            lines.extend(row[column] for column in range(len(rows[at])) for row in rows[at : at + n_rows])
        else:
            lines.extend(_rejoined(rows[at]))
        at += max(1, n_rows)
    return _whole_rows(lines)


def _rows_in_columns(rows: Sequence[Sequence[Line]], first: int) -> int:
    """Return how many rows from the first on stand in the same columns; 0 where these hold no running text."""
    n_columns, last = len(rows[first]), first
    if n_columns < 2:
        return 0
    while last < len(rows) and len(rows[last]) == n_columns and all(map(_aligned, rows[first], rows[last])):
        last += 1
    columns = zip(*rows[first:last], strict=True)
    wordy = all(statistics.median(len(line.text) for line in column) >= _WORDY_CHARACTERS for column in columns)
    return last - first if wordy and last - first >= _MIN_ROWS else 0


def _aligned(one: Line, other: Line) -> bool:
    """Say whether two lines begin at about the same distance from the page's edge."""
    return abs(one.left - other.left) <= 2 * one.height


def _rejoined(row: Sequence[Line]) -> list[Line]:
    """Put the cells of a row into one line again, those apart that step back to the left."""
    joined = [row[0]]
    for cell in row[1:]:
        before = joined[-1]
        if cell.left >= before.right:
            joined[-1] = before._replace(text=f"{before.text}\t{cell.text}", right=cell.right)
        else:
            joined.append(cell)
    return joined


def _whole_rows(page: Sequence[Line]) -> list[Line]:
    """Put the pieces of one printed line together: what stands beside a raised figure, or after a change of type."""
    rows: list[Line] = []
    for line in page:
        if rows and _goes_on_in_row(rows[-1], line):
            before = rows.pop()
            blank = " " if line.left - before.right > 0.15 * max(before.height, line.height) else ""
            main = before if len(before.text) >= len(line.text) else line
            rows.append(main._replace(text=before.text + blank + line.text, left=before.left, right=line.right))
        else:
            rows.append(line)
    return rows


def _goes_on_in_row(before: Line, line: Line) -> bool:
    """Say whether a piece stands directly to the right of another, at about its height."""
    overlap = min(before.bottom + before.height, line.bottom + line.height) - max(before.bottom, line.bottom)
    gap = line.left - before.right
    taller = max(before.height, line.height)
    return overlap >= 0.5 * min(before.height, line.height) and -0.3 * taller <= gap <= 0.8 * taller
