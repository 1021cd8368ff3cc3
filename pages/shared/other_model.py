"""Laying another model's lines over a chart of trends, and saying whose the lines are."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import charts
from core.domain.filters import Filter
from core.services.trends import Series
from pages.shared import address, data, state
from pages.shared.text import model_name, number, plain, t


def picker() -> None:
    """Draw the choice of a model whose lines are laid over the champion's, where one has tagged documents."""
    if options := data.versions_with_history():
        st.selectbox(
            t("Lines of another model"),
            options,
            index=None,
            format_func=model_name,
            placeholder=t("Compare with another model"),
            label_visibility="collapsed",
            width=260,
            **state.bound(address.OTHER_MODEL, options=options),
        )


def lines(series: Series, chosen: Filter) -> pd.DataFrame | None:
    """Return the rows of the chosen model, or None where none is chosen."""
    other = address.OTHER_MODEL.read()
    if not other or series.frame["start"].nunique() < 2:
        return None
    return data.share_by_version(other, list(series.frame["label_id"].unique()), grain=series.grain, chosen=chosen)


def laid_over(figure: go.Figure, frame: pd.DataFrame | None, names: Any) -> go.Figure:
    """Return a chart of shares with the chosen model's lines."""
    if frame is None:
        return figure
    return charts.with_other_model(figure, frame, names=names, model=model_name(address.OTHER_MODEL.read()))


def notes(frame: pd.DataFrame | None) -> list[str]:
    """Return whose the other lines are, where they are missing, and whether the champion still has history to tag."""
    found = []
    if frame is not None:
        found.append(t("Dash-dotted: {model}.", model=plain(model_name(address.OTHER_MODEL.read()))))
        if n_missing := int((~frame["enough"] & (frame["total"] > 0)).groupby(frame["start"]).any().sum()):
            found.append(
                t("It has gaps in {n} periods, of which it did not tag enough of the stories.", n=number(n_missing))
            )
    if n_left := data.facts().n_untagged:
        found.append(
            t("This model has not tagged {n} documents yet; the lines are not final until it has.", n=number(n_left))
        )
    return found
