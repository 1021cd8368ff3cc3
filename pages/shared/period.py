"""The period that a chart shows where none was asked for: without a long beginning of hardly any stories."""

from dataclasses import replace

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import Filter
from pages.shared import address, data, markup
from pages.shared.text import bin_name, t


def settled(chosen: Filter) -> Filter:
    """Return the filter with a first day where no period was asked for and most of the whole one is nearly empty."""
    if chosen.first or chosen.last:
        return chosen
    return replace(chosen, first=data.main_beginning(chosen))


def hint(chosen: Filter, shown: Filter) -> None:
    """Say where a beginning is left out, with the way to all of it; what follows in a row stands at its right end."""
    whole = data.period()
    if shown.first is None or shown.first == chosen.first or whole is None:
        st.space("stretch")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="period-hint"):
        words = t(
            "From {day}: fewer than {share} of the stories are older.",
            day=bin_name(shown.first, Grain.MONTH),
            share="2%",
        )
        st.html(markup.facts_line([words]), width="content")
        st.button(t("Show all dates"), type="tertiary", on_click=address.FIRST.set, args=(whole[0],))
