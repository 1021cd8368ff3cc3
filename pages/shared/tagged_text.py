"""What the model says of a text that is not stored."""

import streamlit as st

from core.services.tagging import tag_text
from pages.shared import data, markup, probabilities
from pages.shared.text import language_name, model_name, number, plain, t


def draw(text: str, title: str) -> None:
    """Tag a text and draw its labels and their probabilities."""
    workspace = data.workspace()
    with st.spinner(t("Tagging; the first time, the model is loaded …")):
        found = tag_text(workspace, text, title=title)
    with st.container(border=True, key="tagged-text"):
        st.html(markup.chips(workspace.taxonomy, found.labels))
        probabilities.draw(found.probabilities, workspace.champion().thresholds, held=found.labels)
        st.caption(
            t(
                "{model}, {lang}, {seconds} s. Nothing was saved.",
                model=plain(model_name(found.model_version)),
                lang=language_name(found.lang),
                seconds=number(round(found.seconds, 2)),
            )
        )
