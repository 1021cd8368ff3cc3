"""Calendar bins of a period: where they end, whether they are whole, which width suits a period.

Counting stories into bins is core.db.rollups; shares over them are core.trends.series.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from core.domain.dates import Grain

_LONGEST_PERIOD = ((45, Grain.DAY), (200, Grain.WEEK), (6 * 366, Grain.MONTH))


def bin_end(grain: Grain, start: date) -> date:
    """Return the last day of the bin that begins at start.

    >>> bin_end(Grain.QUARTER, date(2024, 4, 1))
    datetime.date(2024, 6, 30)
    """
    return grain.next(start) - timedelta(days=1)


def whole_bins(grain: Grain, first: date, last: date) -> tuple[date, date]:
    """Widen a period to the bins that it touches, so that none of them is cut.

    >>> whole_bins(Grain.MONTH, date(2024, 1, 15), date(2024, 2, 3))
    (datetime.date(2024, 1, 1), datetime.date(2024, 2, 29))
    """
    return grain.floor(first), bin_end(grain, grain.floor(last))


def default_grain(first: date, last: date) -> Grain:
    """Choose the grain that draws a period in about 6 to 70 points: at most 45 days in days, 200 days in weeks,
    6 years in months, anything longer in quarters.

    >>> [default_grain(date(2024, 1, 1), last).value for last in (date(2024, 2, 1), date(2024, 6, 1), date(2026, 1, 1))]
    ['day', 'week', 'month']
    """
    n_days = (last - first).days + 1
    return next((grain for longest, grain in _LONGEST_PERIOD if n_days <= longest), Grain.QUARTER)


@dataclass(frozen=True)
class Period:
    """The days asked for, seen from today."""

    first: date
    last: date
    today: date

    def completes(self, start: date, end: date) -> bool:
        """Return whether a bin is complete: over on the calendar, and asked for from its first day to its last.

        A bin is unfinished while today is one of its days (stories of it may still arrive), and cut where the period
        begins or ends inside it (its count is of a part only). A quiet end of the data does not make a bin
        incomplete: once the calendar has passed it, no stories are a finding.

        >>> period = Period(first=date(2024, 1, 10), last=date(2024, 3, 31), today=date(2024, 3, 5))
        >>> starts = Grain.MONTH.bins(period.first, period.last)
        >>> [period.completes(start, bin_end(Grain.MONTH, start)) for start in starts]
        [False, True, False]
        """
        return end < self.today and self.first <= start and end <= self.last


def count_by_bin(counts: pd.DataFrame, *, grain: Grain, first: date, last: date) -> pd.DataFrame:
    """Floor kept bins (days, months, years) to the grain and lay them out on every bin of the period.

    Takes columns label_id, bin (date), n. Returns one row a bin from the one holding first to the one holding last
    (index: start date) and one column a label ('' is every tagged story), zero where nothing was counted; what lies
    outside is left out.

    >>> counts = pd.DataFrame({"label_id": "", "bin": [date(2024, 1, 1), date(2024, 1, 4)], "n": [2, 3]})
    >>> count_by_bin(counts, grain=Grain.WEEK, first=date(2024, 1, 1), last=date(2024, 1, 9))[""].tolist()
    [5, 0]
    """
    floors = {kept: grain.floor(kept) for kept in counts["bin"].unique()}
    placed = counts.assign(start=counts["bin"].map(floors))
    table = placed.pivot_table(index="start", columns="label_id", values="n", aggfunc="sum", fill_value=0)
    return table.reindex(grain.bins(first, last), fill_value=0).astype("int64")
