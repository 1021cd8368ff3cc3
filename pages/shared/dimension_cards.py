"""The three dimensions at a glance: share and change of each, and the curves of their aspects."""

import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.domain.taxonomy import Label, LabelKind
from core.trends.movement import Movement
from pages.shared import address, data, findings, period, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import label_names, percent, points, t


def draw(movement: Movement | None, grain: Grain) -> None:
    """Draw each dimension's share with its change, and below them the curves of all three with their aspects."""
    taxonomy = data.workspace().taxonomy
    dimensions = taxonomy.of_kind(LabelKind.DIMENSION)
    st.subheader(t("The three dimensions"))
    with st.container(key="dimensions"):
        for column, label in zip(st.columns(len(dimensions)), dimensions, strict=True):
            with column, st.container(border=True, horizontal=True, vertical_alignment="bottom"):
                _card(label, movement)
    shown = [label.id for top in dimensions for label in (top, *taxonomy.children(top.id))]
    series = data.share_over_time(shown, grain=grain, chosen=period.settled(Filter()))
    figure = charts.dimension_shares(series.frame, names=label_names(taxonomy), text=chart_text(), dark=state.is_dark())
    st.plotly_chart(figure, theme=None, config=widgets.chart_config("trendvane-dimensions"), key="dimension-shares")


def _card(label: Label, movement: Movement | None) -> None:
    """Draw one dimension: its share in the compared bin, the change, and the way to its aspects."""
    row = findings.of_label(movement, label.id)
    st.metric(
        label.name(state.language()),
        percent(row.share) if row is not None else "–",
        t("{points} points", points=points(row.change)) if row is not None else None,
        delta_color="off",
        delta_arrow="off",
        width="stretch",
    )
    aspects = [child.id for child in data.workspace().taxonomy.children(label.id)]
    query = address.link(LABELS=aspects)
    st.page_link("pages/trends.py", label=t("Its aspects"), icon=":material/show_chart:", query_params=query)
