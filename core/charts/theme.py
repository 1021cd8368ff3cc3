"""The one look of all charts: fonts, inks, grid and hover on a transparent ground, light and dark."""

from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

FONT = 'Inter, "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'


@dataclass(frozen=True)
class Inks:
    """The neutral colours of a ground."""

    text: str
    muted: str
    grid: str
    axis: str
    panel: str


LIGHT = Inks(text="#262b33", muted="#6b7280", grid="#e9ebef", axis="#b9bfc9", panel="#ffffff")
DARK = Inks(text="#e8eaee", muted="#9aa1ad", grid="#2a2f39", axis="#4a515e", panel="#1b1f28")


def inks(*, dark: bool) -> Inks:
    """Return the neutral colours for a light or dark ground."""
    return DARK if dark else LIGHT


@cache
def template(*, dark: bool) -> go.layout.Template:
    """Return the Plotly template."""
    ink = inks(dark=dark)
    axis = {
        "gridcolor": ink.grid,
        "linecolor": ink.axis,
        "zerolinecolor": ink.axis,
        "tickfont": {"color": ink.muted, "size": 12},
        "title": {"font": {"color": ink.muted, "size": 12}},
        "automargin": True,
        "fixedrange": True,
        "zeroline": False,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": ink.text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        # not unified: a click would then select the first curve whatever was clicked
        hovermode="closest",
        hoverdistance=30,
        hoverlabel={
            "bgcolor": ink.panel,
            "bordercolor": ink.axis,
            "font": {"family": FONT, "size": 12, "color": ink.text},
            "align": "left",
            "namelength": -1,
        },
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        showlegend=False,
        dragmode=False,
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": ink.muted, "activecolor": ink.text},
        xaxis={**axis, "showgrid": False, "ticks": "outside", "ticklen": 4, "tickcolor": ink.axis, "showline": True},
        yaxis={**axis, "showgrid": True, "ticks": ""},
    )
    return go.layout.Template(layout=layout)


def figure(*, dark: bool, height: int) -> go.Figure:
    """Return an empty figure in the theme, as wide as its place; height in pixels."""
    return go.Figure(layout=go.Layout(template=template(dark=dark), height=height, autosize=True))


def nothing(text: str, *, dark: bool, height: int = 160) -> go.Figure:
    """Return a figure that only says why there is nothing to draw."""
    empty = figure(dark=dark, height=height)
    empty.update_xaxes(visible=False).update_yaxes(visible=False)
    return empty.add_annotation(
        text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"color": inks(dark=dark).muted}
    )


def tinted(color: str, alpha: float) -> str:
    """Return a #rrggbb colour as rgba of some opacity.

    >>> tinted("#ff8000", 0.2)
    'rgba(255,128,0,0.2)'
    """
    red, green, blue = bytes.fromhex(color[1:])
    return f"rgba({red},{green},{blue},{alpha})"
