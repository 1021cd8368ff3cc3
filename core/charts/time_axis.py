"""The axis of calendar bins: one category a bin, named as a period, with a few labelled ticks."""

from datetime import date

import pandas as pd

from core.charts.theme import Inks
from core.charts.wording import grain_of, period_label
from core.domain.dates import Grain

_MOST_TICKS = 8
_STEPS = {
    Grain.DAY: (1, 2, 7, 14, 28, 56),
    Grain.WEEK: (1, 2, 4, 13, 26),
    Grain.MONTH: (1, 2, 3, 6, 12, 24, 60),
    Grain.QUARTER: (1, 2, 4, 8, 20, 40),
    Grain.YEAR: (1, 2, 5, 10, 20, 50),
}
_ALIGNED = {Grain.MONTH: 12, Grain.QUARTER: 4}


def periods(frame: pd.DataFrame) -> list[str]:
    """Return the names of the frame's bins in order of time."""
    bins = frame[["start", "end"]].drop_duplicates().sort_values("start")
    return [period_label(start, end) for start, end in zip(bins["start"], bins["end"], strict=True)]


def time_axis(frame: pd.DataFrame, *, ink: Inks) -> dict[str, object]:
    """Return the settings of an x axis over the frame's bins (columns start, end)."""
    bins = frame[["start", "end"]].drop_duplicates().sort_values("start")
    starts = bins["start"].tolist()
    names = periods(frame)
    grain = grain_of(starts[0], bins["end"].iloc[0])
    ticks = _ticks(starts, grain)
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": names,
        "range": [-0.4, len(names) - 0.6],
        "tickmode": "array",
        "tickvals": [names[i] for i in ticks],
        "ticktext": _tick_texts([starts[i] for i in ticks], grain),
        "tickangle": 0,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "dot",
        "spikecolor": ink.axis,
    }


def _ticks(starts: list[date], grain: Grain) -> list[int]:
    """Return which bins get a tick: at most 8, on round months and quarters where the step allows."""
    steps = _STEPS[grain]
    step = next((step for step in steps if len(starts) / step <= _MOST_TICKS), steps[-1])
    cycle = _ALIGNED.get(grain)
    if cycle is None or cycle % step:
        return list(range(0, len(starts), step))
    months = 12 // cycle
    return [i for i, start in enumerate(starts) if (start.month - 1) // months % step == 0]


def _tick_texts(starts: list[date], grain: Grain) -> list[str]:
    """Return tick labels; days and weeks say the year below the first tick of each year.

    >>> _tick_texts([date(2023, 12, 25), date(2024, 1, 1), date(2024, 1, 8)], Grain.WEEK)
    ['12-25<br>2023', '01-01<br>2024', '01-08']
    """
    if grain not in (Grain.DAY, Grain.WEEK):
        return [str(start.year) if grain is Grain.YEAR else _short(start, grain) for start in starts]
    texts, year = [], None
    for start in starts:
        texts.append(f"{start:%m-%d}" if start.year == year else f"{start:%m-%d}<br>{start.year}")
        year = start.year
    return texts


def _short(start: date, grain: Grain) -> str:
    return f"{start:%Y-%m}" if grain is Grain.MONTH else f"{start.year} Q{(start.month + 2) // 3}"
