"""What stands out on a line: bursts and steps, dated, from the counted stories of complete bins."""

from typing import Any

import pandas as pd

from core.trends.bursts import bursts
from core.trends.changes import changes

LEAST_WEIGHT = 5.0
"""Bursts below it are left out: at 5 they were wrong in 0.02 of a label's years at rest (decision 0011)."""
COLUMNS = (
    *("label_id", "kind", "level", "start", "end", "since", "until"),
    *("n", "total", "n_before", "total_before", "weight"),
)


def marks(frame: pd.DataFrame, *, steps: bool = True) -> pd.DataFrame:
    """Return the bursts of every line of a series (see core.trends.series.share_series), and its steps if asked for.

    kind is burst, rise or fall. A burst lasts from start to end with n of total stories; n_before of total_before are
    those outside it; level 1 is twice the share of the whole period, 2 four times, and so on. A rise or fall steps at
    start: n of total from there to end (the next step or the last complete bin), n_before of total_before back to the
    step before. Those before lie in the bins from since to until, without those of the mark. weight: log-likelihood of
    a burst, for a step how many times it exceeds what it had to. In the order of lines, then of time.

    >>> from datetime import date
    >>> months = [date(2024, month, 1) for month in range(1, 9)]
    >>> n = [5, 4, 6, 5, 15, 14, 16, 15]
    >>> series = pd.DataFrame({"label_id": "a", "start": months, "end": months, "n": n, "total": 100, "complete": True})
    >>> marks(series)[["kind", "start", "n", "n_before"]].values.tolist()
    [['rise', datetime.date(2024, 5, 1), 60, 20]]
    """
    rows = []
    for label_id, line in frame[frame["complete"]].groupby("label_id", sort=False):
        own = [*_bursts(line), *(_steps(line) if steps else [])]
        rows += [{"label_id": label_id, **row} for row in sorted(own, key=lambda row: row["start"])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _bursts(line: pd.DataFrame) -> list[dict[str, Any]]:
    starts, ends = line["start"].tolist(), line["end"].tolist()
    return [
        {
            "kind": "burst",
            "level": burst.level,
            "start": starts[burst.first],
            "end": ends[burst.last],
            "since": starts[0],
            "until": ends[-1],
            "n": burst.n,
            "total": burst.total,
            "n_before": int(line["n"].sum()) - burst.n,
            "total_before": int(line["total"].sum()) - burst.total,
            "weight": burst.weight,
        }
        for burst in bursts(line["n"].to_numpy(), line["total"].to_numpy())
        if burst.weight >= LEAST_WEIGHT
    ]


def _steps(line: pd.DataFrame) -> list[dict[str, Any]]:
    starts, ends = line["start"].tolist(), line["end"].tolist()
    found = changes(line["n"].to_numpy(), line["total"].to_numpy())
    borders = [0, *(change.position for change in found), len(ends)]
    return [
        {
            "kind": "rise" if change.n_after / change.total_after > change.n_before / change.total_before else "fall",
            "level": 0,
            "start": starts[change.position],
            "end": ends[border - 1],
            "since": starts[before],
            "until": ends[change.position - 1],
            "n": change.n_after,
            "total": change.total_after,
            "n_before": change.n_before,
            "total_before": change.total_before,
            "weight": change.gain,
        }
        for before, change, border in zip(borders, found, borders[2:], strict=False)
    ]
