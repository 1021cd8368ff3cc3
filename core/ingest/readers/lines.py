"""Lines of a text file with a limit, so that one endless line costs no memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from core.ingest.encoding import detect_file_encoding

MAX_LINE_CHARACTERS = 20_000_000


def open_text(path: Path, *, newline: str) -> TextIO:
    """Open a file in its detected encoding, broken bytes becoming U+FFFD."""
    return path.open(encoding=detect_file_encoding(path), errors="replace", newline=newline)


def bounded_lines(handle: TextIO) -> Iterator[str | None]:
    """Yield lines with their line ends; None for a line over 20 million characters, which is passed over."""
    while line := handle.readline(MAX_LINE_CHARACTERS):
        if len(line) < MAX_LINE_CHARACTERS or line.endswith("\n"):
            yield line
            continue
        while (rest := handle.readline(1 << 20)) and not rest.endswith("\n"):
            pass
        yield None
