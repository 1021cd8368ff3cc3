"""The lines of the trends page: what is asked of them, how they are called, and the figure of each view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.outlook import Outlook
from core.services.shares import MOST_LINES, Adjustment, Shares, Smoothing, Split
from pages.shared import address, data, other_model, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import label_name, label_names, language_name, place_name, t

CORRECTED, SHARE, COUNT = "corrected", "share", "count"
LINES, PANELS, AREAS, HEAT, RANKS, TABLE = "chart", "panels", "areas", "heat", "ranks", "table"
OF_FEW = (LINES, AREAS, RANKS)
"""Views in which more than MOST_LINES lines would cover each other."""
MOST_BANDS = 3  # what core.charts draws intervals for; more fans and marks would hide each other too


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see."""

    labels: tuple[str, ...]
    grain: Grain
    chosen: Filter
    measure: str
    view: str
    split: Split | None
    adjustment: Adjustment

    @property
    def drawn(self) -> tuple[str, ...]:
        """Return the labels that the view draws."""
        return self.labels[:MOST_LINES] if self.view in OF_FEW else self.labels

    @property
    def is_plain(self) -> bool:
        """Return whether these are the counted shares of labels as lines, beside which another model's can lie."""
        return self.view == LINES and self.measure == SHARE and self.split is None and not self.adjustment.same_mix

    def read(self) -> Shares:
        """Return the lines."""
        options = {"adjustment": self.adjustment, "split": self.split}
        return data.shares_over_time(self.drawn, grain=self.grain, chosen=self.chosen, **options)

    def shows_marks(self, series: Shares) -> bool:
        """Return whether bursts and steps are drawn."""
        shown = self.view == LINES and self.measure != COUNT and series.frame["start"].nunique() > 1
        return shown and not address.NO_MARKS.read() and len(series.lines) <= MOST_BANDS

    def marks(self) -> pd.DataFrame:
        """Return the bursts and steps of the lines."""
        return data.find_marks(self.drawn, grain=self.grain, chosen=self.chosen, split=self.split)

    def forecast(self, series: Shares) -> Outlook | None:
        """Return what may come next, where it is asked for and the view can show it."""
        shown = self.view == LINES and self.measure != COUNT and len(series.lines) <= MOST_BANDS
        if not shown or not address.FORECAST.read():
            return None
        options = {"adjustment": series.adjustment, "split": self.split}
        return data.forecast_shares(self.drawn, grain=self.grain, chosen=self.chosen, **options)


def measure_picker(labels: Sequence[str], chosen: Filter) -> str:
    """Draw the choice of what is measured: at first the corrected share, where it shows that the counted one is off."""
    measures = {CORRECTED: t("Corrected share"), SHARE: t("Counted share"), COUNT: t("Count")}
    if not data.correctable(labels):
        del measures[CORRECTED]
    off = data.clearly_off(labels, chosen) and not data.mostly_learnt(chosen)
    first = CORRECTED if off else SHARE
    return widgets.choice(t("Measure"), address.MEASURE, measures, default=first)


def view_picker() -> str:
    """Draw the choice of view."""
    views = {LINES: t("Lines"), PANELS: t("Small multiples"), AREAS: t("Areas"), HEAT: t("Heat map")}
    return widgets.choice(t("Show as"), address.VIEW, views | {RANKS: t("Ranks"), TABLE: t("Table")})


def options(measure: str, view: str) -> tuple[Split | None, Adjustment]:
    """Draw the popover with what is done to the lines; return what they are split by and how they are adjusted."""
    with st.popover(t("Options"), icon=":material/tune:"):
        split = _split()
        smoothing, same_mix = Smoothing.NONE, False
        if measure != COUNT:
            st.toggle(
                t("Hold the mix of sources and languages fixed"),
                help=t("Every period is weighted as if it had the whole period's mix, so a new feed makes no trend."),
                **state.bound(address.SAME_MIX),
            )
            same_mix = address.SAME_MIX.read()
        if measure != COUNT and view == LINES:
            names = {
                Smoothing.NONE.value: t("No smoothing"),
                Smoothing.TRAILING.value: t("Mean of the last periods"),
                Smoothing.LOCAL.value: t("Local lines (look ahead)"),
            }
            smoothing = Smoothing(widgets.choice(t("Smoothing"), address.SMOOTHING, names))
            st.toggle(t("Forecast the next three periods"), **state.bound(address.FORECAST))
            st.toggle(t("Hide bursts and steps"), **state.bound(address.NO_MARKS))
            st.toggle(t("Hide the 95% interval"), **state.bound(address.NO_INTERVAL))
        if measure == SHARE and view == LINES:
            other_model.picker()
    return split, Adjustment(corrected=measure == CORRECTED, same_mix=same_mix, smoothing=smoothing)


def _split() -> Split | None:
    names = {
        Split.SOURCE.value: t("Sources"),
        Split.LANG.value: t("Languages of the text"),
        Split.JURISDICTION.value: t("Jurisdictions"),
        Split.SECTOR.value: t("Sectors"),
    }
    chosen = st.selectbox(
        t("Compare the first label across"),
        list(names),
        index=None,
        placeholder=t("Compare labels"),
        format_func=names.__getitem__,
        **state.bound(address.SPLIT, options=names),
    )
    return Split(chosen) if chosen else None


def names(series: Shares) -> dict[str, str]:
    """Return what each line is called on the chart, beside the names of all labels."""
    split = {line_id: _value_name(line.value, line.chosen) for line_id, line in series.lines.items() if line.value}
    return label_names(data.workspace().taxonomy) | split


def full_names(series: Shares) -> dict[str, str]:
    """Return what each line is called in a sentence: a source, language … with its label."""
    found, taxonomy = names(series), data.workspace().taxonomy
    split = {line_id: line.label_id for line_id, line in series.lines.items() if line.value}
    return found | {line_id: f"{label_name(taxonomy, label)} · {found[line_id]}" for line_id, label in split.items()}


def _value_name(value: str, chosen: Filter) -> str:
    if chosen.sector == value:
        return label_name(data.workspace().taxonomy, value)
    if chosen.langs == (value,):
        return language_name(value)
    return place_name(value) if chosen.jurisdictions == (value,) else value


def figure(asked: Asked, series: Shares, outlook: Outlook | None) -> go.Figure:
    """Return the figure of a view."""
    look: dict[str, Any] = {"names": names(series), "text": chart_text(), "dark": state.is_dark()}
    counted, frame = asked.measure == COUNT, series.frame
    match asked.view:
        case "panels":
            return charts.small_multiples(frame, counted=counted, **look)
        case "areas":
            return charts.areas_over_time(frame, counted=counted, **look)
        case "heat":
            return charts.heat_map(frame, counted=counted, **look)
        case "ranks":
            return charts.rank_over_time(frame, counted=counted, **look)
    if counted:
        return charts.count_over_time(frame, **look)
    hidden = address.NO_INTERVAL.read() or frame["smooth"].notna().any()
    drawn = charts.share_over_time(frame, intervals=not hidden, **look)
    if frame["start"].nunique() == 1:  # rows, no curves
        return drawn
    drawn = charts.with_smooth(drawn, frame)
    if asked.shows_marks(series):
        drawn = charts.with_marks(drawn, frame, asked.marks(), **look)
    if outlook is not None:
        drawn = charts.with_outlook(drawn, outlook.frame, names=look["names"], text=look["text"])
    return drawn
