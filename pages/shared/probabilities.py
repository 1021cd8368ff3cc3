"""A text's label probabilities against the thresholds that they have to reach."""

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from core import charts
from pages.shared import data, state
from pages.shared.chart_words import chart_text
from pages.shared.text import label_names, t


def draw(
    probabilities: Mapping[str, float],
    thresholds: Mapping[str, float],
    *,
    held: Collection[str],
    by_human: Collection[str] = (),
) -> None:
    """Draw the labels that hold, those nearest to it, and those that a human decided on."""
    rows = [
        (label, p, thresholds[label], label in held, label in by_human)
        for label, p in probabilities.items()
        if label in thresholds
    ]
    frame = pd.DataFrame(rows, columns=["label_id", "probability", "threshold", "tagged", "human"])
    names = label_names(data.workspace().taxonomy)
    figure = charts.label_probabilities(frame, names=names, text=chart_text(), dark=state.is_dark(), most=10)
    figure.update_xaxes(tickangle=0, tickvals=[0, 0.5, 1])  # the column is narrow
    st.plotly_chart(figure, theme=None, config={"displayModeBar": False}, key="probabilities")
    st.caption(t("A label holds where its bar and that of its dimension reach their marks."))
    if by_human:
        st.caption(t("✓ and ✕: a human decided, whatever the bar says."))
