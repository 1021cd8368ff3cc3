"""What moved, in sentences made of measured facts, and what follows from it: a default grain and default labels."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import LabelKind, Taxonomy
from core.services.mix import surest_first
from core.trends.movement import Movement
from pages.shared import data, within
from pages.shared.text import bin_name, joined, label_name, number, percent, points, t

GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
FEWEST_SENTENCES, MOST_SENTENCES = 3, 5
N_SPARK_BINS = 16
N_DEFAULT_LABELS = 3  # so many show their intervals as bands
SHOWN_KINDS = (LabelKind.ASPECT.value, LabelKind.TOPIC.value, LabelKind.SECTOR.value)


def comparable_grain() -> Grain:
    """Return the finest of month, quarter and year at which enough stories can be compared."""
    for grain in (Grain.MONTH, Grain.QUARTER):
        if len(comparable(data.what_moved(grain=grain, chosen=Filter()))):
            return grain
    return Grain.YEAR


def comparable(movement: Movement | None, kinds: Sequence[str] = SHOWN_KINDS) -> pd.DataFrame:
    """Return the rows of a movement that rest on enough stories, clearest first."""
    if movement is None or movement.frame.empty:
        return pd.DataFrame()
    return movement.frame[movement.frame["enough"] & movement.frame["kind"].isin(kinds)]


def of_label(movement: Movement | None, label_id: str) -> Any:
    """Return a label's row of a movement, or None where it has none."""
    if movement is None:
        return None
    rows = movement.frame[movement.frame["label_id"] == label_id]
    return next(rows.itertuples(), None)


def default_labels(taxonomy: Taxonomy) -> list[str]:
    """Return the aspects that moved most, or the dimensions where too little can be compared."""
    moved = comparable(data.what_moved(grain=comparable_grain(), chosen=Filter()), [LabelKind.ASPECT.value])
    if len(moved) < N_DEFAULT_LABELS:
        return [label.id for label in taxonomy.of_kind(LabelKind.DIMENSION)]
    chosen = set(moved["label_id"].head(N_DEFAULT_LABELS))
    return [label.id for label in taxonomy.labels if label.id in chosen]


def clearest(movement: Movement) -> pd.DataFrame:
    """Return the rows of the movements that are said in sentences."""
    rows = comparable(movement)
    n_clear = int(rows["significant"].sum()) if len(rows) else 0
    return surest_first(rows).head(min(max(n_clear, FEWEST_SENTENCES), MOST_SENTENCES))


def sentences(movement: Movement, taxonomy: Taxonomy) -> list[str]:
    """Return the clearest movements as sentences, each with its counts and the interval of the change."""
    return [_sentence(row, movement, taxonomy) for row in clearest(movement).itertuples()]


def sparklines(movement: Movement, grain: Grain) -> list[str]:
    """Return the shares that led to each of these movements as small curves, over the last complete bins."""
    labels = clearest(movement)["label_id"].tolist()
    frame = data.share_over_time(labels, grain=grain, chosen=Filter(last=movement.end)).frame
    frame = frame[frame["complete"]]
    own = {label: frame.loc[frame["label_id"] == label, "share"].tail(N_SPARK_BINS).tolist() for label in labels}
    return [charts.sparkline(label, shares) for label, shares in own.items()]


def _sentence(row: Any, movement: Movement, taxonomy: Taxonomy) -> str:
    return joined([_moved(row, movement, taxonomy), *within.notes(row.within)])


def _moved(row: Any, movement: Movement, taxonomy: Taxonomy) -> str:
    if not row.significant:
        template = t(
            "{label} went from {before} to {share}, which may be chance ({points} points, 95% interval {low} to "
            "{high}; {n} of {total}, before {n_before} of {total_before})."
        )
    elif row.change > 0:
        template = t(
            "{label} rose from {before} to {share} of stories ({points} points, 95% interval {low} to {high}; "
            "{n} of {total}, before {n_before} of {total_before})."
        )
    else:
        template = t(
            "{label} fell from {before} to {share} of stories ({points} points, 95% interval {low} to {high}; "
            "{n} of {total}, before {n_before} of {total_before})."
        )
    return template.format(
        label=label_name(taxonomy, row.label_id),
        before=percent(row.share_before),
        share=percent(row.share),
        points=points(row.change),
        low=points(row.low),
        high=points(row.high),
        n=number(row.n),
        total=number(movement.total),
        n_before=number(row.n_before),
        total_before=number(movement.total_before),
    )


def compared_periods(movement: Movement, grain: Grain) -> str:
    """Return which bins a movement compares."""
    return t(
        "{period} against {before}",
        period=bin_name(movement.start, grain),
        before=bin_name(movement.before_start, grain),
    )
