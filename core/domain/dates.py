"""Dates that know how precise they are, and the calendar grains that trends are counted in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Grain(StrEnum):
    """Width of a calendar bin; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def floor(self, day: date) -> date:
        """Return the first day of the bin that holds the day.

        >>> Grain.QUARTER.floor(date(2024, 5, 17))
        datetime.date(2024, 4, 1)
        """
        match self:
            case Grain.DAY:
                return day
            case Grain.WEEK:
                return day - timedelta(days=day.weekday())
            case Grain.MONTH:
                return day.replace(day=1)
            case Grain.QUARTER:
                return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
            case Grain.YEAR:
                return day.replace(month=1, day=1)

    def next(self, start: date) -> date:
        """Return the first day of the following bin.

        >>> Grain.MONTH.next(date(2024, 12, 1))
        datetime.date(2025, 1, 1)
        """
        longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[self.value]
        return self.floor(start + timedelta(days=longest))

    def last_day(self, day: date) -> date:
        """Return the last day of the bin that holds the day.

        >>> Grain.MONTH.last_day(date(2024, 2, 10))
        datetime.date(2024, 2, 29)
        """
        return self.next(self.floor(day)) - timedelta(days=1)

    def bins(self, first: date, last: date) -> list[date]:
        """Return the starts of every bin from the one holding first to the one holding last."""
        starts, start = [], self.floor(first)
        while start <= last:
            starts.append(start)
            start = self.next(start)
        return starts


def coarsest_grain(borders: Iterable[date]) -> Grain:
    """Return the widest of year, month and day in which a bin begins on every border.

    What is dated to the year can be told to lie before or after a border that begins a year, and no other.

    >>> coarsest_grain([date(2024, 1, 1), date(2024, 5, 1)])
    <Grain.MONTH: 'month'>
    """
    days = list(borders)
    return next(grain for grain in (Grain.YEAR, Grain.MONTH, Grain.DAY) if all(grain.floor(day) == day for day in days))


@dataclass(frozen=True)
class PartialDate:
    """A date of which only a part may be known; the unknown part is set to its first value.

    >>> str(PartialDate(date(2016, 1, 1), Precision.YEAR))
    '2016'
    """

    day: date
    precision: Precision

    def __str__(self) -> str:
        """Return as much of the ISO form as is known."""
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}[self.precision]
        return self.day.isoformat()[:length]

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read `2024`, `2024-05` or `2024-05-17`; raise ValueError for anything else.

        >>> PartialDate.parse("2021-08").precision
        <Precision.MONTH: 'month'>
        """
        precision = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}.get(len(text))
        if precision is None:
            raise ValueError(f"not a year, month or day: {text!r}")
        return cls(date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text), precision)
