"""The texts that a version and the champion decide differently about, with ways into the reader."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.services import disagreements
from core.services.disagreements import Disagreements
from pages.shared import address, data, failures, widgets
from pages.shared.text import label_path, number, t


def draw(version: str) -> None:
    """Draw where a measured version and the champion differ, on labelled texts and on documents."""
    st.subheader(t("Where they differ"))
    draw_disagreements(t("Labelled texts"), data.disagreements_on_test(version))
    draw_documents(version)


def draw_documents(version: str) -> None:
    """Draw where both differ on the user's documents, or the way to it where the candidate has to tag some first."""
    if n_left := disagreements.count_untagged(data.workspace(), version):
        if not st.button(
            t("Compare on {n} of your documents", n=number(n_left)),
            icon=":material/description:",
            help=t("This version tags them for the comparison alone; they count in no chart."),
        ):
            return
        with failures.shown():
            widgets.with_bar(lambda tell: disagreements.on_documents(data.workspace(), version, on_progress=tell))
            st.rerun()
    draw_disagreements(t("Your documents"), data.disagreements_on_documents(version))


def draw_disagreements(where: str, found: Disagreements) -> None:
    """Draw the texts that both decide differently about, the strongest difference first, with ways into the reader."""
    counts = {"n": number(found.n_differing), "total": number(found.n), "where": where}
    st.markdown(t("{where}: {n} of {total} get other labels", **counts))
    if found.frame.empty:
        return
    taxonomy, frame = data.workspace().taxonomy, found.frame
    truth = {True: t("yes"), False: t("no")}
    columns = {
        t("Text"): frame["text"],
        t("Label"): [label_path(taxonomy, label) for label in frame["label_id"]],
        t("Champion"): frame["champion"],
        t("This version"): frame["candidate"],
        t("Labels that differ"): frame["n_labels"],
    }
    if frame["true"].notna().any():
        columns[t("Label holds")] = [truth.get(value, "") for value in frame["true"]]
    if frame["document_id"].notna().any():
        columns[t("Open")] = [reader_address(row["document_id"], row["label_id"]) for row in frame.to_dict("records")]
    shares = dict.fromkeys((t("Champion"), t("This version")), st.column_config.NumberColumn(format="percent"))
    link = {t("Open"): st.column_config.LinkColumn(display_text=t("Open"))}
    st.dataframe(pd.DataFrame(columns), hide_index=True, width="stretch", height=320, column_config={**shares, **link})


def reader_address(document_id: int, label: str) -> str:
    """Return the address of a document in the reader, with the passages that speak for a label if one is given."""
    return "documents?" + urlencode(address.link(ID=document_id, EVIDENCE=label), doseq=True)
