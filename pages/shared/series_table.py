"""A series as a table and as CSV."""

import pandas as pd
import streamlit as st

from core.domain.filters import Filter
from core.services.documents import as_csv
from core.services.shares import Shares
from pages.shared import data, label_marks, lines, state
from pages.shared.text import bin_name, t


def table(series: Shares) -> pd.DataFrame:
    """Return one row a line and bin, columns named in the reader's language."""
    frame, names = series.frame, lines.full_names(series)
    return pd.DataFrame(
        {
            t("Label"): [names[line_id] for line_id in frame["label_id"]],
            t("Period"): [bin_name(start, series.grain) for start in frame["start"]],
            t("Stories"): frame["n"],
            t("All stories"): frame["total"],
            t("Counted share"): frame["counted"],
            t("Share"): frame["share"],
            t("Interval from"): frame["low"],
            t("Interval to"): frame["high"],
            t("Complete"): frame["complete"],
        }
    )


def draw(series: Shares) -> None:
    """Draw the table, newest period first; the page offers its download."""
    shares = {
        name: st.column_config.NumberColumn(format="percent")
        for name in (t("Counted share"), t("Share"), t("Interval from"), t("Interval to"))
    }
    st.dataframe(table(series).iloc[::-1], hide_index=True, width="stretch", height=430, column_config=shares)


def download(series: Shares, chosen: Filter) -> None:
    """Offer the series as CSV with label ids and dates as they are stored."""
    of_lines = series.frame["label_id"].map({line_id: line.label_id for line_id, line in series.lines.items()})
    marks = {label_marks.COLUMN: label_marks.column(of_lines)}
    facts = {
        "model_version": series.model_version,
        "taxonomy_version": data.workspace().taxonomy.version,
        "grain": series.grain.value,
        "stories_left_out": str(series.n_left_out),
        "adjustment": "; ".join(f"{name}={value}" for name, value in vars(series.adjustment).items()),
        "lines": "; ".join(f"{id_}={line.label_id} {line.value}".strip() for id_, line in series.lines.items()),
        "filter": "; ".join(f"{name}={value}" for name, value in vars(chosen).items() if value) or "none",
        "language": state.language(),
    }
    st.download_button(
        t("Download as CSV"),
        lambda: as_csv(series.frame.assign(**marks), facts=facts),
        file_name=f"trendvane-trends-{series.grain.value}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
