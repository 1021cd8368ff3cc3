"""What can be said of all documents of an import at once."""

import streamlit as st

from core.domain.documents import ReadOptions
from pages.shared.text import language_name, t

LANGS = ("", "en", "zh")


def draw() -> ReadOptions:
    """Draw what can be said of all documents at once, and return it."""
    langs = {code: language_name(code) if code else t("recognise") for code in LANGS}
    with st.expander(t("Source, jurisdiction and language (optional)")):
        source, place, lang = st.columns(3)
        return ReadOptions(
            source=source.text_input(t("Source"), placeholder=t("as stated in the file")).strip(),
            jurisdiction=place.text_input(t("Jurisdiction"), placeholder=t("e.g. CN, US, EU")).strip(),
            lang=lang.selectbox(t("Language of the text"), LANGS, format_func=langs.__getitem__),
        )
