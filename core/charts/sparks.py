"""Small curves beside words, as images."""

from base64 import b64encode
from collections.abc import Sequence

from core.charts.palette import label_color

_WIDTH, _HEIGHT, _MARGIN = 96, 22, 3


def sparkline(label_id: str, shares: Sequence[float]) -> str:
    """Return shares in order of time as a curve from 0 to their largest, a dot on the last one; NaN are left out.

    An HTML image with its SVG inside, '' where there are fewer than two shares.

    >>> sparkline("market", [0.0, 0.5])[:36]
    '<img alt="" width="96" height="22" s'
    """
    known = [(place, share) for place, share in enumerate(shares) if share == share]
    if len(known) < 2:
        return ""
    top = max(share for _, share in known) or 1.0
    across = (_WIDTH - 2 * _MARGIN) / max(len(shares) - 1, 1)
    points = [
        (_MARGIN + place * across, _HEIGHT - _MARGIN - share / top * (_HEIGHT - 2 * _MARGIN)) for place, share in known
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    color, (x, y) = label_color(label_id), points[-1]
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}"><polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{color}"/></svg>'
    )
    encoded = b64encode(drawing.encode()).decode()
    return f'<img alt="" width="{_WIDTH}" height="{_HEIGHT}" src="data:image/svg+xml;base64,{encoded}">'
