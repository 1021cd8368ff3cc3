"""What a figure says, in one or two sentences of measured facts."""

from typing import Any

import numpy as np
import pandas as pd

from core.domain.dates import Grain
from core.services.mix import Verdict
from core.services.shares import Shares
from pages.shared import data, within
from pages.shared.lines import COUNT
from pages.shared.text import bin_name, number, percent, t


def of_lines(series: Shares, names: dict[str, str], measure: str) -> list[str]:
    """Return what was largest in the last complete period, and which line moves most surely over all of them."""
    whole = series.frame[series.frame["complete"] & series.frame["enough"]]
    if whole.empty:
        return []
    now = whole[whole["start"] == whole["start"].max()]
    found = [_largest_count(now, series, names) if measure == COUNT else _largest_share(now, series, names)]
    return found + _growth(series, whole, names)


def _largest_count(now: pd.DataFrame, series: Shares, names: dict[str, str]) -> str:
    row = now.loc[now["n"].idxmax()]
    figures = {
        "period": bin_name(row["start"], series.grain),
        "label": names[row["label_id"]],
        "n": number(row["n"]),
        "total": number(row["total"]),
    }
    if len(now) == 1:
        return t("Last complete period, {period}: {label}, {n} of {total} stories.", **figures)
    return t("Last complete period, {period}: most stories on {label}, {n} of {total}.", **figures)


def _largest_share(now: pd.DataFrame, series: Shares, names: dict[str, str]) -> str:
    row = now.loc[now["share"].idxmax()]
    figures = {
        "period": bin_name(row["start"], series.grain),
        "label": names[row["label_id"]],
        "share": percent(row["share"]),
        "low": percent(row["low"]),
        "high": percent(row["high"]),
        "n": number(row["n"]),
        "total": number(row["total"]),
    }
    if len(now) == 1:
        return t(
            "Last complete period, {period}: {label} stands at {share} (95% interval {low} to {high}; {n} of {total} "
            "stories tagged with it).",
            **figures,
        )
    return t(
        "Last complete period, {period}: {label} is highest at {share} (95% interval {low} to {high}; {n} of {total} "
        "stories tagged with it).",
        **figures,
    )


def _growth(series: Shares, whole: pd.DataFrame, names: dict[str, str]) -> list[str]:
    tested = series.growth[series.growth["enough"]] if len(series.growth) else series.growth
    if tested.empty:
        return []
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
        moved = t(
            "From {first} to {last} the odds of {label} move clearest, {factor} a year (95% interval {low} to {high}; "
            "{n} stories).",
            **figures,
        )
        return [moved, *within.notes(data.growth_within(series, row["label_id"], rises=row["slope"] > 0))]
    return [
        t(
            "From {first} to {last} no line moves clearly; the nearest is {label}, {factor} a year (95% interval {low} "
            "to {high}; {n} stories).",
            **figures,
        )
    ]


def of_marks(marks: pd.DataFrame, names: dict[str, str], grain: Grain) -> list[str]:
    """Return what the marks that are drawn open may come from."""
    shown = marks[(marks["level"] <= 1) & (marks["within"] != Verdict.HOLDS)]
    if shown.empty:
        return []
    listed = "; ".join(f"{names[row.label_id]}, {bin_name(row.start, grain)}" for row in shown.itertuples())
    return [
        t(
            "Drawn open, because it may come from a change of sources (within the same sources and languages it does "
            "not surely hold): {marks}.",
            marks=listed,
        )
    ]


def factor(log_odds: float) -> str:
    """Return by what odds are multiplied, with a × or, where they shrink, a ÷."""
    shown = np.exp(abs(log_odds))
    written = number(float(f"{shown:.2f}" if shown < 10 else f"{shown:.0f}"))
    return f"×{written}" if log_odds >= 0 else f"÷{written}"
