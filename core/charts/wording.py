"""The words on charts: strings that the caller translates, names of periods, percents, long names on two lines."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from core.domain.dates import Grain


@dataclass(frozen=True)
class ChartText:
    """Every string that a chart can show; what stands in braces is filled in by the chart."""

    share: str = "Share of stories"
    count: str = "Stories"
    of_total: str = "{n} of {total} stories"
    stories: str = "{n} stories"
    band: str = "95% interval"
    interval: str = "95% interval {low} to {high}"
    unfinished: str = "period not complete"
    too_few: str = "too few stories for a share"
    empty: str = "No stories in this period"
    unmoved: str = "Too few stories to compare two periods"
    untagged: str = "Not tagged yet"
    change: str = "Change of share, in percentage points"
    points: str = "{change} points"
    before_and_now: str = "{before} to {now}"
    clear: str = "clear change"
    unclear: str = "may be chance"
    not_within: str = "under half as large or not clear within the same sources and languages"
    no_common: str = "too few stories from sources and languages of both periods"
    probability: str = "Probability"
    threshold: str = "Threshold"
    tagged: str = "tagged"
    not_tagged: str = "not tagged"
    by_human: str = "by a human"
    loss: str = "Training loss"
    validation: str = "Macro F1 on the validation part"
    step: str = "Step"
    at_step: str = "step {step} of {n}, epoch {epoch}"
    early: str = "only a few points so far"
    no_curve: str = "No point of the curve yet"
    rank: str = "Rank {n}"
    rank_caption: str = "Rank by share"
    burst: str = "burst: {share}, otherwise {before}"
    expected: str = "expected {share}"
    expected_interval: str = "95% prediction interval {low} to {high}"
    strength: str = "Strength: share of the last three periods"
    momentum: str = "Momentum: factor by which the odds move in a year"
    weak_rising: str = "small and rising"
    strong_rising: str = "large and rising"
    weak_fading: str = "small and fading"
    strong_fading: str = "large and fading"
    no_signals: str = "No label has enough recent stories to be placed"
    play: str = "Play"
    together: str = "Labels that meet more often than by chance"
    network_key: str = "thicker line: stronger association   larger dot: more stories"
    with_both: str = "{n} stories with both, {expected} expected by chance"
    association: str = "Association (NPMI)"
    unrelated: str = "No pair of these labels stands out from chance"
    too_thin: str = "Too few stories with both labels"
    residual: str = "Adjusted residual: above 0, more often than in the other rows"
    share_of_row: str = "Share of the row's stories"
    cross_key: str = "▲ more, ▼ fewer than elsewhere, beyond chance; without colour: too few stories"
    elsewhere: str = "{share} elsewhere"
    clear_difference: str = "stands out from chance"
    leads: str = "Row moves before column"
    lead_key: str = "written: stands out from chance"
    before: str = "“{leader}” {lag} before “{follower}”"
    correlation: str = "Correlation"
    leadless: str = "Too few periods or stories to compare"
    no_terms: str = "No new terms"
    earlier: str = "before"
    now: str = "now"
    share_of_language: str = "Share of the language's stories that say the term"


ENGLISH = ChartText()


def period_label(start: date, end: date) -> str:
    """Name a calendar bin in a way that both languages read.

    >>> period_label(date(2024, 4, 1), date(2024, 6, 30))
    '2024 Q2'
    >>> period_label(date(2024, 12, 30), date(2025, 1, 5))
    '2024-12-30 – 2025-01-05'
    """
    match grain_of(start, end):
        case Grain.DAY:
            return start.isoformat()
        case Grain.WEEK:
            return f"{start} – {end:%m-%d}" if start.year == end.year else f"{start} – {end}"
        case Grain.MONTH:
            return f"{start:%Y-%m}"
        case Grain.QUARTER:
            return f"{start.year} Q{(start.month + 2) // 3}"
        case Grain.YEAR:
            return str(start.year)


def grain_of(start: date, end: date) -> Grain:
    """Return the grain of a bin from its length.

    >>> grain_of(date(2024, 2, 1), date(2024, 2, 29))
    <Grain.MONTH: 'month'>
    """
    n_days = (end - start).days + 1
    return next(grain for grain, longest in _LONGEST.items() if n_days <= longest)


_LONGEST = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}


def percent(share: float) -> str:
    """Write a share as a percent with no more decimals than carry information.

    >>> percent(0.4567), percent(0.5), percent(0.0123), percent(0.0004)
    ('45.7%', '50%', '1.2%', '0.04%')
    """
    decimals = 1 if abs(share) >= 0.0095 else 2
    return f"{float(f'{100 * share:.{decimals}f}'):g}%"


def width(text: str) -> int:
    """Return the columns a text takes, a Chinese character counting two.

    >>> width("BERT 模型")
    9
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def plain_width(html: str) -> int:
    """Return the columns a text takes without its tags.

    >>> plain_width('<span style="color:#fff">●</span> BERT')
    6
    """
    return width(re.sub(r"<[^>]*>", "", html))


def wrap(name: str, *, columns: int) -> str:
    """Set a name on at most two lines (`<br>`) of so many columns, with an ellipsis where that is not enough.

    >>> wrap("Optimization and efficiency", columns=16)
    'Optimization<br>and efficiency'
    >>> wrap("强化学习与人类反馈对齐", columns=14)
    '强化学习与<br>人类反馈对齐'
    """
    if width(name) <= columns:
        return name
    # the shortest first line that leaves no more than a line: two lines of about the same length
    cuts = (_line_length(name, first) for first in range((width(name) + 1) // 2, columns + 1))
    cut = next((cut for cut in cuts if width(name[cut:].strip()) <= columns), _line_length(name, columns))
    return f"{name[:cut].rstrip()}<br>{elide(name[cut:].lstrip(), columns=columns)}"


def elide(text: str, *, columns: int) -> str:
    """Cut a text to so many columns, an ellipsis showing the cut.

    >>> elide("reinforcement", columns=8)
    'reinfor…'
    """
    if width(text) <= columns:
        return text
    return text[: _fitting(text, columns - 1)].rstrip() + "…"


def _fitting(text: str, columns: int) -> int:
    """Return how many leading characters fit."""
    taken = 0
    for n, character in enumerate(text):
        taken += width(character)
        if taken > columns:
            return n
    return len(text)


def _line_length(name: str, columns: int) -> int:
    """Return where to break: the last place that fits beside a space, after a hyphen or beside a wide character."""
    fits = _fitting(name, columns)
    return next((cut for cut in range(fits, 0, -1) if _may_break(name[cut - 1], name[cut : cut + 1])), fits)


def _may_break(before: str, after: str) -> bool:
    return before in " -" or after == " " or 2 in (width(before), width(after))
