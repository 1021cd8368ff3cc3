"""The signal map: strength across, momentum upward, a mark a label, its way so far as a tail, played back over time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.charts.notes import caption_note
from core.charts.palette import label_style, named
from core.charts.theme import figure, inks, nothing, tinted
from core.charts.wording import ENGLISH, ChartText, percent, period_label, plain_width

_HEIGHT, _SMALL = 520, 320
_TAIL = 5
"""Bins of a label's way that are drawn behind it."""
_LINE = 0.045
STRONG_SHARE = 0.05
"""Where core.trends.signals begins to call a label strong."""
_LOWEST = 0.002


def signal_map(
    paths: pd.DataFrame, *, names: Mapping[str, str], text: ChartText = ENGLISH, dark: bool = False, small: bool = False
) -> go.Figure:
    """Draw where each label stands at the last bin, with play and slider over the bins before.

    Takes label_id, start, end, since (first day of the last three bins) and the columns of core.trends.signals.
    Across: share of the last three bins, on a logarithmic axis; upward: by what factor the odds move in a year,
    doubling as far up as halving down. A filled mark moves significantly, an open one may not move at all; labels
    that count as noise are left out. Marks carry customdata [label_id, since, end]. The small one has no playback.
    """
    shown = paths[(paths["signal"] != "noise") & paths["momentum"].notna()]
    # what has faded to nothing has no place on a logarithmic axis: it stands at its left end
    shown = shown.assign(across=shown["strength"].clip(lower=_LOWEST))
    if shown.empty:
        return nothing(text.no_signals, dark=dark)
    bins = sorted(paths["start"].unique())
    last = bins[-1]
    if small:
        bins = bins[-1:]
    ink, reach = inks(dark=dark), float(np.clip(shown["momentum"].abs().max() * 1.15, np.log(2), np.log(64)))
    drawn = figure(dark=dark, height=_SMALL if small else _HEIGHT)
    drawn.add_traces(_state(shown, last, names=names, text=text, tails=not small))
    captions = [caption_note(text.momentum, ink=ink), *_quadrants(reach, text=text, color=ink.muted)]
    drawn.update_layout(annotations=captions, shapes=_cross(ink.axis), margin={"t": 40, "b": 44, "l": 8, "r": 24})
    low = np.log10(float(shown["across"].min()) * 0.7)
    ticks = [share for share in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if share >= 10**low]
    drawn.update_xaxes(type="log", range=[low, min(0.0, np.log10(shown["across"].max() * 1.35))])
    drawn.update_xaxes(tickvals=ticks, ticktext=[percent(share) for share in ticks], title=text.strength, showgrid=True)
    factors = [factor for factor in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16) if abs(np.log(factor)) <= reach]
    drawn.update_yaxes(range=[-reach, reach], tickvals=np.log(factors).tolist(), ticktext=[_factor(f) for f in factors])
    return drawn if len(bins) < 2 else _played(drawn, shown, bins, names=names, text=text)


def _factor(factor: float) -> str:
    return f"×{factor:.3g}" if factor >= 1 else f"÷{1 / factor:.3g}"


