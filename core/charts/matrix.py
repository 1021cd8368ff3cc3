"""Tables as coloured cells: a grid whose every cell is named, written into, hovered and clicked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note, key_notes
from core.charts.palette import named
from core.charts.theme import figure, inks, tinted
from core.charts.wording import elide

UP, DOWN = "#12a3a0", "#e07800"
"""Of cells above and below what chance would have."""
_ROW, _TOP, _HEAD = 40, 44, 150
_HEAD_COLUMNS = 22
_GAP = "\u2002"
"""Between a row's name and its cells."""
_STRONGEST = 0.6
"""Opacity of the strongest colour: words on it keep their contrast in both themes."""


@dataclass(frozen=True)
class Grid:
    """A frame of cells (row, column, value, text, hover) in the order of rows and columns, and what stands around."""

    cells: pd.DataFrame
    caption: str
    key: str
    largest: float
    """The size of value that gets the strongest colour; 0 stays without, negative values get the other colour."""


def grid_figure(grid: Grid, *, row_names: Mapping[str, str], column_names: Mapping[str, str], dark: bool) -> go.Figure:
    """Draw a grid, the first row on top; cells carry customdata [row, column]."""
    ink, cells = inks(dark=dark), grid.cells
    rows, columns = list(dict.fromkeys(cells["row"])), list(dict.fromkeys(cells["column"]))
    x, y = cells["column"].map(columns.index).tolist(), cells["row"].map(rows.index).tolist()
    drawn = figure(dark=dark, height=_TOP + _HEAD + _ROW * len(rows))
    reach = max(grid.largest, 1e-9)
    colors = [[0, tinted(DOWN, _STRONGEST)], [0.5, tinted(DOWN, 0)], [0.5, tinted(UP, 0)], [1, tinted(UP, _STRONGEST)]]
    shades = {"type": "heatmap", "x": x, "y": y, "z": cells["value"].tolist(), "zmin": -reach, "zmax": reach}
    shades |= {"colorscale": colors, "showscale": False, "hoverinfo": "skip", "xgap": 2, "ygap": 2}
    drawn.add_traces([shades, _words(cells, x, y, ink.text)])
    notes = [caption_note(grid.caption, ink=ink), *key_notes([grid.key] if grid.key else [], ink=ink)]
    # the cell under the pointer answers wherever in it the pointer is
    drawn.update_layout(annotations=notes, margin={"t": _TOP, "b": 8, "l": 8, "r": 24}, hoverdistance=-1)
    drawn.update_xaxes(**_axis(len(columns), [_head(c, column_names) for c in columns], ink.text), tickangle=-35)
    across = _axis(len(rows), [_row_name(r, row_names) for r in rows], ink.text)
    return drawn.update_yaxes(**across).update_yaxes(range=[len(rows) - 0.5, -0.5])


def _axis(n: int, names: Sequence[str], color: str) -> dict[str, Any]:
    grid = {"showgrid": False, "showline": False, "ticks": "", "zeroline": False}
    return {
        **grid,
        "tickvals": list(range(n)),
        "ticktext": names,
        "tickfont": {"color": color},
        "range": [-0.5, n - 0.5],
    }


def _head(label_id: str, names: Mapping[str, str]) -> str:
    return elide(names.get(label_id, label_id), columns=_HEAD_COLUMNS)


def _row_name(row_id: str, names: Mapping[str, str]) -> str:
    """Return the name of a row: with a marker in its colour where it is a label."""
    name = named(row_id, names) if "." in row_id else elide(names.get(row_id, row_id), columns=_HEAD_COLUMNS)
    return name.replace("<br>", f"{_GAP}<br>") + _GAP


def _words(cells: pd.DataFrame, x: list[int], y: list[int], color: str) -> dict[str, Any]:
    """Return the texts in the cells on marks that nobody sees, which answer to hover and click."""
    still = {"marker": {"opacity": 0}, "textfont": {"color": color}}
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers+text",
        "text": cells["text"].tolist(),
        "textfont": {"color": color, "size": 12},
        "marker": {"opacity": 0, "size": 20},
        "selected": still,
        "unselected": still,
        "customdata": cells[["row", "column"]].to_numpy().tolist(),
        "hovertext": cells["hover"].tolist(),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
