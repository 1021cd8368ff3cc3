"""Signals: where every label stands between small and large, fading and rising, how it came there, and bursts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import LabelKind
from core.services import mix
from core.services.shares import middles
from core.services.trends import share_over_time
from core.services.workspace import Workspace
from core.trends.marks import marks
from core.trends.signals import N_BINS, N_RECENT, Signal, signal_paths

__all__ = ["KINDS", "N_RECENT", "N_STEPS", "Signal", "SignalPaths", "list_bursts", "list_signals"]

KINDS = (LabelKind.ASPECT, LabelKind.TOPIC, LabelKind.SECTOR)
N_STEPS = 16
"""Bins over which the map can be played back."""
N_CHECKED = 5
"""So many bursts, the latest, and moving labels, the surest, are compared within sources, too: it takes time."""


@dataclass(frozen=True)
class SignalPaths:
    """The signal map at each of the last complete bins."""

    frame: pd.DataFrame
    """label_id, start, end (of the map's bin), since (first day of the recent bins), total (their stories), the columns
    of core.trends.signals, and within (the core.trends.mix.Verdict on the surest of what moves at the last bin, else
    ''); a row a label and bin, in the order of bins, then of the tree."""
    grain: Grain
    model_version: str

    @property
    def last(self) -> pd.DataFrame:
        """Return the map as it stands at the last complete bin."""
        found: pd.DataFrame = self.frame[self.frame["start"] == self.frame["start"].max()]
        return found


def list_signals(
    workspace: Workspace, *, grain: Grain, chosen: Filter, kinds: Sequence[LabelKind] = KINDS, n_steps: int = N_STEPS
) -> SignalPaths | None:
    """Return the map of all labels of these kinds that occur, at each of the last n_steps bins.

    None where no bin with stories is complete.
    """
    frame, version = _complete(workspace, grain, chosen, kinds)
    if frame.empty:
        return None
    labels = frame["label_id"].unique().tolist()
    starts, ends = (frame[name].iloc[: len(frame) // len(labels)].tolist() for name in ("start", "end"))
    n = frame["n"].to_numpy().reshape(len(labels), -1)
    total = frame["total"].iloc[: len(starts)].to_numpy()
    found = signal_paths(n, total, middles(pd.Series(starts), pd.Series(ends)), n_steps)
    recent = [max(0, position - N_RECENT + 1) for position in found["position"]]
    totals = np.concatenate([[0], np.cumsum(total)])
    placed = found.assign(
        label_id=[labels[row] for row in found["label"]],
        start=[starts[position] for position in found["position"]],
        end=[ends[position] for position in found["position"]],
        since=[starts[position] for position in recent],
        total=[int(totals[last + 1] - totals[first]) for first, last in zip(recent, found["position"], strict=True)],
        signal=found["signal"].map(str),
    )
    placed = placed.drop(columns=["position", "label"]).assign(within="")
    bins = pd.DataFrame({"start": starts, "end": ends, "total": total}).tail(N_BINS)
    moving = placed[placed["significant"] & (placed["start"] == starts[-1])]
    moving = moving.sort_values("p_value", kind="stable").head(N_CHECKED)
    # a label without a past has no slope: it can only have risen
    changes = [mix.over_thirds(row.label_id, bins, rises=not row.momentum < 0) for row in moving.itertuples()]
    placed.loc[moving.index, "within"] = mix.verdicts(workspace, changes, grain=grain, chosen=chosen)
    return SignalPaths(placed, grain, version)


def list_bursts(
    workspace: Workspace, *, grain: Grain, chosen: Filter, kinds: Sequence[LabelKind] = KINDS
) -> pd.DataFrame:
    """Return the bursts of all labels of these kinds (see core.services.outlook.find_marks), the latest first.

    Column within is the verdict on the first N_CHECKED, '' for the others: each label reads counts by source.
    """
    frame, _ = _complete(workspace, grain, chosen, kinds)
    found = marks(frame, steps=False)
    found = found.sort_values(["end", "weight"], ascending=False, kind="stable", ignore_index=True).assign(within="")
    latest = found.head(N_CHECKED)
    changes = mix.of_marks(latest, latest["label_id"].tolist())
    found.loc[latest.index, "within"] = mix.verdicts(workspace, changes, grain=grain, chosen=chosen)
    return found


def _complete(
    workspace: Workspace, grain: Grain, chosen: Filter, kinds: Sequence[LabelKind]
) -> tuple[pd.DataFrame, str]:
    """Return the series of the labels that occur, from the first bin with stories to the last complete one."""
    labels = [label.id for label in workspace.taxonomy.labels if label.kind in kinds]
    series = share_over_time(workspace, labels, grain=grain, chosen=chosen)
    frame = series.frame
    held = frame[frame["total"] > 0]
    if held.empty:
        return frame[:0], series.model_version
    first: date = held["start"].min()
    whole = frame[frame["complete"] & (frame["start"] >= first)]
    occurring = whole.groupby("label_id")["n"].transform("sum") > 0
    return whole[occurring].reset_index(drop=True), series.model_version
