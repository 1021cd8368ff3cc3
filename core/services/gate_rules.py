"""The rules of the gate: which figures speak against a candidate, and in which words.

Why these bounds: docs/decisions/0016.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import pandas as pd

from core.db.models import ModelVersion
from core.domain.documents import Reason

MOST_LOST = 0.02
"""So much macro F1 a candidate must not have lost, by the lower bound of its interval."""
MOST_LOST_LANGUAGE = 0.02
MOST_LOST_LABEL = 0.05
FEWEST_POSITIVES = 10
"""A label with fewer test texts is shown, and decides nothing."""
FEWEST_OF_LANGUAGE = 50
FEWEST_TEXTS = 50
LABEL_LEVEL = 0.99
"""Of the labels' intervals: there are dozens of them, and one in twenty would be outside a 95 % one by chance."""
Row = Mapping[Hashable, Any]
"""Of the figures, see gate.Verdict."""
DECIDING = ("aspect", "all")
"""Levels whose macro F1 decides: neither may lose, and of one the whole interval has to be above 0."""


class State(StrEnum):
    """What a difference is worth."""

    BETTER = "better"
    """The whole interval is above 0."""
    EVEN = "even"
    WORSE = "worse"
    """The whole interval is below 0, by more than may be lost: speaks against the candidate."""
    UNSURE = "unsure"
    """More may be lost than is allowed, but it may be chance."""
    FEW = "few"
    """Too few texts to say."""


_ALLOWED = {
    "level": (MOST_LOST, 1),
    "lang": (MOST_LOST_LANGUAGE, FEWEST_OF_LANGUAGE),
    "label": (MOST_LOST_LABEL, FEWEST_POSITIVES),
}


def state(scope: str, difference: float, low: float, high: float, n: int) -> State:
    """Return what a difference is worth, n being the texts that it is measured on.

    >>> [state("label", -0.1, *bounds, n).value for *bounds, n in ((-0.2, -0.01, 40), (-0.3, 0.1, 40), (-1, 0, 3))]
    ['worse', 'unsure', 'few']
    """
    allowed, fewest = _ALLOWED[scope]
    if n < fewest:
        return State.FEW
    if difference < -allowed:
        return State.WORSE if high < 0 else State.UNSURE
    return State.BETTER if low > 0 else State.EVEN


def refusals(figures: pd.DataFrame, *, n: int) -> list[Reason]:
    """Return everything that speaks against a candidate; nothing means that it may take over."""
    if n < FEWEST_TEXTS:
        message = "Only {n} labelled texts are there to compare on, and {least} are needed; label or import more."
        return [Reason(message, {"n": n, "least": FEWEST_TEXTS})]
    rows = figures.to_dict("records")
    levels = {row["id"]: row for row in rows if row["scope"] == "level"}
    found = [reason for level in DECIDING if (reason := _level_refusal(level, levels[level]))]
    if not found and not any(levels[level]["low"] > 0 for level in DECIDING):
        found = [_no_better(levels)]
    worse = [row for row in rows if row["state"] == State.WORSE]
    found += [_language_refusal(row) for row in worse if row["scope"] == "lang"]
    return found + [_label_refusal(row) for row in worse if row["scope"] == "label"]


def _level_refusal(level: str, row: Row) -> Reason | None:
    if not row["difference"] >= 0:  # NaN where no text has a label of the level
        aspects = Reason("F1 of aspects is lower than the champion's: {difference} ({low} to {high}).", _bounds(row))
        overall = Reason("F1 of all labels is lower than the champion's: {difference} ({low} to {high}).", _bounds(row))
        return aspects if level == "aspect" else overall
    if row["low"] < -MOST_LOST:
        params = _bounds(row) | {"most": f"{MOST_LOST:.2f}"}
        aspects = Reason(
            "F1 of aspects may be lower than the champion's by more than {most}: {difference} ({low} to {high}).",
            params,
        )
        overall = Reason(
            "F1 of all labels may be lower than the champion's by more than {most}: {difference} ({low} to {high}).",
            params,
        )
        return aspects if level == "aspect" else overall
    return None


def _no_better(levels: Mapping[Any, Row]) -> Reason:
    return Reason(
        "Neither F1 of aspects {aspect_difference} ({aspect_low} to {aspect_high}) nor that of all labels "
        "{all_difference} ({all_low} to {all_high}) is higher by more than chance.",
        _level_bounds(levels),
    )


def _level_bounds(levels: Mapping[Any, Row]) -> dict[str, str]:
    return {f"{level}_{name}": value for level in DECIDING for name, value in _bounds(levels[level]).items()}


def _language_refusal(row: Row) -> Reason:
    params = {"lang": row["id"], **_bounds(row)}
    return Reason(
        "Texts in {lang}: F1 of aspects is lower by more than allowed: {difference} ({low} to {high}).", params
    )


def _label_refusal(row: Row) -> Reason:
    params = {"label": row["id"], "n": row["n"], **_bounds(row)}
    return Reason("{label}: F1 on {n} texts is lower by more than allowed: {difference} ({low} to {high}).", params)


def grounds(figures: pd.DataFrame) -> list[Reason]:
    """Return what speaks for a candidate that nothing speaks against."""
    rows = figures.to_dict("records")
    levels = {row["id"]: row for row in rows if row["scope"] == "level"}
    n_labels = sum(row["scope"] == "label" and row["state"] != State.FEW for row in rows)
    return [
        Reason(
            "F1 of aspects {aspect_difference} ({aspect_low} to {aspect_high}), of all labels {all_difference} "
            "({all_low} to {all_high}).",
            _level_bounds(levels),
        ),
        Reason(
            "No language, and none of {n} labels with enough texts, is lower by more than allowed.", {"n": n_labels}
        ),
    ]


def _bounds(row: Row) -> dict[str, str]:
    return {name: f"{row[name]:+.3f}" for name in ("difference", "low", "high")}


def concerns(unknown: Sequence[ModelVersion], n_corrected: int, followed: tuple[int, int]) -> Iterator[Reason]:
    """Yield what a reader of the verdict should know."""
    for version in unknown:
        yield Reason(
            "It is not on record what model {version} learnt from; if these texts were among it, that flatters it.",
            {"version": version.id[:7]},
        )
    if n_corrected:
        yield Reason(
            "Of {n} labels that were corrected or confirmed in documents of the test part, the candidate gets {after} "
            "right and the champion {before}. They were often looked at because the champion erred, so they do not "
            "decide.",
            {"n": n_corrected, "before": followed[0], "after": followed[1]},
        )
