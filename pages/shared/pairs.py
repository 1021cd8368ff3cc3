"""Labels that occur together: the network, a pair over time, the documents with both."""

from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.relations import Relations
from pages.shared import address, data, figure_foot, label_level, pair_over_time, point_documents, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import label_name, label_names, number, t

CHART = "relations-network"
MOST_LINES = 60
N_SENTENCES = 3


def draw(chosen: Filter) -> None:
    """Draw the network of the labels chosen, and below it what was clicked."""
    labels = label_level.draw()
    found = data.label_relations(labels, chosen=chosen)
    drawn = standing_out(found.frame)
    if not found.frame["enough"].any():
        widgets.empty(
            t("Too few stories to relate labels"),
            t("Five stories with both labels, or five expected, are needed; take filters away or choose more labels."),
        )
        return
    options = _options(drawn)
    focus = _pick(options)
    _draw_network(drawn, labels, focus)
    figure_foot.draw(_readings(found, drawn), _method(found), _table(found, chosen))
    if len(focus) > 1:
        rows = drawn[(drawn["first"] == focus[0]) & (drawn["second"] == focus[1])]
        _draw_pair(next(rows.itertuples()), chosen, found.grain)
    elif focus:
        _draw_label(focus[0], chosen, found.grain)
    else:
        st.caption(t("Click a diamond for two labels or a dot for one; or choose above what to look at closely."))


def standing_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are drawn: significantly more often together than chance has it, strongest first."""
    return frame[frame["significant"] & (frame["npmi"] > 0)].head(MOST_LINES)


def _options(drawn: pd.DataFrame) -> dict[str, str]:
    """Return what can be looked at closely: pairs strongest first, then labels, by the value in the address."""
    taxonomy = data.workspace().taxonomy
    pairs = [(row.first, row.second) for row in drawn.itertuples()]
    names = label_names(taxonomy)
    single = taxonomy.in_tree_order({label for pair in pairs for label in pair})
    both = [
        (f"{one}|{other}", t("“{first}” and “{second}”", first=names[one], second=names[other])) for one, other in pairs
    ]
    named = [(one, names[one]) for one in single]
    return dict([*both, *named])


def _pick(options: dict[str, str]) -> list[str]:
    picked = st.selectbox(
        t("Look closely at"),
        list(options),
        index=None,
        format_func=options.__getitem__,
        placeholder=t("two labels or one"),
        disabled=not options,
        **state.bound(address.POINT, options=options),
    )
    return picked.split("|") if picked else []


def _draw_network(drawn: pd.DataFrame, labels: list[str], focus: list[str]) -> None:
    names, text = label_names(data.workspace().taxonomy), chart_text()
    figure = charts.label_network(drawn, order=labels, names=names, focus=focus, text=text, dark=state.is_dark())
    st.plotly_chart(
        figure,
        theme=None,
        key=CHART,
        alt=t("Labels on a ring, a line between two that occur together; the table holds the same figures."),
        on_select=lambda: state.select_point(CHART),
        selection_mode="points",
        config=widgets.chart_config("trendvane-relations"),
    )


def _readings(found: Relations, drawn: pd.DataFrame) -> list[str]:
    if drawn.empty:
        return [
            t(
                "No two of these labels occur together more often than chance has it, in {n} stories.",
                n=number(found.n_stories),
            )
        ]
    readings = [sentence(row) for row in drawn.head(N_SENTENCES).itertuples()]
    n_all = int((found.frame["significant"] & (found.frame["npmi"] > 0)).sum())
    n_apart = int((found.frame["significant"] & (found.frame["npmi"] < 0)).sum())
    if n_all > len(drawn):
        n = number(len(drawn))
        readings.append(t("The {n} strongest of {all} pairs are drawn; the table has all.", n=n, all=number(n_all)))
    if n_apart:
        readings.append(t("Pairs that avoid each other are not drawn but in the table: {n}.", n=number(n_apart)))
    return readings


def sentence(row: Any) -> str:
    """Return a pair as a sentence of counts, the association and its interval."""
    taxonomy = data.workspace().taxonomy
    return t(
        "“{first}” and “{second}” share {n} stories, where chance would have {expected} (NPMI {npmi}, 95% interval "
        "{low} to {high}; {n_first} and {n_second} of {total} stories carry them).",
        first=label_name(taxonomy, row.first),
        second=label_name(taxonomy, row.second),
        n=number(row.n),
        expected=number(round(row.expected, 1)),
        npmi=f"{row.npmi:+.2f}",
        low=f"{row.low:+.2f}",
        high=f"{row.high:+.2f}",
        n_first=number(row.n_first),
        n_second=number(row.n_second),
        total=number(row.total),
    )


def _method(found: Relations) -> list[str]:
    return [
        t(
            "Normalised pointwise mutual information (NPMI, Bouma 2009) over the {n} stories that carry any label: 1 "
            "where two labels only occur together, 0 where they are independent, −1 where they never meet.",
            n=number(found.n_stories),
        ),
        t(
            "A pair is drawn where it occurs together significantly more often than chance has it (Fisher's exact "
            "test; at most 5% false discoveries over all pairs, Benjamini and Hochberg) and five stories have both or "
            "would by chance. A label and its parent are no pair. Occurring together is no cause."
        ),
    ]


def _table(found: Relations, chosen: Filter) -> figure_foot.FigureTable:
    frame, taxonomy = found.frame, data.workspace().taxonomy
    kept = frame[frame["enough"]]
    shown = pd.DataFrame(
        {
            t("Label"): [label_name(taxonomy, label) for label in kept["first"]],
            t("Other label"): [label_name(taxonomy, label) for label in kept["second"]],
            t("Stories with both"): kept["n"],
            t("Expected by chance"): kept["expected"].round(1),
            "NPMI": kept["npmi"].round(2),
            t("Interval from"): kept["low"].round(2),
            t("Interval to"): kept["high"].round(2),
            t("Significant"): kept["significant"],
        }
    )
    return figure_foot.FigureTable(shown, frame, "relations", chosen, facts={"n_stories": found.n_stories})


def _draw_pair(row: Any, chosen: Filter, grain: Grain) -> None:
    pair_over_time.draw(row, sentence(row), chosen)
    labels = (row.first, row.second)
    wanted = DocumentFilter(**vars(chosen), labels=labels, together=True, counted_at=grain)
    names = [label_name(data.workspace().taxonomy, label) for label in labels]
    point_documents.draw_of(t("“{first}” and “{second}”", first=names[0], second=names[1]), "", wanted, chosen)


def _draw_label(label_id: str, chosen: Filter, grain: Grain) -> None:
    """Draw a label's documents, and what happened over all of the period: whole years, so that no date is too vague."""
    whole = data.period()
    facts = vars(chosen)
    if whole is not None:
        first, last = Grain.YEAR.floor(whole[0]), Grain.YEAR.last_day(whole[1])
        facts = {**facts, "first": chosen.first or first, "last": chosen.last or last}
    wanted = DocumentFilter(**facts, labels=(label_id,), counted_at=grain)
    name = label_name(data.workspace().taxonomy, label_id)
    point_documents.draw_of(name, "", wanted, chosen)
