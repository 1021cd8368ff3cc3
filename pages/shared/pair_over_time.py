"""The association of two labels, bin by bin."""

from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from pages.shared import data, figure_foot, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import bin_name, label_name, t

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


def draw(row: Any, sentence: str, chosen: Filter) -> None:
    """Draw the pair's association over time under its sentence."""
    taxonomy = data.workspace().taxonomy
    first, second = row.first, row.second
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        names = [label_name(taxonomy, label) for label in (first, second)]
        st.subheader(t("“{first}” and “{second}” over time", first=names[0], second=names[1]))
        grain = widgets.grain_picker(GRAINS, Grain.YEAR, label_visibility="collapsed")
    frame = data.relation_over_time(first, second, grain=grain, chosen=chosen)
    frame = frame.assign(end=[grain.last_day(start) for start in frame["start"]])
    figure = charts.association_over_time(frame, label_id=first, text=chart_text(), dark=state.is_dark())
    st.plotly_chart(figure, theme=None, config=widgets.chart_config("trendvane-pair"), key="pair-over-time")
    facts = {"first": first, "second": second, "grain": grain.value}
    table = figure_foot.FigureTable(_shown(frame, grain), frame, "pair", chosen, facts=facts)
    figure_foot.draw([sentence, *_readings(frame, grain)], _method(), table)


def _readings(frame: pd.DataFrame, grain: Grain) -> list[str]:
    """Say whether the first and the last bin with enough stories differ for sure: their intervals do not meet."""
    kept = frame[frame["enough"]]
    if len(kept) < 2:
        return [t("Fewer than two periods hold enough stories to see a movement; choose a longer period width.")]
    before, now = kept.iloc[0], kept.iloc[-1]
    facts = {
        "before": f"{before['npmi']:+.2f}",
        "first": bin_name(before["start"], grain),
        "now": f"{now['npmi']:+.2f}",
        "last": bin_name(now["start"], grain),
    }
    if before["high"] < now["low"]:
        return [t("The tie grew from {before} ({first}) to {now} ({last}).").format(**facts)]
    if now["high"] < before["low"]:
        return [t("The tie loosened from {before} ({first}) to {now} ({last}).").format(**facts)]
    return [
        t("From {before} ({first}) to {now} ({last}): the intervals overlap, so this may be chance.").format(**facts)
    ]


def _method() -> list[str]:
    return [
        t(
            "NPMI of the two labels over the stories of each period that carry any label, with its 95% interval; "
            "periods in which fewer than five stories have both, or would by chance, are left blank."
        )
    ]


def _shown(frame: pd.DataFrame, grain: Grain) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("Period"): [bin_name(start, grain) for start in frame["start"]],
            t("Stories with both"): frame["n"],
            t("All stories"): frame["total"],
            "NPMI": frame["npmi"].round(2),
            t("Interval from"): frame["low"].round(2),
            t("Interval to"): frame["high"].round(2),
            t("Enough stories"): frame["enough"],
        }
    )
