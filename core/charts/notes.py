"""Words around a plot: the caption above it, the key to its marks, values beside its rows."""

from collections.abc import Sequence

from core.charts.theme import Inks


def caption_note(caption: str, *, ink: Inks) -> dict[str, object]:
    """Return the annotation above the left edge that says what is measured."""
    return {**_above(0.0, "left"), "text": caption, "font": {"color": ink.muted, "size": 12}}


def key_notes(keys: Sequence[str], *, ink: Inks) -> list[dict[str, object]]:
    """Return the annotation above the right edge that explains marks; none where there is nothing to explain."""
    note = {**_above(1.0, "right"), "text": "\u2003".join(keys), "font": {"color": ink.muted, "size": 11}}
    return [note] if keys else []


def row_notes(texts: Sequence[str], *, ink: Inks) -> list[dict[str, object]]:
    """Return one annotation a row, right of the plot; row 0 is the lowest."""
    place = {"x": 1.0, "xref": "paper", "xanchor": "left", "xshift": 12, "showarrow": False}
    font = {"color": ink.muted, "size": 12}
    return [{**place, "y": row, "yanchor": "middle", "text": text, "font": font} for row, text in enumerate(texts)]


def _above(x: float, side: str) -> dict[str, object]:
    place = {"x": x, "xref": "paper", "xanchor": side, "y": 1.0, "yref": "paper", "yanchor": "middle", "yshift": 18}
    return {**place, "showarrow": False}
