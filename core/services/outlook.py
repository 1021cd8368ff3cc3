"""What stands out on the lines of a chart, and what may come next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services import mix
from core.services.shares import Adjustment, Split, shares_over_time
from core.services.workspace import Workspace
from core.trends.bins import bin_end
from core.trends.forecast import Forecast, Reason, forecast
from core.trends.marks import marks
from core.trends.prevalence import unmixed

__all__ = ["HORIZON", "Forecast", "Outlook", "Reason", "find_marks", "forecast_shares"]

HORIZON = 3
"""Bins ahead."""


@dataclass(frozen=True)
class Outlook:
    """Forecasts of the lines that have earned one."""

    frame: pd.DataFrame
    """label_id, start, end, share, low, high (95 % prediction interval); the first row of a line is its last bin."""
    forecasts: dict[str, Forecast]
    """By line, those that were not worth drawing too, with the reason."""


def find_marks(
    workspace: Workspace, labels: Sequence[str], *, grain: Grain, chosen: Filter, split: Split | None = None
) -> pd.DataFrame:
    """Return bursts and steps of the lines that shares_over_time draws, see core.trends.marks.

    Column within is the core.trends.mix.Verdict on each: in a split by source within its languages, and the like.
    """
    shares = shares_over_time(workspace, labels, grain=grain, chosen=chosen, split=split)
    found = marks(shares.frame)
    lines = [shares.lines[line_id] for line_id in found["label_id"]]
    changes = mix.of_marks(found, [line.label_id for line in lines])
    verdicts: dict[tuple[Filter, mix.Change], mix.Verdict] = {}
    # lines of labels count the same stories, those of a split each its own
    for chosen_by_line in dict.fromkeys(line.chosen for line in lines):
        own = [change for change, line in zip(changes, lines, strict=True) if line.chosen == chosen_by_line]
        found_of_own = mix.verdicts(workspace, own, grain=grain, chosen=chosen_by_line)
        verdicts |= {(chosen_by_line, change): each for change, each in zip(own, found_of_own, strict=True)}
    within = [verdicts[line.chosen, change] for change, line in zip(changes, lines, strict=True)]
    return found.assign(within=within)


def forecast_shares(
    workspace: Workspace,
    labels: Sequence[str],
    *,
    grain: Grain,
    chosen: Filter,
    adjustment: Adjustment | None = None,
    split: Split | None = None,
) -> Outlook:
    """Forecast the lines that shares_over_time draws, from their complete bins.

    Where shares are corrected, forecasts are too, the classifier's error rates taken as known.
    """
    shares = shares_over_time(workspace, labels, grain=grain, chosen=chosen, adjustment=adjustment, split=split)
    forecasts, frames = {}, []
    for line_id, line in shares.frame[shares.frame["complete"]].groupby("label_id", sort=False):
        past = line.iloc[int(np.argmax(line["total"].to_numpy() > 0)) :]
        found = forecast(past["effective_n"].to_numpy(), past["effective_total"].to_numpy(), grain, HORIZON)
        forecasts[str(line_id)] = found
        if found.share is not None:
            frames.append(_fan(line.iloc[-1], found, grain, shares.lines[str(line_id)].rates).assign(label_id=line_id))
    empty = pd.DataFrame(columns=["label_id", "start", "end", "share", "low", "high"])
    return Outlook(pd.concat(frames, ignore_index=True) if frames else empty, forecasts)


def _fan(last: pd.Series, found: Forecast, grain: Grain, rates: tuple[float, float] | None) -> pd.DataFrame:
    starts = [last["start"]]
    for _ in range(HORIZON):
        starts.append(grain.next(starts[-1]))
    figures = {}
    for name, ahead in (("share", found.share), ("low", found.low), ("high", found.high)):
        expected = unmixed(ahead, *rates) if rates and ahead is not None else ahead
        figures[name] = np.concatenate([[last["share"]], expected])
    return pd.DataFrame({"start": starts, "end": [bin_end(grain, start) for start in starts], **figures})
