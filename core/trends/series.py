"""The share of stories that carry a label, bin by bin, with its interval.

Takes counts as they are: core.trends.prevalence corrects them for the classifier's error, core.trends.standardise for
a changing mix of sources and languages, core.trends.smoothing draws them smoother.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.domain.dates import Grain
from core.trends.bins import Period, bin_end, count_by_bin

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
FEWEST_STORIES = 5
"""Below this many stories a bin's share says too little to be drawn."""
COLUMNS = ("label_id", "start", "end", "n", "total", "share", "low", "high", "complete", "enough")


def wilson(n: Counts | Floats, total: Counts | Floats | int) -> tuple[Floats, Floats]:
    """Return the 95 % score interval of n / total; NaN where total is 0. Effective counts need not be whole.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.

    >>> low, high = wilson(np.array([2]), np.array([10]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0567, 0.5098)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share, widening = np.divide(n, total), np.divide(Z_95**2, total)
        centre = (share + widening / 2) / (1 + widening)
        half = Z_95 / (1 + widening) * np.sqrt(share * (1 - share) / total + widening / (4 * total))
    # the formula meets 0 and 1 exactly; rounding may pass them by 1e-17
    return np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)


def share_series(
    counts: pd.DataFrame, labels: Sequence[str], *, grain: Grain, first: date, last: date, today: date
) -> pd.DataFrame:
    """Return the share of stories per label and bin, in the order of labels, then of time.

    Takes counts of stories per label and kept bin (label_id, bin, n; label '' is every tagged story) and returns
    every bin from the one holding first to the one holding last:
    label_id, start, end (inclusive), n, total, share (0..1; NaN where total is 0), low and high (95 % Wilson),
    complete (see Period.completes), enough (total is at least 5).

    >>> counts = pd.DataFrame({"label_id": ["", "a"], "bin": [date(2024, 1, 1)] * 2, "n": [10, 2]})
    >>> period = {"first": date(2024, 1, 1), "last": date(2024, 2, 29), "today": date(2024, 2, 10)}
    >>> frame = share_series(counts, ["a"], grain=Grain.MONTH, **period)
    >>> frame[["n", "total", "share", "complete", "enough"]].values.tolist()
    [[2, 10, 0.2, True, True], [0, 0, nan, False, False]]
    """
    wanted = list(dict.fromkeys(labels))
    table = count_by_bin(counts, grain=grain, first=first, last=last).reindex(columns=["", *wanted], fill_value=0)
    starts = list(table.index)
    ends = [bin_end(grain, start) for start in starts]
    period = Period(first, last, today)
    complete = [period.completes(start, end) for start, end in zip(starts, ends, strict=True)]
    frame = pd.DataFrame(
        {
            "label_id": np.repeat(np.array(wanted, dtype=object), len(starts)),
            "start": starts * len(wanted),
            "end": ends * len(wanted),
            "n": table[wanted].to_numpy().T.ravel(),
            "total": np.tile(table[""].to_numpy(), len(wanted)),
            "complete": complete * len(wanted),
        }
    )
    low, high = wilson(frame["n"].to_numpy(), frame["total"].to_numpy())
    share = frame["n"] / frame["total"]
    return frame.assign(share=share, low=low, high=high, enough=frame["total"] >= FEWEST_STORIES)[list(COLUMNS)]
