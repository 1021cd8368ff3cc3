"""Corrected documents as labelled examples to take away."""

from functools import partial

import streamlit as st

from core.services import label_export
from core.services.workspace import revision
from pages.shared import data
from pages.shared.text import number, t


def draw() -> None:
    """Offer the corrected documents of the whole corpus as labelled examples, where there are any."""
    n = data.count_annotated()
    if not n:
        return
    workspace = data.workspace()
    name = f"trendvane-examples-revision-{revision(workspace)}"
    with st.popover(t("Labelled examples ({n})", n=number(n)), icon=":material/school:"):
        st.caption(t("All documents that somebody has corrected, with their labels after corrections: for training."))
        for form, export, mime in (
            ("jsonl", label_export.export_examples_jsonl, "application/jsonl"),
            ("csv", label_export.export_examples_csv, "text/csv"),
        ):
            st.download_button(
                t("Download as {format}", format=form.upper()),
                partial(export, workspace),
                file_name=f"{name}.{form}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"examples-{form}",
            )
