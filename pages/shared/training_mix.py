"""Choosing what a training learns from, with what is in it."""

from collections.abc import Sequence

import streamlit as st

from core.services import training_jobs
from core.services.training_data import FEW_EXAMPLES, DataReport, Mix
from core.services.training_jobs import BUNDLED, CORRECTIONS, SET
from pages.shared import address, data, state
from pages.shared.text import label_path, message, number, plain, t


def draw() -> tuple[Mix, DataReport]:
    """Draw the choice of sources and what is in them; return both."""
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
    with st.spinner(t("Looking through the texts …")):
        report = data.training_report(mix)
    draw_report(report)
    return mix, report


def source_name(source: str) -> str:
    """Return the name of a source of labelled texts."""
    names = {CORRECTIONS: t("Corrections"), BUNDLED: t("Bundled texts")}
    return names.get(source) or t("Set: {name}", name=source.removeprefix(SET))


def draw_report(report: DataReport) -> None:
    """Draw how many texts there are, what keeps them from being learnt from, and which labels have too few."""
    st.caption(t("Texts: {n}", n=number(report.n)))
    for problem in report.problems:
        st.error(plain(message(problem)), icon=":material/error:")
    if not report.problems:
        _labels(t("Labels without a text to learn from: {n}", n=number(len(report.untaught))), report.untaught)
        _labels(t("Labels with fewer than {few}: {n}", few=FEW_EXAMPLES, n=number(len(report.few))), report.few)


def _labels(said: str, label_ids: Sequence[str]) -> None:
    taxonomy = data.workspace().taxonomy
    if label_ids:
        with st.expander(said, icon=":material/warning:"):
            st.markdown("\n".join(f"- {plain(label_path(taxonomy, label_id))}" for label_id in label_ids))
