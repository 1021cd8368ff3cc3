"""Plain text files: the whole file is one document."""

import re
import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.ingest.dates import find_date
from core.ingest.encoding import decode_bytes
from core.ingest.readers.names import date_in_name
from core.ingest.readers.sizes import read_whole

_OPENING_CHARACTERS = 800
_MIN_WRAPPED_LINES = 6


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file's text, its date where the opening states one."""
    del options
    text = decode_bytes(read_whole(path, name=name)).replace("\r\n", "\n")
    yield RawDocument(
        text=_unwrapped(text), locator="", date=find_date(text[:_OPENING_CHARACTERS]) or date_in_name(name)
    )


def _unwrapped(text: str) -> str:
    """Join lines that were broken at a fixed width, as in old mail and RFC style text."""
    lines = [line for line in text.split("\n") if line.strip()]
    inner = [len(line) for line, after in pairwise(lines) if after[:1].islower()]
    if len(inner) < max(_MIN_WRAPPED_LINES, 0.25 * len(lines)) or max(map(len, lines)) > 120:
        return text
    width = statistics.median(inner)
    return re.sub(r"(?<=\S)\n(?=[^\W\d_(\"“])", lambda match: _joint(text, match.start(), width), text)


def _joint(text: str, at: int, width: float) -> str:
    """Return a blank for a break at the end of a full line, the break itself elsewhere."""
    line_start = text.rfind("\n", 0, at) + 1
    return " " if at - line_start >= 0.75 * width else "\n"
