"""What repeats at the edges of a PDF's pages: running heads, feet and page numbers, in English and Chinese."""

import re
from collections import Counter
from collections.abc import Sequence

from core.ingest.readers.pdf_lines import Line

_PAGE_NUMBER = re.compile(
    r"^\W*(?:(?:page|p\.?|seite)\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|\|)\s*\d{1,4})?\W*$|^\W*第\s*\d+\s*页.{0,12}$",
    re.I,
)
_EDGE_LINES = 3
_MIN_PAGES = 3
_RUNNING_SHARE = 0.3


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
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
