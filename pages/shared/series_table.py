"""A series as a table and as CSV."""

import pandas as pd
import streamlit as st

from core.domain.filters import Filter
from core.services.documents import as_csv
from core.services.trends import Series
from pages.shared import data, state
from pages.shared.text import bin_name, label_name, t


def table(series: Series) -> pd.DataFrame:
    """Return one row a label and bin, columns named in the reader's language."""
    frame, taxonomy = series.frame, data.workspace().taxonomy
    return pd.DataFrame(
        {
            t("Label"): [label_name(taxonomy, label) for label in frame["label_id"]],
            t("Period"): [bin_name(start, series.grain) for start in frame["start"]],
            t("Stories"): frame["n"],
            t("All stories"): frame["total"],
            t("Share"): frame["share"],
            t("Interval from"): frame["low"],
            t("Interval to"): frame["high"],
            t("Complete"): frame["complete"],
        }
    )


def draw(series: Series, chosen: Filter) -> None:
    """Draw the table, newest period first, with its download."""
    shares = {
        name: st.column_config.NumberColumn(format="percent")
        for name in (t("Share"), t("Interval from"), t("Interval to"))
    }
    st.dataframe(table(series).iloc[::-1], hide_index=True, width="stretch", height=430, column_config=shares)
    with st.container(horizontal=True, horizontal_alignment="right"):
        download(series, chosen)


def download(series: Series, chosen: Filter) -> None:
    """Offer the series as CSV with label ids and dates as they are stored."""
    facts = {
        "model_version": series.model_version,
        "taxonomy_version": data.workspace().taxonomy.version,
        "grain": series.grain.value,
        "stories_left_out": str(series.n_left_out),
        "filter": "; ".join(f"{name}={value}" for name, value in vars(chosen).items() if value) or "none",
        "language": state.language(),
    }
    st.download_button(
        t("Download as CSV"),
        lambda: as_csv(series.frame, facts=facts),
        file_name=f"trendvane-trends-{series.grain.value}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
