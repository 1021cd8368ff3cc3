"""Shares as the trends page draws them: counted or adjusted, one line a label or one line a source, language, place."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

from core.db import rollups
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import Series, share_over_time
from core.services.validation import label_validation
from core.services.workspace import Workspace
from core.trends.adjust import AdjustedShares, Adjustment, Smoothing, adjusted_shares
from core.trends.discovery import discoveries
from core.trends.growth import growth
from core.trends.prevalence import Reason
from core.trends.series import FEWEST_STORIES, Counts, Floats

__all__ = ["Adjustment", "Line", "Reason", "Shares", "Smoothing", "Split", "middles", "shares_over_time"]

MOST_LINES = 8
"""So many sources, languages or places are compared: those with the most stories."""
MOST_WORK = 8 * 160**3
"""Lines times bins³, above which a fixed mix would keep the reader waiting."""


class Split(StrEnum):
    """What a label is compared across."""

    SOURCE = "source"
    LANG = "lang"
    JURISDICTION = "jurisdiction"
    SECTOR = "sector"


@dataclass(frozen=True)
class Line:
    """What one line of the chart counts, and how its shares came about."""

    label_id: str
    chosen: Filter
    value: str
    """The source, language, jurisdiction or sector that it is of; '' where lines are labels."""
    rates: tuple[float, float] | None
    """True and false positive rate of the correction, None where the shares are the counted ones."""
    reason: Reason | None
    """Why there is no correction where one was asked for."""


@dataclass(frozen=True)
class Shares(Series):
    """A series whose label_id names a line; further columns: counted (n / total), smooth, effective_n, effective_total.

    share, low and high are the adjusted ones.
    """

    lines: dict[str, Line] = field(default_factory=dict)
    adjustment: Adjustment = field(default_factory=Adjustment)
    """What was done: without a fixed mix where that would have taken too long or there is one stratum only."""
    growth: pd.DataFrame = field(default_factory=pd.DataFrame)
    """core.trends.growth over the complete bins, with column label_id, in the order of lines."""
    n_values_left_out: int = 0
    """Sources, languages … beyond MOST_LINES."""


def shares_over_time(
    workspace: Workspace,
    labels: Sequence[str],
    *,
    grain: Grain,
    chosen: Filter,
    adjustment: Adjustment | None = None,
    split: Split | None = None,
) -> Shares:
    """Return the share of each label, or with `split` of the first label within each source, language …, bin by bin.

    A line of a split is called `split.0`, `split.1` …: the values in the order of the alphabet, so that a colour stays
    with its value. Raise InputError as share_over_time does.
    """
    adjustment = adjustment or Adjustment()
    version, labels = workspace.champion(), list(dict.fromkeys(labels))[: 1 if split else None]
    plain = share_over_time(workspace, labels, grain=grain, chosen=chosen)
    if plain.frame.empty:
        return Shares(plain.frame, grain, version.id, plain.n_left_out, adjustment=adjustment)
    within = replace(chosen, first=plain.frame["start"].min(), last=plain.frame["end"].max())
    strata = ["source", "lang"] if adjustment.same_mix else []
    by = list(dict.fromkeys([*strata, *([split.value] if split else [])]))
    with workspace.database.reading() as connection:
        counts = rollups.count_by_stratum(
            connection, model_version_id=version.id, grain=grain, chosen=within, labels=labels, by=by
        )
    lines, n_left_out = _lines(counts, labels, within, split)
    strata = [name for name in strata if split is None or name != split.value]
    adjustment = _feasible(adjustment, counts, strata, n_work=len(lines) * plain.frame["start"].nunique() ** 3)
    frames, described = [], {}
    for line_id, line, own in lines:
        base = plain.frame[plain.frame["label_id"] == line.label_id]
        n, total = _cube(own, strata, line.label_id, grain, base["start"].tolist())
        adjusted = adjusted_shares(n, total, label_validation(version, line.label_id), adjustment, grain)
        frames.append(_with_adjusted(base, n.sum(axis=0), total.sum(axis=0), adjusted).assign(label_id=line_id))
        described[line_id] = replace(line, rates=adjusted.rates, reason=adjusted.reason)
    frame = pd.concat(frames, ignore_index=True) if frames else plain.frame[:0]
    return Shares(
        frame, grain, version.id, plain.n_left_out, described, adjustment, _growth(frame), n_values_left_out=n_left_out
    )


def _cube(
    counts: pd.DataFrame, strata: list[str], label_id: str, grain: Grain, starts: list[date]
) -> tuple[Counts, Counts]:
    """Return a label's stories and all stories, strata by bins."""
    places = {start: place for place, start in enumerate(starts)}
    groups = counts.groupby(strata) if strata else None
    stratum = np.zeros(len(counts), dtype=np.int64) if groups is None else groups.ngroup().to_numpy()
    n_strata = 1 if groups is None else max(groups.ngroups, 1)
    bins = counts["bin"].map({kept: places[grain.floor(kept)] for kept in counts["bin"].unique()}).to_numpy(np.int64)
    found = []
    for wanted in (label_id, ""):
        own = (counts["label_id"] == wanted).to_numpy()
        table = np.zeros((n_strata, len(starts)), dtype=np.int64)
        np.add.at(table, (stratum[own], bins[own]), counts["n"].to_numpy()[own])
        found.append(table)
    return found[0], found[1]


