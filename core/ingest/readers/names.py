"""What a file's name says about the document in it: a title, a date."""

import re
from pathlib import PurePosixPath

from core.domain.dates import PartialDate, Precision
from core.ingest.dates import parse_date

_DAY_OR_MONTH = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([-_.]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?|年(\d\d?)月(?:(\d\d?)日)?)(?!\d)"
)
_YEAR = re.compile(r"(?<![\d.])(19[5-9]\d|20\d\d)(?![\d.])")
_MIN_WORDS = 2
_MIN_HANZI = 4


def title_in_name(name: str) -> str:
    """Return a file's name as a title if it is made of words, else nothing.

    >>> title_in_name("reports/oxford-ai-policy.pdf"), title_in_name("scan_0012.pdf")
    ('oxford ai policy', '')
    """
    title = re.sub(r"[-_\s]+", " ", _stem(name)).strip()
    n_words = len(re.findall(r"[A-Za-z]{3,}", title))
    n_hanzi = len(re.findall(r"[\u3400-\u9fff]", title))
    return title if n_words >= _MIN_WORDS or n_hanzi >= _MIN_HANZI else ""


def date_in_name(name: str) -> PartialDate | None:
    """Return the date that stands in a file's name.

    >>> str(date_in_name("brief-2026-03-12.html")), str(date_in_name("blocks-2018.html"))
    ('2026-03-12', '2018')
    """
    stem = _stem(name)
    if match := _DAY_OR_MONTH.search(stem):
        month, day = match[3] or match[5], match[4] or match[6]
        return parse_date("-".join(part for part in (match[1], month, day) if part))
    match = _YEAR.search(stem)
    return parse_date(match[1]) if match else None


def date_of_file(name: str, *, printed: PartialDate | None, made: PartialDate | None) -> PartialDate | None:
    """Choose between the date printed in a document, the one in its file's name, and the month the file was made in.

    A file is often made long after its document was published, so the name is believed before the file; a mere
    year in the name gives way to a month of that year, or to an earlier one (`outlook-2030`).
    """
    if printed is not None:
        return printed
    named = date_in_name(name)
    if named is None or made is None:
        return named or made
    return made if named.precision is Precision.YEAR and named.day.year >= made.day.year else named


def _stem(name: str) -> str:
    """Return a file's name without folders and extension."""
    return PurePosixPath(name.replace("\\", "/")).stem
