"""One document: its text with the passages that carried a label, what the model says of it, its copies."""

from bisect import bisect
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st

from core.charts import label_color
from core.domain.filters import DocumentFilter
from core.services.documents import Reading
from pages.shared import address, corrections, data, label_marks, markup, probabilities, state, why
from pages.shared.label_choice import Place, pick_label, pick_place
from pages.shared.text import (
    language_name,
    model_name,
    moment,
    number,
    partial_date,
    place,
    place_name,
    plain,
    t,
)

PART_CHARACTERS = 30_000
MANY_PASSAGES, N_STRONGEST = 8, 3


def draw(document_id: int, chosen: DocumentFilter) -> None:
    """Draw a document that was reached from a list narrowed down by `chosen`."""
    draw_ways(document_id, chosen)
    reading = data.read_document(document_id)
    st.html(markup.title(reading.title or t("Untitled")))
    st.html(markup.facts_line(facts(reading)))
    if reading.url.startswith(("http://", "https://")):
        st.link_button(t("Open the source"), reading.url, icon=":material/open_in_new:", type="tertiary")
    with st.container(key="wide-reader"):
        text, side = st.columns([3, 2], gap="large")
        with side:
            place, label = draw_tagging(reading)
            draw_story(reading, chosen)
        with text:
            why.draw(reading, place, label)
            draw_text(reading, place, label)


def draw_ways(document_id: int, chosen: DocumentFilter) -> None:
    """Draw the ways back to the list and to its previous and next document."""
    page = address.PAGE.read() or 1
    with st.container(horizontal=True, gap="medium"):
        back = address.link(chosen, PAGE=page if page > 1 else None)
        st.page_link("pages/documents.py", label=t("Back to the list"), icon=":material/arrow_back:", query_params=back)
        for neighbour, label, icon in neighbours(document_id, chosen, page):
            query = address.link(chosen, ID=neighbour[0], PAGE=neighbour[1] if neighbour[1] > 1 else None)
            st.page_link("pages/documents.py", label=label, icon=icon, query_params=query)


def neighbours(document_id: int, chosen: DocumentFilter, page: int) -> list[tuple[tuple[int, int], str, str]]:
    """Return the documents before and after this one in the list as ((id, page of the list), words, icon)."""
    found = data.find_documents(chosen, page=page)
    places = [(int(id_), page) for id_ in found.frame["id"]]
    before, after = around(document_id, found.frame)
    if before < 0 and page > 1 and places:
        earlier = data.find_documents(chosen, page=page - 1)
        places, before, after = [(int(earlier.frame["id"].iloc[-1]), page - 1), *places], before + 1, after + 1
    if after == len(places) and page < found.n_pages:
        places.append((int(data.find_documents(chosen, page=page + 1).frame["id"].iloc[0]), page + 1))
    ways = []
    if before >= 0:
        ways.append((places[before], t("Previous"), ":material/chevron_left:"))
    if after < len(places):
        ways.append((places[after], t("Next"), ":material/chevron_right:"))
    return ways


def around(document_id: int, listed: pd.DataFrame) -> tuple[int, int]:
    """Return the rows before and after a document: of its own row, or of its place once a correction took it away."""
    ids = listed["id"].tolist()
    if document_id in ids:
        return ids.index(document_id) - 1, ids.index(document_id) + 1
    written = data.read_document(document_id).date
    own = _list_order(written.day if written else None, document_id)
    place = sum(_list_order(row.day, row.id) < own for row in listed.itertuples())
    return place - 1, place


def _list_order(day: Any, document_id: int) -> tuple[bool, int, int]:
    dated = isinstance(day, date)
    return (not dated, -day.toordinal() if dated else 0, -document_id)


def facts(reading: Reading) -> list[str]:
    """Return what is known of a document, for one line."""
    when = partial_date(reading.date.day, reading.date.precision) if reading.date else t("no date")
    return [
        when,
        reading.source,
        language_name(reading.lang),
        place_name(reading.jurisdiction) if reading.jurisdiction else "",
        t("{n} characters", n=number(len(reading.text))),
        t("added {moment}", moment=moment(reading.added_at)),
        place(reading.locator),
    ]


