"""The signal map and the bursts as tables; choosing a row shows its documents."""

import numpy as np
import pandas as pd
import streamlit as st

from core.services.documents import as_csv
from core.services.signals import Signal, SignalPaths
from pages.shared import data, label_marks, state, within
from pages.shared.text import day, label_name, t

SIGNALS, BURSTS = "signal-table", "burst-table"


def draw_signals(paths: SignalPaths) -> None:
    """Draw the map's last state, strongest first, with its download."""
    rows = paths.last.sort_values("strength", ascending=False, kind="stable")
    taxonomy, names = data.workspace().taxonomy, signal_names()
    shown = pd.DataFrame(
        {
            t("Label"): [label_name(taxonomy, label_id) for label_id in rows["label_id"]],
            t("Signal"): [names[signal] for signal in rows["signal"]],
            t("Strength"): rows["strength"],
            t("Interval from"): rows["low"],
            t("Interval to"): rows["high"],
            t("Factor a year"): np.exp(rows["momentum"].astype(float)),
            t("Factor from"): np.exp(rows["momentum_low"].astype(float)),
            t("Factor to"): np.exp(rows["momentum_high"].astype(float)),
            t("Within sources"): [within.names()[verdict] for verdict in rows["within"]],
            t("Stories"): rows["n_recent"],
            t("All stories"): rows["total"],
        }
    )
    config = {
        **{name: st.column_config.NumberColumn(format="percent") for name in shown.columns[2:5]},
        **{name: st.column_config.NumberColumn(format="×%.2f") for name in shown.columns[5:8]},
    }
    spans = _points(rows["label_id"], rows["since"], rows["end"])
    _table(shown, spans, key=SIGNALS, config=config, height=430)
    facts = {"model_version": paths.model_version, "grain": paths.grain.value, "language": state.language()}
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.download_button(
            t("Download as CSV"),
            lambda: as_csv(label_marks.with_column(paths.frame), facts=facts),
            file_name=f"trendvane-signals-{paths.grain.value}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def draw_bursts(bursts: pd.DataFrame) -> None:
    """Draw the bursts, the latest first."""
    taxonomy = data.workspace().taxonomy
    shown = pd.DataFrame(
        {
            t("Label"): [label_name(taxonomy, label_id) for label_id in bursts["label_id"]],
            t("From"): [day(start) for start in bursts["start"]],
            t("To"): [day(end) for end in bursts["end"]],
            t("Share"): bursts["n"] / bursts["total"],
            t("Otherwise"): bursts["n_before"] / bursts["total_before"].where(bursts["total_before"] > 0),
            t("Stories"): bursts["n"],
            t("All stories"): bursts["total"],
            t("Within sources"): [within.names()[verdict] or t("not checked") for verdict in bursts["within"]],
            t("Level"): bursts["level"],
        }
    )
    config = {name: st.column_config.NumberColumn(format="percent") for name in shown.columns[3:5]}
    _table(shown, _points(bursts["label_id"], bursts["start"], bursts["end"]), key=BURSTS, config=config, height=320)


def _points(label_ids: pd.Series, firsts: pd.Series, lasts: pd.Series) -> list[str]:
    return [f"{label_id}|{first}|{last}" for label_id, first, last in zip(label_ids, firsts, lasts, strict=True)]


def _table(shown: pd.DataFrame, points: list[str], *, key: str, config: dict[str, object], height: int) -> None:
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=height,
        column_config=config,
        key=key,
        on_select=lambda: state.select_row(key, points),
        selection_mode="single-row",
    )


def signal_names() -> dict[str, str]:
    """Return the words for what a label is to a watcher of trends."""
    return {
        Signal.STRONG: t("strong"),
        Signal.RISING: t("rising"),
        Signal.FADING: t("fading"),
        Signal.STEADY: t("steady"),
        Signal.NOISE: t("too few stories"),
    }
