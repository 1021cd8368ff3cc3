"""Relations: which labels occur together, which lead, which belong to a sector or a jurisdiction."""

import streamlit as st

from pages.shared import address, cross_tables, data, leads, pairs, period, state, widgets
from pages.shared.text import t


def draw() -> None:
    """Draw the filters and the chosen one of four figures, with the documents behind what was clicked."""
    st.title(t("Relations"))
    if data.period() is None:
        widgets.nothing_tagged()
        return
    names = {
        "together": t("Together"),
        "leads": t("Who leads"),
        "sectors": t("Sectors"),
        "places": t("Jurisdictions"),
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        section = widgets.choice(t("Show"), address.VIEW, names)
        widgets.fact_filters()
        asked = address.read_filter()
        chosen = period.settled(asked)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        period.hint(asked, chosen)
    figures = {
        "together": pairs.draw,
        "leads": leads.draw,
        "sectors": cross_tables.draw_sectors,
        "places": cross_tables.draw_places,
    }
    figures[section](chosen)


if __name__ == "__main__":
    state.through_app(draw)
