"""CSV and its relatives: delimiter, header and encoding found out, rows streamed."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.ingest.encoding import detect_file_encoding
from core.ingest.readers.lines import MAX_LINE_CHARACTERS, bounded_lines, open_text
from core.ingest.readers.tables import Row, Table, documents

_DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_CHARACTERS = 200_000
_SNIFFED_ROWS = 100
_MIN_AGREEMENT = 0.4
_STRAY_QUOTE = re.compile(r'^[^"]*"[^"]*$')
_IN_NO_TEXT = "\x1f"
_TOO_LONG = "\x1e"


def read(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each row."""
    return documents(open_tables(path, name=name), name=name, options=options, skip=skip)


def open_tables(path: Path, *, name: str) -> list[Table]:
    """Return the file as its one table."""
    del name
    delimiter = _delimiter(path)
    return [Table(partial(_rows, path, delimiter), delimiter=delimiter, encoding=detect_file_encoding(path))]


def _rows(path: Path, delimiter: str) -> Iterator[Row]:
    """Yield the cells of each row, or the problem with it."""
    csv.field_size_limit(MAX_LINE_CHARACTERS)
    with open_text(path, newline="") as handle:
        rows = csv.reader(_lines(handle), delimiter=delimiter or _IN_NO_TEXT, skipinitialspace=delimiter == ",")
        number = 0
        while True:
            number += 1
            try:
                row = next(rows)
                yield _too_long(number) if row == [_TOO_LONG] else row
            except StopIteration:
                return
            except csv.Error as error:
                reason = Reason("Row {row} cannot be read ({detail}).", {"row": number, "detail": str(error)})
                yield Problem(f"row {number}", reason)


def _lines(handle: TextIO) -> Iterator[str]:
    """Yield lines without NUL characters, a mark in place of one that is too long."""
    for line in bounded_lines(handle):
        yield _TOO_LONG if line is None else line.replace("\0", "")


def _too_long(number: int) -> Problem:
    """Return the problem of a row beyond the limit."""
    params = {"row": number, "limit": MAX_LINE_CHARACTERS}
    return Problem(f"row {number}", Reason("Row {row} is longer than {limit} characters; split the text.", params))


def _delimiter(path: Path) -> str:
    """Return the delimiter that cuts most rows into the same number of cells; empty for a single column."""
    with open_text(path, newline="") as handle:
        head = handle.read(_SNIFFED_CHARACTERS).lstrip("\ufeff")
    if head.lower().startswith("sep=") and len(head) > 4:
        return head[4]
    scores = {delimiter: _agreement(head, delimiter) for delimiter in _DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] >= _MIN_AGREEMENT else ""


def _agreement(head: str, delimiter: str) -> float:
    """Return the share of rows that have the commonest width and no stray quotes, a little more for wider ones.

    Half of it counts where the first row, which may be the header, has another width.
    """
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=delimiter == ",")
    try:
        rows = [row for row in islice(reader, _SNIFFED_ROWS) if row]
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows)
    width, _ = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    if width < 2:
        return 0.0
    n_agreeing = sum(len(row) == width and not any(_STRAY_QUOTE.search(cell) for cell in row) for row in rows)
    return (n_agreeing / len(rows)) * (1 + min(width, 20) / 100) * (1.0 if len(rows[0]) == width else 0.5)
