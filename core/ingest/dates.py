"""Dates as sources write them, in English and Chinese, with the precision that was really given.

Leaves out judging whether a date is plausible for a document: that is `prepare`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.domain.dates import PartialDate, Precision

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<mon>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<y>(?:1[5-9]|20|21)\d\d)"
_ISO = re.compile(rf"^{_YEAR}(?:(?P<sep>[-/.])(?P<m>\d\d?)(?:(?P=sep)(?P<d>\d\d?)(?:[T\s]\s*\d.*)?)?)?$")
_COMPACT = re.compile(r"^(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:T?\d{4,6}Z?)?$")
_NUMERIC = re.compile(r"^(?P<a>\d\d?)(?P<sep>[-/.])(?P<b>\d\d?)(?P=sep)(?P<y>\d{4}|\d\d)(?:[T\s,].*)?$")
_CHINESE = re.compile(rf"{_YEAR}\s*年(?:\s*(?P<m>\d\d?)\s*月(?:\s*(?P<d>\d\d?)\s*[日号])?)?")
_DAY_MONTH = re.compile(rf"\b(?P<d>\d\d?)(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH},?[\s-]+{_YEAR}\b", re.I)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+{_YEAR}\b", re.I)
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?[\s-]+{_YEAR}\b", re.I)
_SEASON = re.compile(rf"^(?:spring|summer|autumn|fall|winter|q[1-4]|h[12]|fy)[\s,-]*{_YEAR}$", re.I)
_WRITTEN = (_DAY_MONTH, _MONTH_DAY, _MONTH_YEAR)
_ISO_INSIDE = re.compile(rf"(?<![\d/.-]){_YEAR}(?P<sep>[-/.])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)(?![\d/.-])")
_CHINESE_MONTH = re.compile(rf"{_YEAR}\s*年\s*(?P<m>\d\d?)\s*月(?:\s*(?P<d>\d\d?)\s*[日号])?")

_YEAR_AND_WORD = re.compile(r"^(?=.*\d{4})(?=.*[^\W\d_]{3})[^,\n]{6,40}(?:,[^,\n]{0,30})?$")
_EXCEL_EPOCH = date(1899, 12, 30)
_STANDALONE_CHARACTERS = 60
_OPENING_CHARACTERS = 300


def parse_date(value: object, *, day_first: bool | None = None, any_language: bool = True) -> PartialDate | None:
    """Read one value of a date field; None when it is no date.

    `day_first` settles `03/04/2024`; without it slashes mean month first and dots day first.
    `any_language` asks dateparser about what is neither numeric, English nor Chinese, which is slow.

    >>> str(parse_date("2024年5月"))
    '2024-05'
    >>> str(parse_date("24/09/2024")), str(parse_date("03/04/2024", day_first=True))
    ('2024-09-24', '2024-04-03')
    >>> str(parse_date("Mon, 01 Jun 2026 00:45:08 +0000")), str(parse_date(1717200000))
    ('2026-06-01', '2024-06-01')
    """
    if isinstance(value, datetime):
        return PartialDate(value.date(), Precision.DAY)
    if isinstance(value, date):
        return PartialDate(value, Precision.DAY)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    text = str(value).strip()
    found = _parse_text(text, day_first) if 4 <= len(text) <= 80 else None
    return (
        _with_dateparser(text, bool(day_first))
        if found is None and any_language and _YEAR_AND_WORD.match(text)
        else found
    )


def slashes_put_day_first(values: Iterable[object]) -> bool | None:
    """Say which order the `a/b/year` values of one column prove; None where they prove nothing.

    >>> slashes_put_day_first(["03/04/2024", "24/09/2024"])
    True
    """
    found = [match for value in values if isinstance(value, str) and (match := _NUMERIC.match(value.strip()))]
    n_day_first = sum(int(match["a"]) > 12 for match in found)
    n_month_first = sum(int(match["b"]) > 12 for match in found)
    if n_day_first == n_month_first:
        return None
    return n_day_first > n_month_first


def find_date(text: str) -> PartialDate | None:
    """Find the date that the opening of a document states about itself.

    A date on a short line of its own counts before one inside the first sentences.

    >>> str(find_date("Guidance on AI" + chr(10) + "Brussels, 25 September 2024"))
    '2024-09-25'
    """
    for line in text.splitlines():
        if 4 <= len(line) <= _STANDALONE_CHARACTERS and (found := _date_inside(line)):
            return found
    return _date_inside(text[:_OPENING_CHARACTERS])


@lru_cache(maxsize=4096)
def _parse_text(text: str, day_first: bool | None) -> PartialDate | None:
    """Try the common forms from the cheapest on, dateparser last."""
    for pattern in (_ISO, _COMPACT):
        if match := pattern.match(text):
            return _from_match(match)
    if match := _NUMERIC.match(text):
        return _from_numeric(match, day_first)
    if match := _CHINESE.match(text):
        return _from_match(match)
    for pattern in _WRITTEN:
        if match := pattern.search(text):
            return _from_match(match)
    if match := _SEASON.match(text):
        return _from_match(match)
    if re.fullmatch(r"\d{5}(\.\d+)?|\d{9,13}(\.\d+)?", text):
        return _from_number(float(text))
    return None


def _date_inside(text: str) -> PartialDate | None:
    """Return the first full date inside a text, else the first month."""
    for pattern in (_ISO_INSIDE, _CHINESE_MONTH, _DAY_MONTH, _MONTH_DAY, _MONTH_YEAR):
        for match in pattern.finditer(text):
            if (found := _from_match(match)) and found.day.year >= 1900:
                return found
    return None


def _from_match(match: re.Match[str]) -> PartialDate | None:
    """Build a date from the groups y, m or mon, d, as far as they are there."""
    groups = match.groupdict()
    month = _MONTHS[groups["mon"].lower()] if groups.get("mon") else groups.get("m")
    return _partial(int(groups["y"]), int(month) if month else None, int(groups["d"]) if groups.get("d") else None)


def _from_numeric(match: re.Match[str], day_first: bool | None) -> PartialDate | None:
    """Read a/b/year, an impossible month deciding before the column's order does."""
    a, b, year = int(match["a"]), int(match["b"]), int(match["y"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if day_first is None:
        day_first = match["sep"] != "/"
    if a > 12 or (day_first and b <= 12):
        a, b = b, a
    return _partial(year, a, b)


def _partial(year: int, month: int | None, day: int | None) -> PartialDate | None:
    """Return the date, or None where the calendar has no such day."""
    precision = Precision.YEAR if month is None else Precision.MONTH if day is None else Precision.DAY
    try:
        return PartialDate(date(year, month or 1, day or 1), precision)
    except ValueError:
        return None


def _from_number(number: float) -> PartialDate | None:
    """Read a year, a spreadsheet's day count, or seconds or milliseconds since 1970."""
    if 1500 <= number < 2200 and number.is_integer():
        return _partial(int(number), None, None)
    if 19_000_101 <= number <= 21_991_231 and number.is_integer():
        return _parse_text(str(int(number)), None)
    if 20_000 <= number < 80_000:
        return PartialDate(_EXCEL_EPOCH + timedelta(days=int(number)), Precision.DAY)
    seconds = number / 1000 if number >= 1e11 else number
    if 1e8 <= seconds < 7e9:
        return PartialDate(datetime.fromtimestamp(seconds, UTC).date(), Precision.DAY)
    return None


@lru_cache(maxsize=4096)
def _with_dateparser(text: str, day_first: bool) -> PartialDate | None:
    """Ask dateparser about a date in another language; only absolute dates with a year count."""
    found = _dateparser(day_first).get_date_data(text)
    if found.date_obj is None:
        return None
    return PartialDate(found.date_obj.date(), Precision(found.period if found.period in set(Precision) else "day"))


@lru_cache(maxsize=2)
def _dateparser(day_first: bool) -> Any:
    """Load dateparser, told to guess no missing year."""
    from dateparser.date import DateDataParser

    return DateDataParser(
        settings={
            "REQUIRE_PARTS": ["year"],
            "PARSERS": ["absolute-time"],
            "PREFER_DAY_OF_MONTH": "first",
            "PREFER_MONTH_OF_YEAR": "first",
            "DATE_ORDER": "DMY" if day_first else "MDY",
        }
    )
