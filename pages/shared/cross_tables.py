"""What belongs to a sector or a jurisdiction: tables of stories against all others, and the documents of a cell."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core import charts
from core.domain.filters import DocumentFilter, Filter
from core.services.relations import CrossTable
from pages.shared import address, data, figure_foot, point_documents, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import label_name, label_names, number, percent, place_name, t

N_SENTENCES = 3


@dataclass(frozen=True)
class Subject:
    """What the rows of a table are."""

    name: str
    """Of the figure's files and keys."""
    row_names: dict[str, str]
    left_out: str
    """Sentence on the stories in no row."""


def draw_sectors(chosen: Filter) -> None:
    """Draw sectors by aspects."""
    found = data.sector_by_aspect(chosen=chosen)
    n = number(found.n_left_out)
    left_out = t("{n} of {total} stories with a label belong to no sector.", n=n, total=number(found.n_stories))
    _draw(found, Subject("sectors", label_names(data.workspace().taxonomy), left_out), chosen)


def draw_places(chosen: Filter) -> None:
    """Draw jurisdictions by aspects, or by the labels chosen."""
    labels = widgets.label_picker(t("Only these labels"), [])
    found = data.compare_jurisdictions(labels, chosen=chosen)
    names = {place: place_name(place) for place in found.frame["row"].unique()}
    n = number(found.n_left_out)
    left_out = t("{n} of {total} tagged stories state no jurisdiction.", n=n, total=number(found.n_stories))
    _draw(found, Subject("jurisdictions", names, left_out), chosen)


def comparable(found: CrossTable) -> pd.DataFrame:
    """Return the rows of the table that have enough stories for any cell to be compared."""
    frame = found.frame
    return frame[frame.groupby("row")["enough"].transform("any").astype(bool)] if len(frame) else frame


def _draw(found: CrossTable, subject: Subject, chosen: Filter) -> None:
    frame = comparable(found)
    if frame.empty:
        widgets.empty(
            t("Too few stories to compare"),
            t("A row needs 20 stories; take filters away or choose a longer period."),
        )
        return
    measures = {"residual": t("Against chance"), "share": t("Share"), "count": t("Count")}
    measure = widgets.choice(t("Measure"), address.MEASURE, measures)
    names, text, key = label_names(data.workspace().taxonomy), chart_text(), f"cross-{subject.name}"
    figure = charts.cross_table(
        frame, measure=measure, row_names=subject.row_names, names=names, text=text, dark=state.is_dark()
    )
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        alt=t("A table of stories by label; the table below holds the same figures."),
        on_select=lambda: state.select_point(key),
        selection_mode="points",
        config=widgets.chart_config(f"trendvane-{subject.name}"),
    )
    figure_foot.draw(_readings(found, frame, subject), _method(), _table(found, subject, chosen))
    _draw_cell(found, subject, chosen)


def _readings(found: CrossTable, frame: pd.DataFrame, subject: Subject) -> list[str]:
    sure = frame[frame["significant"]]
    clearest = sure.reindex(sure["residual"].abs().sort_values(ascending=False).index).head(N_SENTENCES)
    readings = [_sentence(row, subject) for row in clearest.itertuples()]
    if not readings:
        readings.append(t("No cell stands out from chance."))
    n_thin = found.frame["row"].nunique() - frame["row"].nunique()
    if n_thin:
        readings.append(t("Left out for having too few stories: {n} rows; the table has them.", n=number(n_thin)))
    return [*readings, subject.left_out]


def _sentence(row: Any, subject: Subject) -> str:
    template = (
        t(
            "{row}: {share} of its {n_row} stories are about {label} (95% interval {low} to {high}), more than the "
            "{elsewhere} elsewhere."
        )
        if row.residual > 0
        else t(
            "{row}: {share} of its {n_row} stories are about {label} (95% interval {low} to {high}), fewer than the "
            "{elsewhere} elsewhere."
        )
    )
    return template.format(
        row=subject.row_names.get(row.row, row.row),
        share=percent(row.share),
        n_row=number(row.n_row),
        label=label_name(data.workspace().taxonomy, row.column),
        low=percent(row.low),
        high=percent(row.high),
        elsewhere=percent(row.share_elsewhere),
    )


def _method() -> list[str]:
    return [
        t(
            "Each cell compares the stories of its row with all other stories that are counted: the share of the row, "
            "with its 95% Wilson interval, and how far the count departs from independence in standard errors "
            "(adjusted residual, Haberman 1973)."
        ),
        t(
            "Triangles mark cells that pass Fisher's exact test at 5% false discoveries over all cells with enough "
            "stories: 20 in the row, and five in the cell or expected in it. A story with several labels counts in "
            "each of their cells."
        ),
    ]


def _table(found: CrossTable, subject: Subject, chosen: Filter) -> figure_foot.FigureTable:
    frame, taxonomy = found.frame, data.workspace().taxonomy
    shares = [t("Share"), t("Interval from"), t("Interval to"), t("Share elsewhere")]
    shown = pd.DataFrame(
        {
            t("Row"): [subject.row_names.get(row, row) for row in frame["row"]],
            t("Label"): [label_name(taxonomy, label) for label in frame["column"]],
            t("Stories"): frame["n"],
            t("Stories of the row"): frame["n_row"],
            **dict(zip(shares, (frame[c] for c in ("share", "low", "high", "share_elsewhere")), strict=True)),
            t("Residual"): frame["residual"].round(2),
            t("Significant"): frame["significant"],
        }
    )
    facts = {"n_stories": found.n_stories, "n_left_out": found.n_left_out}
    return figure_foot.FigureTable(shown, frame, subject.name, chosen, percents=shares, facts=facts)


def _draw_cell(found: CrossTable, subject: Subject, chosen: Filter) -> None:
    row, _, column = address.POINT.read().partition("|")
    if found.frame[(found.frame["row"] == row) & (found.frame["column"] == column)].empty:
        st.caption(t("Click a cell to see its documents here."))
        return
    if row in data.workspace().taxonomy.by_id:
        wanted = DocumentFilter(**vars(chosen), labels=(row, column), together=True, counted_at=found.grain)
    else:
        facts = {**vars(chosen), "jurisdictions": (row,)}
        wanted = DocumentFilter(**facts, labels=(column,), counted_at=found.grain)
    name = label_name(data.workspace().taxonomy, column)
    point_documents.draw_of(name, subject.row_names.get(row, row), wanted, chosen)
