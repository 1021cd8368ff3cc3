"""What is said now and was not before: new terms, and proposals for new topics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from core.db import rollups
from core.domain.dates import Grain, coarsest_grain
from core.domain.filters import Filter
from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.errors import InputError
from core.services.stories import MOST_READ, joined, read_stories
from core.services.workspace import Workspace
from core.trends.topics import TopicProposal

LONGEST_NOW = timedelta(days=365)
LARGEST_PART_NOW = 0.25
"""Without a date, what is said now is said in the last year, or in the last quarter of a shorter period."""


@dataclass(frozen=True)
class NewTerms:
    """Terms that stories of since..last say more often than those of first..since; see core.trends.new_terms."""

    frame: pd.DataFrame
    first: date
    since: date
    last: date
    n_now: int
    n_before: int
    """Stories that were read."""
    n_all: int
    """Stories that there are on both sides."""


def list_new_terms(
    workspace: Workspace,
    *,
    chosen: Filter,
    labels: Sequence[str] = (),
    since: date | None = None,
    most: int = 50,
    most_read: int = MOST_READ,
) -> NewTerms | None:
    """Return the terms that are new since a day (without one: in the last year, or quarter of a shorter period).

    `labels` narrows down to stories that carry any of them; of more than `most_read` about so many are read, half of
    them from the day on where there are as many. None where no story of the filter is dated; the frame is
    empty where one side of the day has no stories. Raise InputError for a day outside the period.
    """
    from core.trends.new_terms import new_terms

    workspace.taxonomy.require(labels)
    span = dated_span(workspace, chosen)
    if span is None:
        return None
    first, last = span
    day = since or _suggested_since(first, last)
    if not first <= day <= last:
        raise InputError(
            "{day} lies outside the period from {first} to {last}; choose a day within it.",
            day=day,
            first=first,
            last=last,
        )
    sides = (replace(chosen, last=day - timedelta(days=1)), replace(chosen, first=day))
    grain = borders_grain(chosen, day)
    now = read_stories(workspace, sides[1], labels=labels, grain=grain, most=most_read // 2)
    rest = max(1, most_read - len(now.texts))
    before = read_stories(workspace, sides[0], labels=labels, grain=grain, most=rest)
    stories = joined(before, now)
    frame = new_terms(stories.texts, stories.labels, since=day, most=most)
    return NewTerms(frame, first, day, last, len(now.texts), len(before.texts), stories.n_all)


def dated_span(workspace: Workspace, chosen: Filter) -> tuple[date, date] | None:
    """Return the chosen period or what of it is open from the stories' own; None where no tagged story is dated."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        whole = rollups.dated_range(connection, model_version_id=version)
    if whole is None:
        return None
    first, last = chosen.first or whole[0], chosen.last or whole[1]
    if first > last:
        raise InputError("The period begins on {first}, after its end on {last}; swap them.", first=first, last=last)
    return first, last


def _suggested_since(first: date, last: date) -> date:
    """Return the first day of a month that leaves at most a year, or a quarter of the period, after it."""
    day = last - min(LONGEST_NOW, (last - first) * LARGEST_PART_NOW)
    month = Grain.MONTH.next(day)
    return month if first < month <= last else day


def borders_grain(chosen: Filter, *days: date) -> Grain:
    """Return how precise a date has to be to tell on which side of the filter's and other borders it lies."""
    ends = [chosen.last + timedelta(days=1)] if chosen.last else []
    return coarsest_grain([*([chosen.first] if chosen.first else []), *ends, *days])


@dataclass(frozen=True)
class Proposals:
    """Groups of stories that could be labels of their own, and how many stories they were sought among."""

    topics: list[TopicProposal]
    n_unfit: int
    """Stories that carry no label without children: none of the tree's finest names fits them."""
    n_stories: int
    """Stories that were read."""
    n_all: int
    """Stories that there are."""


def propose_topics(
    workspace: Workspace,
    *,
    chosen: Filter,
    labels: Sequence[str] = (),
    most: int = 10,
    most_read: int = MOST_READ,
) -> Proposals:
    """Return proposals for new topics among stories that fit no label, largest and closest first.

    A story fits where it carries a topic, or an aspect that has no topics, by the model's decision or a human's word.
    `labels` narrows down to stories that carry any of them (an aspect: proposals for topics below it). Stories that
    wait to be tagged are left out. Of more than `most_read` stories about so many are read.
    """
    from core.trends.topics import propose

    workspace.taxonomy.require(labels)
    span, grain = dated_span(workspace, chosen), borders_grain(chosen)
    stories = read_stories(workspace, chosen, labels=labels, grain=grain, most=most_read, untagged=False)
    finest = {label.id for label in workspace.taxonomy.labels if _is_finest(workspace.taxonomy, label)}
    held = stories.labels
    fitting = set(held["document_id"][held["label_id"].isin(finest)])
    unfit = ~stories.texts["id"].isin(fitting).to_numpy(dtype=bool)
    topics = propose(stories.texts, unfit, first=span[0], last=span[1])[:most] if span else []
    return Proposals(topics, int(unfit.sum()), len(unfit), stories.n_all)


def _is_finest(taxonomy: Taxonomy, label: Label) -> bool:
    return label.kind is not LabelKind.SECTOR and not taxonomy.children(label.id)
