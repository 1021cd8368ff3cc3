"""What happened: the few documents that tell a label's period best, each with the sentence that says most."""

from datetime import date

import pandas as pd
import streamlit as st

from core.domain.filters import DocumentFilter, Filter
from core.services.events import Event, Timeline
from pages.shared import address, data, figure_foot, markup, stories_read
from pages.shared.text import language_name, number, partial_date, percent, plain, t


def draw(label_id: str, *, first: date, last: date, chosen: Filter) -> None:
    """Draw the timeline of a label's period, told from its other stories within the filter."""
    found = data.what_happened(label_id, first=first, last=last, chosen=chosen)
    if not found.events:
        st.caption(t("No story of the period tells what happened; choose a longer one."))
        return
    with st.container(key="timeline", gap=None):
        for event in found.events:
            _draw_event(event, label_id)
    figure_foot.draw(_readings(found), _method(), _table(found, label_id, first, last, chosen))


def _draw_event(event: Event, label_id: str) -> None:
    passage = None if event.passage is None else event.passage + 1
    query = address.link(DocumentFilter(), ID=event.document_id, EVIDENCE=label_id, PASSAGE=passage)
    st.html(markup.event_head(_day(event)))
    st.page_link("pages/documents.py", label=plain(event.title) or t("Untitled"), query_params=query)
    facts = [event.source, language_name(event.lang)]
    if event.probability is not None:
        facts.append(t("probability of the label here {share}", share=percent(event.probability, decimals=0)))
    st.html(markup.event_body(event.sentence, facts))


def _day(event: Event) -> str:
    return partial_date(event.date.day, event.date.precision) if event.date else t("no date")


def _readings(found: Timeline) -> list[str]:
    readings = [
        t(
            "{shown} of the {n} stories of the period, chosen because they are central, early and unlike each other.",
            shown=number(len(found.events)),
            n=number(found.n),
        )
    ]
    if found.n < found.n_all:
        readings.append(stories_read.note(found.n, found.n_all))
    if found.terms:
        listed = t(", ").join(term for _, term in found.terms)
        said = t(
            "Said more often than in the label's {n} other stories: {terms}.", n=number(found.n_other), terms=listed
        )
        readings.append(said)
    elif not found.n_other:
        readings.append(t("The label has no stories outside the period to tell it from."))
    return readings


def _method() -> list[str]:
    return [
        t(
            "Every sentence is a document's own; nothing is written anew. Stories are compared by their words, in each "
            "language apart: words commoner in the period than in the label's other stories weigh four times as much."
        ),
        t(
            "Stories are chosen one by one: near the middle of all, sure to carry the label, early, and unlike those "
            "already chosen (maximal marginal relevance, Carbonell and Goldstein 1998)."
        ),
    ]


def _table(found: Timeline, label_id: str, first: date, last: date, chosen: Filter) -> figure_foot.FigureTable:
    columns = {
        t("Date"): [_day(event) for event in found.events],
        t("Title"): [event.title for event in found.events],
        t("Sentence"): [event.sentence for event in found.events],
        t("Source"): [event.source for event in found.events],
    }
    names = ("document_id", "date", "title", "lang", "source", "sentence", "passage", "probability", "relevance")
    rows = [{name: getattr(event, name) for name in names} for event in found.events]
    exported = pd.DataFrame(rows, columns=list(names)).assign(date=[str(event.date or "") for event in found.events])
    facts = {"label": label_id, "first": first, "last": last, "n_stories": found.n, "n_all": found.n_all}
    return figure_foot.FigureTable(pd.DataFrame(columns), exported, "timeline", chosen, facts=facts)
