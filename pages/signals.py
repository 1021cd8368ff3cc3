"""Signals: which labels are small and rising, which large and fading, how they came there, and bursts."""

import pandas as pd
import streamlit as st

from core import charts
from core.domain.taxonomy import LabelKind
from core.services.mix import Verdict, surest_first
from core.services.signals import KINDS, N_RECENT, SignalPaths
from pages.shared import (
    address,
    data,
    findings,
    label_marks,
    markup,
    period,
    point_documents,
    reading,
    signal_tables,
    state,
    widgets,
    within,
)
from pages.shared.chart_words import chart_text
from pages.shared.text import bin_name, joined, label_name, label_names, number, percent, plain, t

CHART = "signal-map"


def draw() -> None:
    """Draw filters, the map, its table, bursts, and the documents of what was clicked."""
    st.title(t("Signals"))
    if data.period() is None:
        widgets.nothing_tagged()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        widgets.fact_filters()
        chosen = period.settled(address.read_filter())
        grain = widgets.grain_picker(findings.GRAINS, data.suggested_grain(chosen))
        kinds = kind_picker()
    paths = data.list_signals(grain=grain, chosen=chosen, kinds=kinds)
    if paths is None:
        widgets.empty(t("No complete period with stories"), t("Take a filter away or choose a narrower period width."))
        return
    draw_map(paths)
    signal_tables.draw_signals(paths)
    st.subheader(t("Bursts"))
    bursts = data.list_bursts(grain=grain, chosen=chosen, kinds=kinds)
    if bursts.empty:
        st.caption(t("No label had a burst in these stories."))
    else:
        st.caption(
            t("Periods that are at least 150 times likelier at twice a label's usual share than at the usual one.")
        )
        signal_tables.draw_bursts(bursts)
    point_documents.draw_span(grain, chosen)


def kind_picker() -> tuple[LabelKind, ...]:
    """Draw the choice of which labels are placed."""
    names = {"all": t("All"), "aspect": t("Aspects"), "topic": t("Topics"), "sector": t("Sectors")}
    kind = widgets.choice(t("Labels"), address.KIND, names)
    return KINDS if kind == "all" else (LabelKind(kind),)


def draw_map(paths: SignalPaths) -> None:
    """Draw the map, what it says, and how it is computed."""
    names = label_names(data.workspace().taxonomy)
    st.plotly_chart(
        charts.signal_map(paths.frame, names=names, text=chart_text(), dark=state.is_dark()),
        theme=None,
        key=CHART,
        alt=t("Labels placed by their share and by how fast it moves; the table below holds the same figures."),
        on_select=lambda: state.select_point(CHART, n_parts=3),
        selection_mode="points",
        config=widgets.chart_config("trendvane-signals"),
    )
    st.html(markup.reading(said(paths)))
    for note in label_marks.notes(set(paths.last["label_id"])):
        st.caption(note)
    with st.popover(t("How is this computed?"), icon=":material/calculate:"):
        for sentence in how():
            st.markdown(f"- {plain(sentence)}")


def said(paths: SignalPaths) -> str:
    """Return what the map shows in two sentences of measured facts."""
    now = paths.last
    moving = now[now["significant"] & now["momentum"].notna()].sort_values("p_value", kind="stable")
    counts = {
        "n": number(len(now)),
        "n_rising": number(int((moving["momentum"] > 0).sum())),
        "n_fading": number(int((moving["momentum"] < 0).sum())),
        "n_noise": number(int((now["signal"] == "noise").sum())),
        "period": bin_name(now["start"].iloc[0], paths.grain),
    }
    parts = [
        t(
            "Up to {period}, of {n} labels {n_rising} rise and {n_fading} fade clearly; {n_noise} have too few recent "
            "stories to be placed.",
            **counts,
        )
    ]
    parts += _surest(now, moving)
    return joined(
        [*parts, *within.of_several(int(moving["within"].isin([Verdict.NOT_WITHIN, Verdict.NO_COMMON]).sum()))]
    )


def _surest(now: pd.DataFrame, moving: pd.DataFrame) -> list[str]:
    """Return what moves most surely, or what is largest where nothing moves."""
    if moving.empty and now["strength"].isna().all():
        return []
    row = now.loc[now["strength"].idxmax()] if moving.empty else surest_first(moving).iloc[0]
    figures = {
        "label": label_name(data.workspace().taxonomy, row["label_id"]),
        "share": percent(row["strength"]),
        "n": number(int(row["n_recent"])),
        "total": number(int(row["total"])),
    }
    if moving.empty:
        return [t("The largest is {label} with {share} ({n} of the last {total} stories).", **figures)]
    moved = t(
        "The surest is {label}, {factor} a year ({n} of the last {total} stories).",
        factor=reading.factor(row["momentum"]),
        **figures,
    )
    return [moved]


def how() -> list[str]:
    """Return how the map is computed."""
    return [
        t(
            "Strength: share of the counted stories of the last {n} complete periods; from 5% on a label is large.",
            n=N_RECENT,
        ),
        t("Momentum: binomial regression over the last twelve complete periods, allowing for scatter."),
        t("A filled mark moves clearly: a false discovery rate of 5% over all labels of the choice."),
        t(
            "Within sources: whether the odds in the last third of those periods differ from the first third within "
            "the same source and language (Mantel-Haenszel, 95% interval)."
        ),
        t("Each step of the playback knows of no later story; the grey line is the way of the last five periods."),
    ]


if __name__ == "__main__":
    state.through_app(draw)