def _lines(
    counts: pd.DataFrame, labels: list[str], within: Filter, split: Split | None
) -> tuple[list[tuple[str, Line, pd.DataFrame]], int]:
    """Return id, description and counts of each line, and how many values are left out."""
    if split is None:
        grouped = {label: counts[counts["label_id"].isin(["", label])] for label in labels}
        return [(label, Line(label, within, "", None, None), own) for label, own in grouped.items()], 0
    known = counts[(counts[split.value] != "") & (counts["label_id"] == "")]
    sizes = known.groupby(split.value)["n"].sum().sort_values(ascending=False, kind="stable")
    kept = sorted(sizes.index[:MOST_LINES])
    found = [
        (f"split.{place}", Line(labels[0], _narrowed(within, split, value), value, None, None), counts_of)
        for place, value in enumerate(kept)
        for counts_of in [counts[counts[split.value] == value]]
    ]
    return found, len(sizes) - len(kept)


def _narrowed(chosen: Filter, split: Split, value: str) -> Filter:
    match split:
        case Split.SOURCE:
            return replace(chosen, sources=(value,))
        case Split.LANG:
            return replace(chosen, langs=(value,))
        case Split.JURISDICTION:
            return replace(chosen, jurisdictions=(value,))
        case Split.SECTOR:
            return replace(chosen, sector=value)


def _feasible(adjustment: Adjustment, counts: pd.DataFrame, strata: list[str], *, n_work: int) -> Adjustment:
    one_stratum = not strata or len(counts[strata].drop_duplicates()) < 2
    return replace(adjustment, same_mix=adjustment.same_mix and not one_stratum and n_work <= MOST_WORK)


def _with_adjusted(base: pd.DataFrame, n: Counts, total: Counts, found: AdjustedShares) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        counted = n / total
    return base.assign(
        n=n,
        total=total,
        share=found.share,
        low=found.low,
        high=found.high,
        enough=total >= FEWEST_STORIES,
        counted=counted,
        smooth=found.smooth,
        effective_n=found.effective_n,
        effective_total=found.effective_total,
    )


def _growth(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the growth of every line over the complete bins, significant at a false discovery rate over all lines."""
    rows = []
    for line_id, own in frame[frame["complete"]].groupby("label_id", sort=False):
        n, total = (own[name].to_numpy()[None] for name in ("n", "total"))
        rows.append(growth(n, total[0], middles(own["start"], own["end"])).assign(label_id=line_id))
    if not rows:
        return pd.DataFrame()
    found = pd.concat(rows, ignore_index=True)
    return found.assign(significant=discoveries(np.where(found["enough"], found["p_value"], np.nan)))


def middles(starts: pd.Series, ends: pd.Series) -> Floats:
    """Return the middle of each bin in years."""
    days = [(start.toordinal() + end.toordinal()) / 2 for start, end in zip(starts, ends, strict=True)]
    return np.array(days) / 365.25
