"""What a figure says, in one or two sentences of measured facts."""

from typing import Any

import numpy as np
import pandas as pd

from core.services.shares import Shares
from pages.shared.lines import COUNT
from pages.shared.text import bin_name, number, percent, t


def of_lines(series: Shares, names: dict[str, str], measure: str) -> list[str]:
    """Return what was largest in the last complete period, and which line moves most surely over all of them."""
    whole = series.frame[series.frame["complete"] & series.frame["enough"]]
    if whole.empty:
        return []
    now = whole[whole["start"] == whole["start"].max()]
    found = [_largest_count(now, series, names) if measure == COUNT else _largest_share(now, series, names)]
    moves = _growth(series, whole, names)
    return [*found, moves] if moves else found


def _largest_count(now: pd.DataFrame, series: Shares, names: dict[str, str]) -> str:
    row = now.loc[now["n"].idxmax()]
    return t(
        "Last complete period, {period}: most stories on {label}, {n} of {total}.",
        period=bin_name(row["start"], series.grain),
        label=names[row["label_id"]],
        n=number(row["n"]),
        total=number(row["total"]),
    )


def _largest_share(now: pd.DataFrame, series: Shares, names: dict[str, str]) -> str:
    row = now.loc[now["share"].idxmax()]
    return t(
        "Last complete period, {period}: {label} is highest at {share} (95% interval {low} to {high}; {n} of {total} "
        "stories tagged with it).",
        period=bin_name(row["start"], series.grain),
        label=names[row["label_id"]],
        share=percent(row["share"]),
        low=percent(row["low"]),
        high=percent(row["high"]),
        n=number(row["n"]),
        total=number(row["total"]),
    )


def _growth(series: Shares, whole: pd.DataFrame, names: dict[str, str]) -> str:
    tested = series.growth[series.growth["enough"]] if len(series.growth) else series.growth
    if tested.empty:
        return ""
    row = tested.loc[tested["p_value"].idxmin()]
    figures: dict[str, Any] = {
        "label": names[row["label_id"]],
        "factor": factor(row["slope"]),
        "low": factor(row["low"]),
        "high": factor(row["high"]),
        "n": number(row["n"]),
        "first": bin_name(whole["start"].min(), series.grain),
        "last": bin_name(whole["start"].max(), series.grain),
    }
    if row["significant"]:
        return t(
            "From {first} to {last} the odds of {label} move clearest, {factor} a year (95% interval {low} to {high}; "
            "{n} stories).",
            **figures,
        )
    return t(
        "From {first} to {last} no line moves clearly; the nearest is {label}, {factor} a year (95% interval {low} to "
        "{high}; {n} stories).",
        **figures,
    )


def factor(log_odds: float) -> str:
    """Return by what odds are multiplied, with a × or, where they shrink, a ÷."""
    shown = np.exp(abs(log_odds))
    written = number(float(f"{shown:.2f}" if shown < 10 else f"{shown:.0f}"))
    return f"×{written}" if log_odds >= 0 else f"÷{written}"
