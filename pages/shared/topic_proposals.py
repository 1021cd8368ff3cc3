"""Proposals for new topics: groups of stories that no label describes."""

import pandas as pd
import streamlit as st

from core.domain.filters import DocumentFilter, Filter
from core.services.terms import Proposals
from core.trends.topics import TopicProposal
from pages.shared import address, data, figure_foot, markup, new_label, stories_read, widgets
from pages.shared.text import language_name, number, plain, points, t

N_NEAREST = 3


def draw(labels: list[str], chosen: Filter) -> None:
    """Draw each proposal as a card, then what they rest on."""
    with st.spinner(t("Reading stories …"), show_time=True):
        found = data.topic_proposals(labels, chosen=chosen, most_read=stories_read.most_read())
    stories_read.draw(found.n_stories, found.n_all)
    if not found.topics:
        widgets.empty(
            t("No topic to propose"),
            t(
                "{n} of {total} stories fit no label; a topic needs four close ones that share two distinctive terms. "
                "Take filters away, or come back when there are more documents.",
                n=number(found.n_unfit),
                total=number(found.n_stories),
            ),
        )
        return
    for topic in found.topics:
        _draw_card(topic)
    figure_foot.draw(_readings(found), _method(), _table(found, chosen))


def _draw_card(topic: TopicProposal) -> None:
    with st.container(border=True, key=f"topic-{topic.document_ids[0]}"):
        st.subheader(plain(" · ".join(topic.terms)))
        facts = [
            language_name(topic.lang),
            t("{n} stories", n=number(topic.n)),
            t("closeness {cohesion}", cohesion=f"{topic.cohesion:.2f}"),
            growth(topic),
        ]
        st.html(markup.facts_line(facts))
        nearest = topic.document_ids[:N_NEAREST]
        frame = data.find_documents(DocumentFilter(ids=nearest)).frame
        widgets.document_rows(_in_order(frame, nearest), DocumentFilter(ids=topic.document_ids), name=str(nearest[0]))
        query = address.link(DocumentFilter(ids=topic.document_ids))
        label = t("All {n} documents", n=number(topic.n))
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            st.page_link("pages/documents.py", label=label, icon=":material/article:", query_params=query)
            new_label.draw(topic)


def growth(topic: TopicProposal) -> str:
    """Say how the group's share of its language's stories changed from the earlier to the later half."""
    if pd.isna(topic.change):
        return t("the period is too short for a growth")
    facts = {
        "points": points(topic.change),
        "low": points(topic.low),
        "high": points(topic.high),
        "earlier": number(topic.n_earlier),
        "later": number(topic.n_later),
    }
    if topic.low <= 0 <= topic.high:
        return t(
            "stories in the earlier half: {earlier}, in the later: {later}; {points} points (95% interval {low} to "
            "{high}), which may be chance"
        ).format(**facts)
    return t(
        "stories in the earlier half: {earlier}, in the later: {later}; {points} points (95% interval {low} to {high})"
    ).format(**facts)


def _in_order(frame: pd.DataFrame, ids: tuple[int, ...]) -> pd.DataFrame:
    return frame.set_index("id", drop=False).loc[[number for number in ids if number in set(frame["id"])]]


def _readings(found: Proposals) -> list[str]:
    return [
        t(
            "{n} of {total} stories fit no label of the finest level; {topics} groups of them could be labels of their "
            "own.",
            n=number(found.n_unfit),
            total=number(found.n_stories),
            topics=number(len(found.topics)),
        ),
        t("Small groups are suggestions to read, not findings: look at the documents before you name them."),
    ]


def _method() -> list[str]:
    return [
        t(
            "A story fits where it carries a topic, or an aspect that has no topics. The others are grouped by what "
            "they say (TF-IDF in 64 main directions, spherical k-means), each language apart."
        ),
        t(
            "A group is proposed where two terms set it apart and four stories hold one of them. Closeness is the mean "
            "cosine with the group's centre; growth compares shares of the two halves of the period (Newcombe 1998)."
        ),
    ]


def _table(found: Proposals, chosen: Filter) -> figure_foot.FigureTable:
    topics = found.topics
    shown = pd.DataFrame(
        {
            t("Terms"): [t(", ").join(topic.terms) for topic in topics],
            t("Language of the text"): [language_name(topic.lang) for topic in topics],
            t("Stories"): [topic.n for topic in topics],
            t("Earlier half"): [topic.n_earlier for topic in topics],
            t("Later half"): [topic.n_later for topic in topics],
            t("Closeness"): [round(topic.cohesion, 2) for topic in topics],
        }
    )
    names = ("lang", "n", "cohesion", "n_earlier", "n_later", "total_earlier", "total_later", "change", "low", "high")
    rows = [{name: getattr(topic, name) for name in names} for topic in topics]
    exported = pd.DataFrame(rows).assign(
        terms=["; ".join(topic.terms) for topic in topics],
        document_ids=[" ".join(map(str, topic.document_ids)) for topic in topics],
    )
    facts = {"n_unfit": found.n_unfit, "n_stories": found.n_stories, "n_all": found.n_all}
    return figure_foot.FigureTable(shown, exported, "topic-proposals", chosen, facts=facts)
