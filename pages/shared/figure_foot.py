"""What stands beneath a figure: its reading in plain sentences, how it is computed, its table and the download."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.filters import Filter
from core.services.documents import as_csv
from pages.shared import data, label_marks, markup, state
from pages.shared.text import joined, model_name, plain, t


@dataclass(frozen=True)
class FigureTable:
    """A figure's numbers: as shown (columns in the reader's language), as exported, and where they come from."""

    shown: pd.DataFrame
    exported: pd.DataFrame
    name: str
    """Of the file, without ending; also tells the figures of a page apart."""
    chosen: Filter
    percents: Sequence[str] = ()
    """Columns shown as percentages."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the figure, for the export."""


def draw(readings: Sequence[str], method: Sequence[str], table: FigureTable) -> None:
    """Draw the readings, then the ways to the method, the table and the file."""
    if readings:
        st.html(markup.findings(readings))
    for note in label_marks.notes_of(table.exported):
        st.caption(note)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.popover(t("How is this computed?"), icon=":material/function:", key=f"method-{table.name}"):
            for sentence in method:
                st.markdown(sentence)
            model, tree = plain(model_name(data.facts().model_version)), plain(data.workspace().taxonomy.version)
            st.caption(joined([t("{model}, label tree {tree}.", model=model, tree=tree)]))
        with st.popover(t("Table"), icon=":material/table:", key=f"table-{table.name}"):
            shares = {name: st.column_config.NumberColumn(format="percent") for name in table.percents}
            st.dataframe(table.shown, hide_index=True, height=360, column_config=shares, key=f"rows-{table.name}")
            download(table)


def download(table: FigureTable) -> None:
    """Offer the table as CSV with label ids and figures as they are stored."""
    facts = {
        "model_version": data.facts().model_version,
        "taxonomy_version": data.workspace().taxonomy.version,
        "data_revision": str(data.revision_number()),
        "filter": "; ".join(f"{name}={value}" for name, value in vars(table.chosen).items() if value) or "none",
        **{name: str(value) for name, value in table.facts.items()},
        "language": state.language(),
    }
    st.download_button(
        t("Download as CSV"),
        lambda: as_csv(label_marks.with_column(table.exported), facts=facts),
        file_name=f"trendvane-{table.name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{table.name}",
    )
