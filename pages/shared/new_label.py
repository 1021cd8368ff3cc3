"""Making a label of a proposed topic: its place in the tree, its word, its names and what it is about."""

import re

import streamlit as st

from core.domain.own_labels import SECTOR, LabelTexts
from core.domain.taxonomy import LabelKind
from core.errors import AppError
from core.services.own_labels import add_label
from core.trends.topics import TopicProposal
from pages.shared import address, data, state
from pages.shared.text import label_name, message, plain, t


def draw(topic: TopicProposal) -> None:
    """Draw the form of a label behind a button, and what came of it when it was sent."""
    key = f"label-{topic.document_ids[0]}"
    with (
        st.popover(t("Make a label of it"), icon=":material/new_label:", key=key),
        st.form(f"form-{key}", border=False),
    ):
        st.caption(
            t("Documents get the label by what it is called and said to be, until there are examples to train on.")
        )
        sent = _inputs(topic, key)
        author = st.text_input(t("Your name"), state.author(), key=f"{key}-author")
        if st.form_submit_button(t("Add the label"), type="primary"):
            _add(*sent, author)


def _inputs(topic: TopicProposal, key: str) -> tuple[str, LabelTexts]:
    """Draw the inputs, filled with what the proposal says, and return the label's id and texts."""
    taxonomy = data.workspace().taxonomy
    parents = [label.id for label in taxonomy.of_kind(LabelKind.ASPECT)] + [SECTOR]
    parent = st.selectbox(
        t("Belongs to"),
        parents,
        format_func=lambda one: t("Sector") if one == SECTOR else label_name(taxonomy, one),
        key=f"{key}-parent",
    )
    word = st.text_input(t("Word in its id (a–z, 0–9, _)"), suggested_word(topic.terms), key=f"{key}-word")
    name, zh = " ".join(topic.terms[:2]), topic.lang.startswith("zh")
    texts = LabelTexts(
        name_en=st.text_input(t("English name"), "" if zh else name, key=f"{key}-en"),
        name_zh=st.text_input(t("Chinese name"), name if zh else "", key=f"{key}-zh"),
        definition_en=st.text_area(t("What it is about, in English"), key=f"{key}-about-en"),
        definition_zh=st.text_area(t("What it is about, in Chinese"), key=f"{key}-about-zh"),
    )
    return f"{parent}.{word}", texts


def suggested_word(terms: tuple[str, ...]) -> str:
    """Return a word for an id out of the first term that has Latin letters, or nothing.

    >>> suggested_word(("学期", "GPT-5 model")), suggested_word(("学期",))
    ('gpt_5_model', '')
    """
    words = (re.sub(r"[^a-z0-9]+", "_", term.lower()).strip("_") for term in terms)
    return next((word for word in words if word[:1].isalpha()), "")


def _add(label_id: str, texts: LabelTexts, author: str) -> None:
    """Add the label and say so, or what keeps it out."""
    try:
        added = add_label(data.workspace(), label_id, texts, author=author)
    except AppError as error:
        st.error(plain(message(error)), icon=":material/error:")
        return
    label = plain(added.label.id)
    st.success(t("{label} is in the tree; documents are looked through for it.", label=label))
    if added.job_id is not None:
        st.page_link("pages/jobs.py", label=t("See the job"), query_params=address.link(ID=added.job_id))
