"""Whether changes that the app states also show within the same sources and languages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from core.db import rollups
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.workspace import Workspace
from core.trends.mix import Verdict, within_strata
from core.trends.series import Counts

__all__ = ["Change", "Verdict", "of_marks", "over_thirds", "surest_first", "verdicts"]

STRATA = ("source", "lang")


@dataclass(frozen=True)
class Change:
    """A change of a label's share: its bins, and those that they are compared with."""

    label_id: str
    start: date
    end: date
    since: date
    until: date
    """Bins from since to until count as before, but for those of the change."""
    rises: bool


def of_marks(marks: pd.DataFrame, label_ids: Sequence[str]) -> list[Change]:
    """Return bursts and steps (see core.trends.marks) of these labels, row by row, as changes."""
    bins = marks[["start", "end", "since", "until"]].itertuples(index=False, name=None)
    rows = zip(label_ids, bins, marks["kind"] != "fall", strict=True)
    return [
        Change(label_id, start, end, since, until, rises=bool(up)) for label_id, (start, end, since, until), up in rows
    ]


def over_thirds(label_id: str, bins: pd.DataFrame, *, rises: bool) -> Change:
    """Return a movement over many bins as a change: the last third of those with stories against the first third.

    Takes start, end and total of the bins, in order. A slope from the outer thirds is eight ninths as efficient as
    one from all bins: Bartlett, M. S. (1949), Biometrics 5, 207-212.
    """
    held = bins[bins["total"] > 0]
    third = max(1, len(held) // 3)
    first, last = held.iloc[:third], held.iloc[-third:]
    days = {"start": last["start"].iloc[0], "end": last["end"].iloc[-1]}
    return Change(label_id, **days, since=first["start"].iloc[0], until=first["end"].iloc[-1], rises=rises)


def verdicts(workspace: Workspace, changes: Sequence[Change], *, grain: Grain, chosen: Filter) -> list[Verdict]:
    """Return for each change of the chosen stories whether it holds within source and language; one query.

    Where there is one source and language only, all hold.
    """
    if not changes:
        return []
    first = min(min(change.since, change.start) for change in changes)
    last = max(max(change.until, change.end) for change in changes)
    version, labels = workspace.champion().id, sorted({change.label_id for change in changes})
    with workspace.database.reading() as connection:
        counts = rollups.count_by_stratum(
            connection,
            model_version_id=version,
            grain=grain,
            chosen=replace(chosen, first=first, last=last),
            labels=labels,
            by=STRATA,
        )
    stratum = counts.groupby(list(STRATA)).ngroup().to_numpy()
    n_strata = int(stratum.max(initial=0)) + 1
    if n_strata < 2:
        return [Verdict.HOLDS] * len(changes)
    counts = counts.assign(stratum=stratum)
    of_label = dict(iter(counts.groupby("label_id")))
    return [_verdict(change, of_label.get(change.label_id, counts[:0]), of_label[""], n_strata) for change in changes]


def surest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is significant and holds within strata before what is only significant, then the rest."""
    order = pd.DataFrame({"holds": rows["within"] == Verdict.HOLDS, "significant": rows["significant"].astype(bool)})
    return rows.loc[order.sort_values(["holds", "significant"], ascending=False, kind="stable").index]


def _verdict(change: Change, own: pd.DataFrame, every: pd.DataFrame, n_strata: int) -> Verdict:
    n, n_before = _by_stratum(change, own, n_strata)
    total, total_before = _by_stratum(change, every, n_strata)
    return within_strata(n, total, n_before, total_before).verdict(rises=change.rises)


def _by_stratum(change: Change, counts: pd.DataFrame, n_strata: int) -> tuple[Counts, Counts]:
    """Return the stories of the change and those before, by stratum."""
    bins = counts["bin"].to_numpy()
    inside = (bins >= change.start) & (bins <= change.end)
    before = (bins >= change.since) & (bins <= change.until) & ~inside
    found = [np.zeros(n_strata, dtype=np.int64) for _ in range(2)]
    for table, own in zip(found, (inside, before), strict=True):
        np.add.at(table, counts["stratum"].to_numpy()[own], counts["n"].to_numpy()[own])
    return found[0], found[1]