def _cross(color: str) -> list[dict[str, Any]]:
    line = {"color": color, "width": 1, "dash": "dot"}
    upright = {"type": "line", "x0": STRONG_SHARE, "x1": STRONG_SHARE, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    return [upright, {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0, "line": line}]


def _quadrants(reach: float, *, text: ChartText, color: str) -> list[dict[str, Any]]:
    corners = [(0.0, 1, text.weak_rising), (1.0, 1, text.strong_rising), (0.0, -1, text.weak_fading)]
    corners.append((1.0, -1, text.strong_fading))
    quiet = {"showarrow": False, "xref": "paper", "font": {"size": 11, "color": color}}
    return [
        {
            **quiet,
            "x": x,
            "xanchor": "left" if x == 0 else "right",
            "y": side * reach,
            "yanchor": "top" if side > 0 else "bottom",
            "text": words,
        }
        for x, side, words in corners
    ]


def _state(shown: pd.DataFrame, at: Any, *, names: Mapping[str, str], text: ChartText, tails: bool) -> list[Any]:
    """Return the tails and the marks as they stand at a bin: always as many traces, as playback needs it."""
    here = shown[shown["start"] == at]
    tail_x: list[float | None] = []
    tail_y: list[float | None] = []
    if tails:
        for label_id in here["label_id"]:
            way = shown[(shown["label_id"] == label_id) & (shown["start"] <= at)].tail(_TAIL)
            tail_x += [*way["across"], None]
            tail_y += [*way["momentum"], None]
    line = {"width": 1.25, "color": tinted("#808894", 0.55)}
    tail = go.Scatter(x=tail_x, y=tail_y, mode="lines", line=line, hoverinfo="skip")
    return [tail, _marks(here, names=names, text=text)]


def _marks(here: pd.DataFrame, *, names: Mapping[str, str], text: ChartText) -> go.Scatter:
    styles = [label_style(label_id) for label_id in here["label_id"]]
    sure = here["significant"].tolist()
    told = _told(here, names)
    return go.Scatter(
        x=here["across"],
        y=here["momentum"],
        mode="markers+text",
        text=[names.get(label_id, label_id) if label_id in told else "" for label_id in here["label_id"]],
        textposition="top center",
        textfont={"size": 11},
        marker={
            "color": [style.color for style in styles],
            "symbol": [s.marker if yes else f"{s.marker}-open" for s, yes in zip(styles, sure, strict=True)],
            "size": [13 if yes else 10 for yes in sure],
            "line": {"width": [0 if yes else 1.75 for yes in sure]},
        },
        customdata=[[str(value) for value in row] for row in here[["label_id", "since", "end"]].to_numpy()],
        hovertext=[_hover(row, names=names, text=text) for row in here.itertuples()],
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
    )


def _told(here: pd.DataFrame, names: Mapping[str, str]) -> set[str]:
    """Return the labels whose names stand beside their marks, the surest and largest first, none covering another."""
    placed: list[tuple[float, float, float]] = []
    told: set[str] = set()
    row: Any
    for row in here.sort_values(["significant", "strength"], ascending=False, kind="stable").itertuples():
        # in parts of a plot of 900 by 400 pixels that spans about two decades and eight doublings
        x, y = np.log10(row.across) / 2, row.momentum / np.log(256)
        half = 3.4 * plain_width(names.get(row.label_id, row.label_id)) / 900
        if all(abs(x - x2) > half + half2 or abs(y - y2) > _LINE for x2, y2, half2 in placed):
            placed.append((x, y, half))
            told.add(row.label_id)
    return told


def _hover(row: Any, *, names: Mapping[str, str], text: ChartText) -> str:
    share = text.interval.format(low=percent(row.low), high=percent(row.high))
    low, high = (_factor(float(f"{np.exp(each):.2g}")) for each in (row.momentum_low, row.momentum_high))
    moves = f"{_factor(float(f'{np.exp(row.momentum):.2g}'))}  {text.interval.format(low=low, high=high)}"
    verdict = text.clear if row.significant else text.unclear
    name = f"<b>{named(row.label_id, names).replace('<br>', ' ')}</b>  {percent(row.strength)}"
    return f"{name}<br>{share}<br>{text.stories.format(n=f'{row.n_recent:,}')}<br>{text.momentum}: {moves}, {verdict}"


def _played(
    drawn: go.Figure, shown: pd.DataFrame, bins: list[Any], *, names: Mapping[str, str], text: ChartText
) -> go.Figure:
    """Add a frame a bin, the play button and the slider."""
    ends = dict(zip(shown["start"], shown["end"], strict=True))
    steps = [at for at in bins if at in ends]
    labels = {at: period_label(at, ends[at]) for at in steps}
    drawn.frames = [
        go.Frame(name=labels[at], data=_state(shown, at, names=names, text=text, tails=True), traces=[0, 1])
        for at in steps
    ]
    still = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 250}}
    moving = {"fromcurrent": False, "frame": {"duration": 900, "redraw": False}, "transition": {"duration": 500}}
    slider = [{"label": labels[at], "method": "animate", "args": [[labels[at]], still]} for at in steps]
    place = {"x": 0.09, "len": 0.91, "y": -0.16, "pad": {"t": 4, "b": 0}}
    sliders = [{**place, "steps": slider, "active": len(steps) - 1, "currentvalue": {"visible": True, "prefix": ""}}]
    button = {"label": f"▶ {text.play}", "method": "animate", "args": [None, moving]}
    menu = {"type": "buttons", "showactive": False, "buttons": [button], "x": 0, "y": -0.2, "xanchor": "left"}
    drawn.update_layout(sliders=sliders, updatemenus=[{**menu, "yanchor": "top"}], height=_HEIGHT + 90)
    return drawn.update_layout(margin={"b": 120})
