"""Which labels gained or lost share between the last complete bin and the one before it, and how surely.

Every label that either bin holds is compared; choosing what to show is the page's.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from core.domain.dates import Grain
from core.domain.taxonomy import Taxonomy
from core.trends.bins import Period, bin_end, count_by_bin
from core.trends.discovery import discoveries
from core.trends.series import Counts, Floats, wilson

FEWEST_STORIES = 20
"""Both bins need this many stories before their shares are compared."""
FEWEST_OF_LABEL = 5
"""One of the two bins needs this many stories of the label."""
FEWEST_EXPECTED = 5
"""Below this expected count in a cell the normal approximation gives way to Fisher's exact test."""
COLUMNS = (
    *("label_id", "kind", "n", "n_before", "share", "share_before", "change", "ratio", "low", "high"),
    *("p_value", "significant", "enough"),
)


@dataclass(frozen=True)
class Movement:
    """The comparison of one bin with the bin before it; the frame is empty where no two bins can be compared."""

    frame: pd.DataFrame
    start: date
    end: date
    before_start: date
    before_end: date
    total: int
    total_before: int


def movement(
    counts: pd.DataFrame, taxonomy: Taxonomy, *, grain: Grain, first: date, last: date, today: date
) -> Movement:
    """Compare the last complete bin that holds stories with the bin before it, label by label.

    Takes counts as share_series does. The frame has one row for each label of the taxonomy that either bin holds:
    label_id, kind, n, n_before, share, share_before, change (share - share_before, 0.01 is one point),
    ratio (share / share_before; NaN where that is 0), low and high (95 % interval of the change), p_value,
    significant (after Benjamini and Hochberg at 5 % over the rows with enough), enough (20 stories in both bins and
    5 of the label in one); sorted by |z| of the two-proportion test, largest first.

    Where the period has no complete bin with stories, or the bin before it is not covered whole, the frame is empty
    and the dates are those of the period's last bin and the one before.

    >>> from core.domain.taxonomy import Label, LabelKind
    >>> tree = Taxonomy("1", (Label("a", LabelKind.DIMENSION, None, "A", "甲", "", ""),))
    >>> months = [date(2024, 1, 1), date(2024, 2, 1)] * 2
    >>> counts = pd.DataFrame({"label_id": ["", "", "a", "a"], "bin": months, "n": [100, 100, 10, 30]})
    >>> period = {"first": date(2024, 1, 1), "last": date(2024, 2, 29), "today": date(2024, 3, 1)}
    >>> moved = movement(counts, tree, grain=Grain.MONTH, **period)
    >>> moved.frame[["label_id", "change", "ratio", "significant"]].round(3).values.tolist()
    [['a', 0.2, 3.0, True]]
    """
    table = count_by_bin(counts, grain=grain, first=first, last=last)
    table = table.reindex(columns=["", *(label.id for label in taxonomy.labels)], fill_value=0)
    found = _last_comparable(table[""], grain, Period(first, last, today))
    start = table.index[-1] if found is None else found
    before_start = _bin_before(grain, start)
    # a period of one bin has no bin before it in the table
    now, before = table.reindex([start, before_start], fill_value=0).to_numpy()
    frame = _compare(now, before, taxonomy) if found else pd.DataFrame(columns=list(COLUMNS))
    days = {"start": start, "end": bin_end(grain, start)}
    days_before = {"before_start": before_start, "before_end": bin_end(grain, before_start)}
    return Movement(frame, **days, **days_before, total=int(now[0]), total_before=int(before[0]))


def _bin_before(grain: Grain, start: date) -> date:
    return grain.floor(start - timedelta(days=1))


def _last_comparable(totals: pd.Series, grain: Grain, period: Period) -> date | None:
    """Return the start of the last complete bin with stories if the bin before it is complete too."""
    for start in reversed(totals[totals > 0].index):
        if period.completes(start, bin_end(grain, start)):
            return start if period.completes(_bin_before(grain, start), start - timedelta(days=1)) else None
    return None


def _compare(now: Counts, before: Counts, taxonomy: Taxonomy) -> pd.DataFrame:
    """Compare two rows of counts: every tagged story first, then the labels in tree order."""
    labels = pd.DataFrame({"label_id": [label.id for label in taxonomy.labels], "n": now[1:], "n_before": before[1:]})
    labels["kind"] = [label.kind.value for label in taxonomy.labels]
    shown = labels[(labels["n"] > 0) | (labels["n_before"] > 0)]
    n, n_before = shown["n"].to_numpy(), shown["n_before"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share, share_before = n / now[0], n_before / before[0]
        ratio = np.where(n_before > 0, share / share_before, np.nan)
    low, high = change_interval(n, now[0], n_before, before[0])
    z = _z_score(n, now[0], n_before, before[0])
    p_value = _p_values(z, n, now[0], n_before, before[0])
    enough = (min(now[0], before[0]) >= FEWEST_STORIES) & (np.maximum(n, n_before) >= FEWEST_OF_LABEL)
    figures = {"share": share, "share_before": share_before, "change": share - share_before, "ratio": ratio}
    verdict = {"p_value": p_value, "significant": discoveries(np.where(enough, p_value, np.nan)), "enough": enough}
    frame = shown.assign(**figures, low=low, high=high, **verdict, strength=np.abs(z))
    return frame.sort_values("strength", ascending=False, kind="stable", ignore_index=True)[list(COLUMNS)]


def change_interval(n: Counts, total: int, n_before: Counts, total_before: int) -> tuple[Floats, Floats]:
    """Return the 95 % interval of n / total - n_before / total_before; NaN where a total is 0.

    Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17, 873-890, method 10 (hybrid score). The example is from his table II.

    >>> low, high = change_interval(np.array([56]), 70, np.array([48]), 80)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0524, 0.3339)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share, share_before = n / np.float64(total), n_before / np.float64(total_before)
    low, high = wilson(n, total)
    low_before, high_before = wilson(n_before, total_before)
    change = share - share_before
    return (
        change - np.hypot(share - low, high_before - share_before),
        change + np.hypot(high - share, share_before - low_before),
    )


def _z_score(n: Counts, total: int, n_before: Counts, total_before: int) -> Floats:
    """Return the pooled two-proportion z; 0 where it is undefined (a total of 0, or every story has the label)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (n + n_before) / np.float64(total + total_before)
        error = np.sqrt(pooled * (1 - pooled) * (1 / np.float64(total) + 1 / np.float64(total_before)))
        z = (n / np.float64(total) - n_before / np.float64(total_before)) / error
    return np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)


def _p_values(z: Floats, n: Counts, total: int, n_before: Counts, total_before: int) -> Floats:
    """Return two-sided p-values: Fisher's exact test where an expected count is below 5 (Cochran's rule), else z's."""
    from scipy import stats  # 0.8 s to load, and drawing a series does without

    with_label = n + n_before
    without = total + total_before - with_label
    smallest = np.minimum(with_label, without) * min(total, total_before) / (total + total_before)
    p_values: Floats = 2 * stats.norm.sf(np.abs(z))
    for i in np.flatnonzero(smallest < FEWEST_EXPECTED):
        table = [[n[i], total - n[i]], [n_before[i], total_before - n_before[i]]]
        p_values[i] = stats.fisher_exact(table).pvalue
    return p_values
