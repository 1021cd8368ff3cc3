"""Who leads whom: the matrix of leads, and in words those that stand out from chance."""

from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.relations import LeadLag
from pages.shared import address, data, figure_foot, label_level, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import bins, day, label_name, label_names, number, t

CHART = "lead-matrix"
GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER)
MOST_LAGS = 6
N_SENTENCES = 5


def draw(chosen: Filter) -> None:
    """Draw the matrix of the labels chosen, its sentences, and the way to the curves of the cell that was clicked."""
    labels = label_level.draw()
    grain = widgets.grain_picker(GRAINS, Grain.MONTH)
    found = data.lead_lag(labels, grain=grain, chosen=chosen)
    if found is None or found.frame.empty:
        widgets.empty(
            t("Too few periods or stories to compare"),
            t(
                "24 complete periods are needed, and two labels with 30 stories each in two of five periods; choose a "
                "narrower period width, a longer period, or take filters away."
            ),
        )
        return
    names, text = label_names(data.workspace().taxonomy), chart_text()
    lags = {n: bins(n, grain) for n in range(1, MOST_LAGS + 1)}
    st.plotly_chart(
        charts.lead_matrix(_in_order(found.frame), lags=lags, names=names, text=text, dark=state.is_dark()),
        theme=None,
        key=CHART,
        alt=t("A table of labels by labels: who moves before whom; the table holds the same figures."),
        on_select=lambda: state.select_point(CHART),
        selection_mode="points",
        config=widgets.chart_config("trendvane-leads"),
    )
    figure_foot.draw(_readings(found), _method(found), _table(found, chosen))
    _draw_cell(found, chosen)


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the cells in tree order of leader and follower."""
    place = {label.id: i for i, label in enumerate(data.workspace().taxonomy.labels)}
    return frame.sort_values(["leader", "follower"], key=lambda column: column.map(place), ignore_index=True)


def _readings(found: LeadLag) -> list[str]:
    sure = found.frame[found.frame["significant"]]
    labels = set(found.frame["leader"])
    if sure.empty:
        n, n_bins = number(len(labels)), bins(found.n_bins, found.grain)
        return [
            t("No lead stands out from chance, among {n} labels over {periods}.", n=n, periods=n_bins),
            t("Fewer labels are fewer tests and find more: choose those that you have a reason to compare."),
        ]
    return [sentence(row, found.grain) for row in sure.head(N_SENTENCES).itertuples()]


def sentence(row: Any, grain: Grain) -> str:
    """Return a lead as a sentence with its correlation and interval."""
    taxonomy = data.workspace().taxonomy
    facts = {
        "leader": label_name(taxonomy, row.leader),
        "lag": bins(int(row.lag), grain),
        "follower": label_name(taxonomy, row.follower),
        "correlation": f"{row.correlation:+.2f}",
        "low": f"{row.low:+.2f}",
        "high": f"{row.high:+.2f}",
    }
    if not row.significant:
        return t(
            "“{leader}” {lag} before “{follower}”: correlation {correlation} (95% interval {low} to {high}), which may "
            "be chance."
        ).format(**facts)
    if row.correlation > 0:
        return t(
            "“{leader}” moves {lag} before “{follower}”, in the same direction (correlation {correlation}, 95% "
            "interval {low} to {high})."
        ).format(**facts)
    return t(
        "“{leader}” moves {lag} before “{follower}”, in the opposite direction (correlation {correlation}, 95% "
        "interval {low} to {high})."
    ).format(**facts)


def _method(found: LeadLag) -> list[str]:
    return [
        t(
            "Shares of stories are followed over {periods} from {first} to {last}. What a label's own past tells of it "
            "is taken out (differences, then an autoregression for each label; Box and Jenkins, Haugh 1976); what is "
            "left is correlated with that of every other label up to six periods later.",
            periods=bins(found.n_bins, found.grain),
            first=day(found.first),
            last=day(found.last),
        ),
        t(
            "Written into the table are leads that pass at 5% false discoveries over all pairs and lags (Benjamini and "
            "Hochberg). Labels with under 30 stories, or in under two of five periods, are left out. A lead is no "
            "cause."
        ),
    ]


def _table(found: LeadLag, chosen: Filter) -> figure_foot.FigureTable:
    frame, taxonomy = found.frame, data.workspace().taxonomy
    shown = pd.DataFrame(
        {
            t("Leader"): [label_name(taxonomy, label) for label in frame["leader"]],
            t("Follower"): [label_name(taxonomy, label) for label in frame["follower"]],
            t("Lead"): [bins(int(lag), found.grain) for lag in frame["lag"]],
            t("Correlation"): frame["correlation"].round(2),
            t("Interval from"): frame["low"].round(2),
            t("Interval to"): frame["high"].round(2),
            "p": frame["p_value"].round(4),
            t("Significant"): frame["significant"],
        }
    )
    facts = {"grain": found.grain.value, "first": found.first, "last": found.last, "n_bins": found.n_bins}
    return figure_foot.FigureTable(shown, frame, "leads", chosen, facts=facts)


def _draw_cell(found: LeadLag, chosen: Filter) -> None:
    leader, _, follower = address.POINT.read().partition("|")
    rows = found.frame[(found.frame["leader"] == leader) & (found.frame["follower"] == follower)]
    if rows.empty:
        st.caption(t("Click a cell for its figures and the curves of its two labels."))
        return
    st.write(sentence(next(rows.itertuples()), found.grain))
    query = address.link(chosen, LABELS=[leader, follower], GRAIN=found.grain.value)
    st.page_link("pages/trends.py", label=t("Both curves in Trends"), icon=":material/show_chart:", query_params=query)
