"""New terms: what stories say now and did not say before, and groups of stories that no label describes."""

import streamlit as st

from pages.shared import address, data, new_terms, period, state, topic_proposals, widgets
from pages.shared.text import t


def draw() -> None:
    """Draw the filters and the chosen one of terms and proposals."""
    st.title(t("New terms"))
    if data.period() is None:
        widgets.nothing_tagged()
        return
    names = {"terms": t("Terms"), "topics": t("Topic proposals")}
    labels = widgets.label_picker(t("Only in stories with any of these labels"), [])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        section = widgets.choice(t("Show"), address.VIEW, names)
        if section == "terms":
            since = new_terms.since_input()
        widgets.fact_filters()
        asked = address.read_filter()
        chosen = period.settled(asked)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        period.hint(asked, chosen)
    if section == "terms":
        new_terms.draw(labels, chosen, since)
    else:
        topic_proposals.draw(labels, chosen)


if __name__ == "__main__":
    state.through_app(draw)
