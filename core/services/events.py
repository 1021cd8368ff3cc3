"""What happened behind a point, burst or change of a chart: the documents that tell it, sentence by sentence."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from core.db import texts
from core.domain.dates import PartialDate
from core.domain.filters import Filter
from core.errors import InputError
from core.services.documents import Reading, read_document
from core.services.stories import MOST_READ, Stories, joined, read_stories
from core.services.terms import borders_grain
from core.services.workspace import Workspace


@dataclass(frozen=True)
class Event:
    """One document of a timeline and the sentence of it that says most."""

    document_id: int
    date: PartialDate | None
    title: str
    lang: str
    source: str
    sentence: str
    start: int
    """Where the sentence stands in the document's text: text[start:end]."""
    end: int
    passage: int | None
    """Ordinal of the passage that holds the sentence."""
    probability: float | None
    """Of the label in that passage; None where the model does not know the label."""
    relevance: float
    """0 to about 1.15: how central and early it is among the stories of the period and its language."""


@dataclass(frozen=True)
class Timeline:
    """The events by date, out of n stories of the period that were read."""

    events: list[Event]
    terms: list[tuple[str, str]]
    """(lang, term) that tell the period from the label's other stories, surest first."""
    n: int
    n_other: int
    """Stories of the label outside the period that it was told from."""
    n_all: int
    """Stories of the period that there are."""


def what_happened(
    workspace: Workspace, label_id: str, *, first: date, last: date, chosen: Filter, most: int = 6
) -> Timeline:
    """Return the few documents that are central, early and diverse among a label's stories of a period.

    The filter says what the period is told from: its stories outside first..last are the background. Raise InputError
    for an unknown label and a period that ends before it begins.
    """
    from core.trends.events import what_happened as choose

    workspace.taxonomy.require([label_id])
    if first > last:
        raise InputError("The period begins on {first}, after its end on {last}; swap them.", first=first, last=last)
    before, inside, after = _read(workspace, label_id, first, last, chosen)
    if inside.texts.empty:
        return Timeline([], [], 0, before.n_all + after.n_all, 0)
    stories = joined(before, inside, after)
    is_inside = stories.texts["day"].between(first, last).to_numpy(dtype=bool)
    rows, weights, terms = choose(stories.texts, is_inside, _chances(workspace, stories, label_id), most=most)
    ids = stories.texts["id"].tolist()
    events = [_event(read_document(workspace, ids[row]), label_id, weights, found) for row, found in rows]
    return Timeline(events, terms, int(is_inside.sum()), int((~is_inside).sum()), inside.n_all)


def _read(workspace: Workspace, label_id: str, first: date, last: date, chosen: Filter) -> tuple[Stories, ...]:
    """Return the label's stories before, within and after the period, as far as the filter reaches."""
    day_before, day_after = first - timedelta(days=1), last + timedelta(days=1)
    parts = (
        replace(chosen, last=day_before),
        replace(chosen, first=first, last=last),
        replace(chosen, first=day_after),
    )
    grain = borders_grain(chosen, first, day_after)
    share = (MOST_READ // 8, MOST_READ // 4, MOST_READ // 8)
    return tuple(
        read_stories(workspace, part, labels=[label_id], grain=grain, most=most)
        for part, most in zip(parts, share, strict=True)
    )


def _chances(workspace: Workspace, stories: Stories, label_id: str) -> "np.typing.NDArray[np.float64]":
    """Return the label's probability of each story; what a human said is certain."""
    ids, version = stories.texts["id"].tolist(), workspace.champion().id
    with workspace.database.reading() as connection:
        own = texts.list_chances(connection, ids, label_id, model_version_id=version).set_index("document_id")
    sure = own["probability"].where(~own["by_human"].astype(bool), 1.0)
    return sure.reindex(ids).fillna(0.0).to_numpy(dtype=np.float64)


def _event(reading: Reading, label_id: str, weights: dict[str, float], relevance: float) -> Event:
    from core.ingest import split_sentences
    from core.trends.events import best_sentence

    spans = split_sentences(reading.text)
    passages = reading.tagging.passages if reading.tagging else ()

    def passage_at(place: int) -> int | None:
        return next((i for i, passage in enumerate(passages) if passage.start <= place < passage.end), None)

    def chance(place: int) -> float | None:
        ordinal = passage_at(place)
        return None if ordinal is None else passages[ordinal].probabilities.get(label_id)

    likely = [chance(span.start) for span in spans]
    sentences = [reading.text[span.start : span.end] for span in spans]
    best = best_sentence(sentences, [1.0 if p is None else p for p in likely], weights)
    return Event(
        document_id=reading.id,
        date=reading.date,
        title=reading.title,
        lang=reading.lang,
        source=reading.source,
        sentence=sentences[best],
        start=spans[best].start,
        end=spans[best].end,
        passage=passage_at(spans[best].start),
        probability=likely[best],
        relevance=relevance,
    )
