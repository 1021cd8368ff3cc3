"""The terms that are new in a period: chart, sentences, table, and the documents of a term."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.filters import DocumentFilter, Filter
from core.services.terms import NewTerms
from pages.shared import address, data, figure_foot, markup, state, stories_read, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import (
    day,
    label_name,
    label_names,
    language_name,
    number,
    percent,
    t,
)

CHART = "new-terms"
MOST_ROWS = 24
N_SENTENCES = 3


def since_input() -> date | None:
    """Draw the day from which on a term counts as said now; None leaves it to the service."""
    bounds = {"min_value": "1900-01-01", "max_value": "2100-12-31", "format": "YYYY-MM-DD"}
    picked: date | None = st.date_input(
        t("New since"), value=None, width=180, help=t("Empty: the last year"), **bounds, **state.bound(address.SINCE)
    )
    return picked


def draw(labels: list[str], chosen: Filter, since: date | None) -> None:
    """Draw the terms, surest first, and below them the documents of the term that was clicked."""
    with st.spinner(t("Reading stories …"), show_time=True):
        found = data.new_terms(labels, chosen=chosen, since=since, most_read=stories_read.most_read())
    if found is not None:
        stories_read.draw(found.n_now + found.n_before, found.n_all)
    if found is None or found.frame.empty:
        widgets.empty(t("No term stands out"), _advice(found))
        return
    frame = in_order(found.frame, list(data.workspace().taxonomy.by_id))
    st.caption(
        t(
            "{n} stories since {since} against {before} from {first} on.",
            n=number(found.n_now),
            since=day(found.since),
            before=number(found.n_before),
            first=day(found.first),
        )
    )
    st.plotly_chart(
        charts.new_terms(
            frame.head(MOST_ROWS),
            names=label_names(data.workspace().taxonomy),
            text=chart_text(),
            dark=state.is_dark(),
        ),
        theme=None,
        key=CHART,
        alt=t("Terms with their shares before and now; the table holds the same figures."),
        on_select=lambda: state.select_point(CHART),
        selection_mode="points",
        config=widgets.chart_config("trendvane-new-terms"),
    )
    figure_foot.draw(_readings(found, frame), _method(), _table(found, frame, chosen))
    _draw_term(frame, chosen)


def _advice(found: NewTerms | None) -> str:
    if found is not None and not (found.n_now and found.n_before):
        return t("Both sides of the day need stories; choose another day or a longer period.")
    return t("Four stories have to say a term, more often than before; choose a longer period or take filters away.")


def in_order(frame: pd.DataFrame, tree: list[str]) -> pd.DataFrame:
    """Return the terms with the significant ones first, and within each by label in tree order, surest first.

    Terms in which no label stands out come last.
    """
    place = {label: i for i, label in enumerate(tree)}
    keys = frame.assign(unsure=~frame["significant"].astype(bool), place=frame["label_id"].map(place).fillna(len(tree)))
    order = keys.sort_values(["unsure", "place", "low"], ascending=[True, True, False], kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _readings(found: NewTerms, frame: pd.DataFrame) -> list[str]:
    sure = frame[frame["significant"].astype(bool)].sort_values("low", ascending=False)
    readings = [_sentence(row) for row in sure.head(N_SENTENCES).itertuples()]
    n, n_sure = number(len(frame)), number(len(sure))
    readings.append(
        t("Of {n} terms that are commoner now, {sure} stand out from chance; the others are pale.", n=n, sure=n_sure)
    )
    if (frame["n_sources"] == 1).any() and len(data.choices().sources) > 1:
        n_one = number(int((frame["n_sources"] == 1).sum()))
        readings.append(t("{n} terms come from one source alone, which may be its own way of writing.", n=n_one))
    return readings


def _sentence(row: Any) -> str:
    template = (
        t("“{term}”, which nobody said before: {n} of {total} stories in {language} ({share}); sources: {sources}.")
        if row.fresh
        else t(
            "“{term}”: {n} of {total} stories in {language} ({share}), before {n_before} of {total_before} "
            "({share_before}); sources: {sources}."
        )
    )
    return template.format(
        term=row.term,
        n=number(row.n),
        total=number(row.total),
        language=language_name(row.lang),
        share=percent(row.share),
        n_before=number(row.n_before),
        total_before=number(row.total_before),
        share_before=percent(row.share_before),
        sources=number(row.n_sources),
    )


def _method() -> list[str]:
    return [
        t(
            "A term counts once a story, and each language is compared with itself: its share of the stories since the "
            "day against its share before, by Fisher's exact test and the log odds with an informative prior (Monroe "
            "2008)."
        ),
        t(
            "A term stands out where it passes at 5% false discoveries over all terms that four stories hold "
            "(Benjamini and Hochberg); terms that pass 1% alone are shown pale. The label beside a term is the one "
            "that stands out among its stories; the number of sources shows whether one alone brought it."
        ),
    ]


def _table(found: NewTerms, frame: pd.DataFrame, chosen: Filter) -> figure_foot.FigureTable:
    taxonomy = data.workspace().taxonomy
    shares = [t("Share now"), t("Share before")]
    shown = pd.DataFrame(
        {
            t("Term"): frame["term"],
            t("Language of the text"): [language_name(lang) for lang in frame["lang"]],
            t("Label"): [label_name(taxonomy, label) for label in frame["label_id"]],
            t("Stories now"): frame["n"],
            shares[0]: frame["share"],
            t("Stories before"): frame["n_before"],
            shares[1]: frame["share_before"],
            t("Sources"): frame["n_sources"],
            t("First said"): frame["first_day"],
            t("Significant"): frame["significant"],
        }
    )
    facts = {"since": found.since, "first": found.first, "last": found.last, "n_now": found.n_now, "n_all": found.n_all}
    exported = frame.assign(document_ids=[" ".join(map(str, ids)) for ids in frame["document_ids"]])
    return figure_foot.FigureTable(shown, exported, "new-terms", chosen, percents=shares, facts=facts)


def _draw_term(frame: pd.DataFrame, chosen: Filter) -> None:
    """Draw the term that was clicked, or chosen from the list: who said it first, and documents that say it."""
    options = {f"{row.lang}|{row.term}": row.term for row in frame.itertuples()}
    picked = st.selectbox(
        t("Look closely at"),
        list(options),
        index=None,
        format_func=options.__getitem__,
        placeholder=t("a term"),
        **state.bound(address.POINT, options=options),
    )
    if picked is None:
        st.caption(t("Click a term's mark, or choose it here, to see who said it first and where it is said now."))
        return
    row: Any = next(row for row in frame.itertuples() if f"{row.lang}|{row.term}" == picked)
    st.html(markup.findings([_sentence(row)]))
    st.markdown(t("First said on {day} in:", day=day(row.first_day)))
    _documents([row.first_id], "first")
    st.markdown(t("Said since then in, among others:") if row.n > len(row.document_ids) else t("Said in:"))
    _documents([document for document in row.document_ids if document != row.first_id], "now")


def _documents(ids: list[int], name: str) -> None:
    wanted = DocumentFilter(ids=tuple(ids))
    if ids:
        widgets.document_rows(data.find_documents(wanted).frame, wanted, name=name)
