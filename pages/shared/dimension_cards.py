"""The three dimensions at a glance: share, change and curve of each."""

import pandas as pd
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import Label, LabelKind
from core.trends.movement import Movement
from pages.shared import data, findings, state
from pages.shared.text import percent, points, t


def draw(movement: Movement | None, grain: Grain) -> None:
    """Draw each dimension's share with its curve."""
    taxonomy = data.workspace().taxonomy
    dimensions = taxonomy.of_kind(LabelKind.DIMENSION)
    series = data.share_over_time([label.id for label in dimensions], grain=grain, chosen=Filter())
    st.subheader(t("The three dimensions"))
    with st.container(key="dimensions"):
        for column, label in zip(st.columns(len(dimensions)), dimensions, strict=True):
            with column, st.container(border=True):
                _card(label, series.frame[series.frame["label_id"] == label.id], movement)


def _card(label: Label, frame: pd.DataFrame, movement: Movement | None) -> None:
    """Draw one dimension: its share in the compared bin, the change, its curve and the way to its aspects."""
    taxonomy = data.workspace().taxonomy
    row = findings.of_label(movement, label.id)
    st.metric(
        label.name(state.language()),
        percent(row.share) if row is not None else "–",
        t("{points} points", points=points(row.change)) if row is not None else None,
        delta_color="off",
        delta_arrow="off",
    )
    st.plotly_chart(
        charts.sparkline(frame, dark=state.is_dark()),
        theme=None,
        config={"staticPlot": True, "displayModeBar": False},
        key=f"sparkline-{label.id}",
    )
    aspects = [child.id for child in taxonomy.children(label.id)]
    query = state.link(LABELS=aspects)
    st.page_link("pages/trends.py", label=t("Its aspects"), icon=":material/show_chart:", query_params=query)
