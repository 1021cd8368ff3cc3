"""The signal map: every label placed by strength (its share now) and momentum (how fast its odds move)."""

from enum import StrEnum

import numpy as np
import pandas as pd

from core.trends.discovery import discoveries
from core.trends.growth import growth
from core.trends.series import Counts, Flags, Floats, wilson

N_BINS = 12
"""Momentum is the slope over so many bins, or all where there are fewer."""
N_RECENT = 3
"""Strength is the share over so many of the last bins."""
FEWEST_RECENT = 5
"""Recent stories below which a label is noise, unless it significantly fades."""
STRONG_SHARE = 0.05
"""A share from here on is strong: absolute, so that a label's place does not hang on which others are looked at."""
COLUMNS = (
    *("position", "label", "signal", "strength", "low", "high", "momentum", "momentum_low", "momentum_high"),
    *("n_recent", "n_before", "p_value", "significant", "is_new"),
)


class Signal(StrEnum):
    """What a label is to a watcher of trends."""

    STRONG = "strong"
    """A large share that is not significantly falling."""
    RISING = "rising"
    """Not large, significantly growing: a weak signal."""
    FADING = "fading"
    """Significantly falling, from whatever size."""
    STEADY = "steady"
    """Not large, without a significant movement."""
    NOISE = "noise"
    """Too few recent stories to tell."""


def signal_map(n: Counts, total: Counts, years: Floats) -> pd.DataFrame:
    """Place every label at the last bin, from the last 12 bins alone.

    Takes what core.trends.growth.growth takes. One row a label, in order: position (of the last bin), label (row of
    n), signal, strength (share over the last 3 bins) with its 95 % Wilson interval low and high, momentum (slope of the
    log-odds a year) with its interval, n_recent and n_before (the label's stories in the last 3 bins and in those
    before), p_value, significant (Benjamini and Hochberg at 5 % over all labels), is_new. A label without a past (at
    least 5 recent stories, none in any bin before) has no line to fit: its p-value is Fisher's exact test of the
    recent bins against those before, and its momentum NaN.

    >>> total = np.full(12, 300)
    >>> n = np.array([np.full(12, 30), np.arange(1, 13), np.arange(24, 0, -2), np.full(12, 5), [0] * 9 + [2, 3, 4]])
    >>> signal_map(n, total, np.arange(12) / 12)["signal"].map(str).tolist()
    ['strong', 'rising', 'fading', 'steady', 'rising']
    """
    window = slice(max(0, len(total) - N_BINS), len(total))
    slopes = growth(n[:, window], total[window], years[window])
    recent = slice(max(0, len(total) - N_RECENT), len(total))
    n_recent, total_recent = n[:, recent].sum(axis=1), int(total[recent].sum())
    n_before, total_before = n[:, : recent.start].sum(axis=1), int(total[: recent.start].sum())
    is_new = (n_before == 0) & (n_recent >= FEWEST_RECENT) & (total_before > 0)
    p_value = np.where(slopes["enough"], slopes["p_value"], np.nan)
    p_value[is_new] = [_exact(int(k), total_recent, total_before) for k in n_recent[is_new]]
    significant = discoveries(p_value)
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = n_recent / np.float64(total_recent)
    low, high = wilson(n_recent, total_recent)
    momentum = slopes[["slope", "low", "high"]].to_numpy().T
    momentum = np.where(is_new | ~slopes["enough"].to_numpy(), np.nan, momentum)
    rising = significant & (is_new | (momentum[0] > 0))
    signals = _classify(n_recent, strength, rising, significant & ~rising)
    figures = {"strength": strength, "low": low, "high": high}
    moving = dict(zip(("momentum", "momentum_low", "momentum_high"), momentum, strict=True))
    verdict = {"p_value": p_value, "significant": significant, "is_new": is_new}
    where = {"position": len(total) - 1, "label": np.arange(len(n)), "signal": signals}
    frame = pd.DataFrame({**where, **figures, **moving, "n_recent": n_recent, "n_before": n_before, **verdict})
    return frame[list(COLUMNS)]


def signal_paths(n: Counts, total: Counts, years: Floats, n_steps: int = 6) -> pd.DataFrame:
    """Return the map as it stood at each of the last n_steps bins, oldest first; no bin knows of a later one.

    >>> paths = signal_paths(np.array([[5] * 12 + [40] * 3]), np.full(15, 100), np.arange(15) / 12, n_steps=3)
    >>> paths["position"].tolist()
    [12, 13, 14]
    """
    ends = range(max(1, len(total) - n_steps + 1), len(total) + 1)
    maps = [signal_map(n[:, :end], total[:end], years[:end]) for end in ends]
    return pd.concat(maps, ignore_index=True) if maps else pd.DataFrame(columns=list(COLUMNS))


def _exact(n_recent: int, total_recent: int, total_before: int) -> float:
    """Return Fisher's exact p-value of n of the recent stories against none of those before.

    All of the label's stories are recent, so the one-sided tail is a single term, and it is doubled.
    """
    from scipy import special

    chosen = special.gammaln(total_recent + 1) - special.gammaln(total_recent - n_recent + 1)
    among = total_recent + total_before
    return float(min(1.0, 2 * np.exp(chosen - special.gammaln(among + 1) + special.gammaln(among - n_recent + 1))))


def _classify(n_recent: Counts, strength: Floats, rising: Flags, fading: Flags) -> list[Signal]:
    noise = (n_recent < FEWEST_RECENT) & ~fading
    choices = [(noise, Signal.NOISE), (fading, Signal.FADING), (strength >= STRONG_SHARE, Signal.STRONG)]
    choices += [(rising, Signal.RISING), (np.ones(len(n_recent), dtype=bool), Signal.STEADY)]
    return [next(signal for holds, signal in choices if holds[i]) for i in range(len(n_recent))]
