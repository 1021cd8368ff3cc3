"""The story of the last period: five measured facts, each with its numbers and the stories behind it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import pandas as pd

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import LabelKind
from core.services.mix import Verdict, surest_first
from core.services.signals import KINDS, Signal, SignalPaths, list_bursts, list_signals
from core.services.trends import share_over_time, what_moved
from core.services.workspace import Workspace
from core.trends.movement import Movement, change_interval
from core.trends.series import Counts

FEWEST_OF_LANGUAGE = 20
"""Stories that each of two languages needs before their shares are compared."""


class Topic(StrEnum):
    """What a fact is about; each names the keys of its figures."""

    VOLUME = "volume"
    """n, n_before."""
    MOVED = "moved"
    """share, share_before, change, low, high, n, total, n_before, total_before, significant, within."""
    LARGEST = "largest"
    """share, low, high, n, total."""
    SIGNALS = "signals"
    """n_rising, n_fading, n_labels, n_not_within (how many of those that move do not surely hold within sources and
    languages), and of the label that moves most surely, see surest_first, momentum, low, high, n, total."""
    BURST = "burst"
    """n, total, and of the stories outside it n_before, total_before; within."""
    LANGUAGES = "languages"
    """lang, other, share, share_before, change, low, high, n, total, n_before, total_before."""


@dataclass(frozen=True)
class Fact:
    """One measured fact of the story."""

    topic: Topic
    label_id: str
    """'' where it is about no label."""
    first: date
    last: date
    figures: dict[str, Any]
    chosen: Filter
    """The stories that it counts; with label_id those that carry the label."""


def tell_story(
    workspace: Workspace,
    *,
    grain: Grain,
    chosen: Filter,
    moved: Movement | None = None,
    paths: SignalPaths | None = None,
) -> list[Fact]:
    """Return up to five facts: how much there was, what moved, what was largest, signals or a burst, and languages.

    The period is the last complete bin, compared with the one before it; empty where no two bins can be compared. What
    moved and where the signals stand are computed where they are not given.
    """
    moved = moved or what_moved(workspace, grain=grain, chosen=chosen)
    if moved is None or moved.frame.empty or not moved.total:
        return []
    within = replace(chosen, first=moved.start, last=moved.end)
    volume = {"n": moved.total, "n_before": moved.total_before}
    facts = [Fact(Topic.VOLUME, "", moved.start, moved.end, volume, within)]
    facts += _moved(moved, within) + _largest(workspace, grain, moved, within)
    paths = paths or list_signals(workspace, grain=grain, chosen=chosen, n_steps=1)
    facts += _signals(paths, chosen) or _burst(workspace, grain, chosen)
    return [*facts, *_languages(workspace, chosen, moved)][:5]


def _moved(moved: Movement, within: Filter) -> list[Fact]:
    rows = moved.frame[moved.frame["enough"] & moved.frame["kind"].isin([kind.value for kind in KINDS])]
    if rows.empty:
        return []
    row = surest_first(rows).iloc[0]
    names = ("share", "share_before", "change", "low", "high", "n", "n_before", "significant", "within")
    figures = {name: row[name] for name in names} | {"total": moved.total, "total_before": moved.total_before}
    return [Fact(Topic.MOVED, row["label_id"], moved.start, moved.end, figures, within)]


def _largest(workspace: Workspace, grain: Grain, moved: Movement, within: Filter) -> list[Fact]:
    topics = [label.id for label in workspace.taxonomy.of_kind(LabelKind.TOPIC)]
    frame = share_over_time(workspace, topics, grain=grain, chosen=within).frame
    row = frame.iloc[int(frame["n"].to_numpy().argmax())]
    if not row["n"]:
        return []
    figures = {name: row[name] for name in ("share", "low", "high", "n", "total")}
    return [Fact(Topic.LARGEST, row["label_id"], moved.start, moved.end, figures, within)]


def _signals(found: SignalPaths | None, chosen: Filter) -> list[Fact]:
    if found is None:
        return []
    now = found.last
    moving = now[now["significant"]].sort_values("p_value", kind="stable")
    moving = moving[moving["momentum"].notna()]
    if moving.empty:
        return []
    row = surest_first(moving).iloc[0]
    figures = {
        "n_rising": int((moving["momentum"] > 0).sum()),
        "n_fading": int((now["signal"] == Signal.FADING).sum()),
        "n_labels": len(now),
        "n_not_within": int(moving["within"].isin([Verdict.NOT_WITHIN, Verdict.NO_COMMON]).sum()),
        **{"momentum": row["momentum"], "low": row["momentum_low"], "high": row["momentum_high"]},
        **{"n": int(row["n_recent"]), "total": int(row["total"])},
    }
    within = replace(chosen, first=row["since"], last=row["end"])
    return [Fact(Topic.SIGNALS, row["label_id"], row["since"], row["end"], figures, within)]


def _burst(workspace: Workspace, grain: Grain, chosen: Filter) -> list[Fact]:
    found = list_bursts(workspace, grain=grain, chosen=chosen)
    if found.empty:
        return []
    row = found.iloc[0]
    figures = {name: int(row[name]) for name in ("n", "total", "n_before", "total_before")}
    figures["within"] = row["within"]
    within = replace(chosen, first=row["start"], last=row["end"])
    return [Fact(Topic.BURST, row["label_id"], row["start"], row["end"], figures, within)]


def _languages(workspace: Workspace, chosen: Filter, moved: Movement) -> list[Fact]:
    """Return the aspect on which the stories of two languages differ most surely over the last year of the period."""
    last = moved.end
    first = max(chosen.first or date.min, Grain.MONTH.next(date(last.year - 1, last.month, 1)))
    aspects = [label.id for label in workspace.taxonomy.of_kind(LabelKind.ASPECT)]
    counted = {
        lang: _year_counts(workspace, aspects, replace(chosen, first=first, last=last, langs=(lang,)))
        for lang in ("zh", "en")
        if not chosen.langs or lang in chosen.langs
    }
    counted = {lang: found for lang, found in counted.items() if found[1] >= FEWEST_OF_LANGUAGE}
    if len(counted) < 2:
        return []
    (n, total), (n_other, total_other) = counted["zh"], counted["en"]
    low, high = change_interval(n, total, n_other, total_other)
    # how far the nearer end of the interval is from no difference
    sure = pd.Series([max(a, -b) for a, b in zip(low, high, strict=True)])
    best = int(sure.to_numpy().argmax())
    figures = {
        **{"lang": "zh", "other": "en", "share": n[best] / total, "share_before": n_other[best] / total_other},
        **{"low": float(low[best]), "high": float(high[best]), "n": int(n[best]), "total": total},
        **{"n_before": int(n_other[best]), "total_before": total_other},
    }
    figures["change"] = figures["share"] - figures["share_before"]
    within = replace(chosen, first=first, last=last)
    return [Fact(Topic.LANGUAGES, aspects[best], first, last, figures, within)]


def _year_counts(workspace: Workspace, labels: list[str], chosen: Filter) -> tuple[Counts, int]:
    frame = share_over_time(workspace, labels, grain=Grain.MONTH, chosen=chosen).frame
    n = frame.groupby("label_id", sort=False)["n"].sum().reindex(labels).to_numpy()
    return n, int(frame["total"].sum() / len(labels))
