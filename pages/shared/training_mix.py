"""Choosing what a training learns from."""

from dataclasses import replace

import streamlit as st

from core.services import training_jobs
from core.services.training_data import DataReport, Mix
from core.services.training_jobs import BUNDLED, CORRECTIONS, SET
from pages.shared import address, data, state, training_data
from pages.shared.text import t


def draw() -> tuple[Mix, DataReport]:
    """Draw the choice of sources, what is in them and the way in for more; return the mix with its report."""
    sources = training_jobs.mix_sources(data.workspace())
    chosen = st.pills(
        t("Sources"),
        sources,
        selection_mode="multi",
        format_func=source_name,
        help=t("Choose several. Where two say different things of a text, corrections win over imported sets."),
        **state.bound(address.MIX, options=sources, default=[CORRECTIONS, BUNDLED], multiple=True),
    )
    mix = training_jobs.parse_mix(data.workspace(), chosen or [CORRECTIONS, BUNDLED])
    if mix.bundled:
        mix = replace(mix, bundled_most=_most())
    with st.spinner(t("Looking through the texts …")):
        report = data.training_report(mix)
    training_data.draw_report(report)
    training_data.draw_sets()
    return mix, report


def _most() -> int | None:
    """Draw how many of the bundled texts are taken; None: all of them."""
    most = st.number_input(
        t("Bundled texts at most"),
        value=None,
        min_value=1,
        step=100,
        placeholder=t("all of them"),
        width=260,
        help=t("The same ones each time: the fewer, the more your own texts count."),
        **state.bound(address.MOST),
    )
    return None if most is None else int(most)


def source_name(source: str) -> str:
    """Return the name of a source of labelled texts."""
    names = {CORRECTIONS: t("Corrections"), BUNDLED: t("Bundled texts")}
    return names.get(source) or t("Set: {name}", name=source.removeprefix(SET))
