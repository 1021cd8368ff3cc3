"""Correcting labels: what a human says of a document or of one of its passages, and the ways back."""

from collections.abc import Callable

import streamlit as st

from core.domain.annotations import Annotation, Verdict
from core.errors import AppError
from core.services import annotations
from core.services.documents import Reading
from pages.shared import address, data, markup, state, why
from pages.shared.label_choice import Place
from pages.shared.text import label_name, label_path, message, model_name, moment, number, plain, t


def draw(reading: Reading, place: Place, label: str) -> None:
    """Draw what can be said of the chosen label, other labels to add, who says so, and what was said before."""
    with st.container(key="corrections", gap="xsmall"):
        if label:
            draw_verdicts(reading, place, label)
        else:
            why.offer(reading, place, label)
        draw_addition(place)
        with st.container(horizontal=True, gap="xsmall"):
            draw_author()
            if reading.annotations:
                draw_history(reading)
            draw_undo(reading)


def draw_verdicts(reading: Reading, place: Place, label: str) -> None:
    """Draw the two words on a label, and the way to say of the document what was said of its passage."""
    labelling, removed = place.labelling, label in place.labelling.removed
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            t("Restore") if removed else t("Confirm"),
            icon=":material/check:",
            key="confirm",
            shortcut="Y",
            help=t("This label is right; then the next one is chosen."),
            disabled=label in labelling.human,
            on_click=judge,
            args=(place, label, Verdict.PRESENT),
        )
        st.button(
            t("Remove"),
            icon=":material/close:",
            key="remove",
            shortcut="N",
            help=t("This label is wrong, and so are those below it; then the next one is chosen."),
            disabled=removed,
            on_click=judge,
            args=(place, label, Verdict.ABSENT),
        )
        if place.passage is not None and label in labelling.human and label not in reading.labelling.labels:
            st.button(
                t("Add to the document"),
                icon=":material/note_add:",
                key="promote",
                help=t("So far, this label holds for the passage alone."),
                on_click=record,
                args=(Place(reading.id, None, reading.labelling, {}), label, Verdict.PRESENT),
            )
        why.offer(reading, place, label)


def draw_undo(reading: Reading) -> None:
    """Draw the way back from the last correction of this person."""
    own = [a for a in reading.annotations if a.author == state.author() and a.revoked_at is None]
    st.button(
        t("Undo"),
        icon=":material/undo:",
        key="undo",
        shortcut="U",
        help=t("Undo your last correction of this document."),
        disabled=not own,
        on_click=undo,
        args=(lambda: annotations.undo_last_annotation(data.workspace(), reading.id, author=state.author()),),
    )


def draw_addition(place: Place) -> None:
    """Draw the choice of a label to add, over the whole tree but what holds already."""
    taxonomy = data.workspace().taxonomy
    options = [label.id for label in taxonomy.labels if label.id not in place.labelling.labels]
    st.selectbox(
        t("Add a label"),
        options,
        index=None,
        placeholder=t("Add a label"),
        label_visibility="collapsed",
        format_func=lambda label_id: label_path(taxonomy, label_id),
        **state.picker(
            f"add:{place.document_id}:{place.passage}", lambda label_id: record(place, label_id, Verdict.PRESENT)
        ),
    )


def draw_author() -> None:
    """Draw the name that corrections are kept under, and the way to change it."""
    name = " ".join(state.author().split())
    with st.popover(name or t("Your name"), icon=":material/person:"):
        st.text_input(t("Your name"), max_chars=60, help=t("Corrections are kept with it."), **state.author_input())


def draw_history(reading: Reading) -> None:
    """List what was said of a document, latest first, each with its way back."""
    with st.popover(t("History ({n})", n=number(len(reading.annotations))), icon=":material/history:"):
        for said in reversed(reading.annotations):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(markup.history_line(history_facts(said), revoked=said.revoked_at is not None), width="stretch")
                if said.revoked_at is None:
                    st.button(
                        t("Undo"),
                        key=f"revoke-{said.id}",
                        type="tertiary",
                        on_click=undo,
                        args=(lambda id_=said.id: annotations.revoke_annotation(data.workspace(), id_),),
                    )


def history_facts(said: Annotation) -> list[str]:
    """Return what was said, of what, by whom, when, and over which model."""
    sign = "✓" if said.verdict is Verdict.PRESENT else "✕"
    over = (
        t("over {model}", model=model_name(said.model_version_id)) if said.model_version_id else t("before any model")
    )
    return [
        f"{sign} {label_name(data.workspace().taxonomy, said.label_id)}",
        t("passage {n}", n=number(said.passage + 1)) if said.passage is not None else "",
        said.author,
        moment(said.created_at),
        over,
        t("undone {moment}", moment=moment(said.revoked_at)) if said.revoked_at else "",
    ]


def judge(place: Place, label: str, verdict: Verdict) -> None:
    """Record a word on the chosen label and choose the next one that no human has judged."""
    taxonomy, options, here = data.workspace().taxonomy, place.options, place.options.index(label)
    judged = taxonomy.with_parents if verdict is Verdict.PRESENT else taxonomy.with_descendants
    done = {*place.labelling.human, *place.labelling.removed, *judged([label])}
    following = [option for option in (*options[here:], *options[:here]) if option not in done]
    if record(place, label, verdict) and following:
        address.EVIDENCE.set(following[0])


def record(place: Place, label: str, verdict: Verdict) -> bool:
    """Record a word on a label and say so; return whether it could be recorded."""

    def act() -> str:
        annotations.record_annotation(
            data.workspace(), place.document_id, label, verdict, author=state.author(), passage=place.passage
        )
        name = plain(label_name(data.workspace().taxonomy, label))
        if verdict is Verdict.ABSENT:
            return t("Removed: {label}", label=name)
        if label in place.labelling.labels:
            return t("Confirmed: {label}", label=name)
        return t("Added: {label}", label=name)

    return _told(act)


def undo(revoke: Callable[[], Annotation]) -> None:
    """Take a correction back and say so."""
    _told(lambda: t("Undone: {label}", label=plain(label_name(data.workspace().taxonomy, revoke().label_id))))


def _told(act: Callable[[], str]) -> bool:
    """Show what an action says of itself, or why it could not be done; return whether it was."""
    try:
        st.toast(act(), icon=":material/check_circle:")
    except AppError as error:  # a callback runs before the page, outside the place where errors become words
        st.toast(plain(message(error)), icon=":material/error:", duration="long")
        return False
    return True