def draw_tagging(reading: Reading) -> tuple[Place, str]:
    """Draw the labels, what humans can say of them, and their probabilities; return what is chosen to be marked."""
    tagging = reading.tagging
    st.subheader(t("Labels"))
    if tagging is None:
        st.info(t("This document waits to be tagged."), icon=":material/hourglass_empty:")
    place = pick_place(reading)
    label = pick_label(place, tagged=tagging is not None)
    if label and tagging is not None:
        st.caption(t("Passages that carried the chosen label are marked; the more probable, the stronger the colour."))
    if said := label_marks.chances(reading.zero_shot) if place.passage is None else "":
        st.caption(said)
    corrections.draw(reading, place, label)
    if tagging is None:
        return place, ""
    labelling = place.labelling
    decided = labelling.human.union(labelling.removed)
    probabilities.draw(place.probabilities, tagging.thresholds, held=labelling.labels, by_human=decided)
    st.caption(
        t(
            "{model}, label tree {tree}, tagged {moment}.",
            model=plain(model_name(tagging.model_version)),
            tree=plain(tagging.taxonomy_version),
            moment=moment(tagging.tagged_at),
        )
    )
    return place, label


def draw_text(reading: Reading, place: Place, label: str) -> None:
    """Draw the text, part by part where it is long, with the passages of a label marked and the strongest on top."""
    strengths: dict[int, float] = {}
    passages = reading.tagging.passages if reading.tagging else ()
    if label:
        strengths = {i: passages[i].probabilities.get(label, 0.0) for i in reading.evidence(label)}
    color = label_color(label) if label else "#888888"
    strongest = sorted(strengths, key=strengths.__getitem__, reverse=True)
    if place.passage is not None:
        draw_chosen(reading, place.passage, markup.Marks(color, strengths))
    elif len(passages) >= MANY_PASSAGES and strengths:
        draw_strongest(reading, {i: strengths[i] for i in strongest[:N_STRONGEST]}, color)
    shown = place.passage if place.passage is not None else next(iter(strongest), None)
    start, end = pick_part(part_borders(reading), passages[shown].start if shown is not None else 0)
    marks = markup.Marks(color, strengths, chosen=place.passage)
    st.html(markup.marked_text(reading.text, passages, marks, start=start, end=end))


def draw_chosen(reading: Reading, ordinal: int, marks: markup.Marks) -> None:
    """Quote the passage that is looked at, which a long text would hide."""
    passages = reading.tagging.passages if reading.tagging else ()
    start, end = passages[ordinal].start, passages[ordinal].end
    with st.container(border=True, key="chosen-passage"):
        st.markdown(t("**Passage {n} of {total}**", n=number(ordinal + 1), total=number(len(passages))))
        st.html(markup.marked_text(reading.text, passages, marks, start=start, end=end))


def draw_strongest(reading: Reading, strengths: dict[int, float], color: str) -> None:
    """Quote the passages that carried a label most, which a long text would hide."""
    passages = reading.tagging.passages if reading.tagging else ()
    with st.container(border=True, key="strongest"):
        st.markdown(t("**The strongest passages**"))
        for i, strength in strengths.items():
            st.html(markup.quote(reading.text[passages[i].start : passages[i].end], strength, color))


def part_borders(reading: Reading) -> list[int]:
    """Return where the parts of a long text begin, with a passage where there are any, and where the last one ends."""
    passages, length = reading.tagging.passages if reading.tagging else (), len(reading.text)
    starts = [passage.start for passage in passages] or list(range(0, length, PART_CHARACTERS))
    borders = [0]
    for start, end in pairwise([*starts, length]):
        if end - borders[-1] > PART_CHARACTERS and start > borders[-1]:
            borders.append(start)
    return [*borders, length]


def pick_part(borders: list[int], best: int) -> tuple[int, int]:
    """Draw the choice of a part of a long text, the one with the best passage first; return its bounds."""
    n_parts = len(borders) - 1
    if n_parts <= 1:
        return borders[0], borders[-1]
    options = list(range(1, n_parts + 1))
    bound = state.bound(address.PART, options=options, default=min(bisect(borders, best), n_parts))
    part = int(st.selectbox(t("Part of {n}", n=n_parts), options, width=160, **bound) or 1)
    return borders[part - 1], borders[part]


def draw_story(reading: Reading, chosen: DocumentFilter) -> None:
    """List the other documents of the same story."""
    others = reading.story[reading.story["id"] != reading.id]
    if others.empty:
        return
    st.subheader(t("The same story elsewhere"))
    st.caption(t("Nearly the same text; in trends the story counts once."))
    for row in others.itertuples():
        where: list[Any] = [row.source, partial_date(row.day, row.date_precision)]
        label = f"{plain(row.title)} ({plain(', '.join(where))})"
        st.page_link("pages/documents.py", label=label, query_params=address.link(chosen, ID=row.id))
