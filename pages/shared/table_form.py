"""Confirming which column of a table holds what: the guess beside the first rows, to be corrected."""

from typing import BinaryIO

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.services import imports
from core.services.imports import StagedFile
from pages.shared import data
from pages.shared.text import t

N_ROWS = 5
FIELDS = ("text", "title", "date", "lang", "source", "url", "jurisdiction", "id")


def field_name(field: str) -> str:
    """Return the name of what a column can hold."""
    return {
        "text": t("Text"),
        "title": t("Title"),
        "date": t("Date"),
        "lang": t("Language of the text"),
        "source": t("Source"),
        "url": t("Address"),
        "jurisdiction": t("Jurisdiction"),
        "id": t("Own number"),
    }[field]


def stage(name: str, content: BinaryIO) -> StagedFile:
    """Write an uploaded table to the data directory; raise InputError where it is refused."""
    staged = imports.stage_uploads(data.workspace(), [imports.Upload(name, content)])
    for _name, reason in staged.refused:
        raise InputError(reason.message, **reason.params)
    return staged.files[0]


def draw(staged: StagedFile) -> dict[str, str]:
    """Draw the first rows and a choice of column for each field; return field to column for those chosen."""
    preview = imports.preview_table(data.workspace(), staged)
    st.caption(t("The first rows of the table:"))
    st.dataframe(pd.DataFrame(preview.rows[:N_ROWS], columns=preview.columns), hide_index=True, width="stretch")
    st.markdown(t("**Which column holds what?** Guessed from names and contents; correct it where it is wrong."))
    chosen = {}
    for place, field in enumerate(FIELDS):
        if place % 4 == 0:
            row = st.columns(4)
        guess = preview.guess.get(field)
        chosen[field] = row[place % 4].selectbox(
            field_name(field),
            preview.columns,
            index=preview.columns.index(guess) if guess in preview.columns else None,
            placeholder=t("none"),
            key=f"column-{staged.path}-{field}",
        )
    if not chosen["text"]:
        st.info(t("Without a text column, the text of a row is made of its other columns."))
        if preview.composed:
            st.text(preview.example)
    return {field: column for field, column in chosen.items() if column}
