"""Seeded counts of stories whose truth is known: labels that step, climb, burst or appear, among labels that do not.

Bins are months. The volume of stories doubles over the period and, in every second panel, jumps by half when a feed is
added that has the same shares: more stories, and no trend.
"""

from dataclasses import dataclass

import numpy as np

N_BINS = 60
KINDS = {"step": 12, "ramp": 12, "burst": 4, "new": 12}
"""Each kind of event, and within how many bins of its beginning an alarm counts as finding it."""
SENSITIVITY, SPECIFICITY = 0.85, 0.999


@dataclass(frozen=True)
class Panel:
    """Counts of 20 labels over 60 months; kind is '' for a label without an event."""

    n: np.ndarray
    total: np.ndarray
    kinds: list[str]
    onsets: list[int]


def panel(seed: int, *, planted: bool) -> Panel:
    """Return one panel; with `planted`, 14 of its labels have an event that begins in months 20 to 44."""
    rng = np.random.default_rng(seed)
    kinds = ["step"] * 4 + ["ramp"] * 4 + ["burst"] * 4 + ["new"] * 2 if planted else []
    kinds += [""] * (20 - len(kinds))
    onsets = [int(onset) for onset in rng.integers(20, 45, len(kinds))]
    total = volume(feed_added=bool(seed % 2))
    n = np.array([_label(rng, kind, onset, total) for kind, onset in zip(kinds, onsets, strict=True)])
    return Panel(n, total, kinds, onsets)


def volume(*, feed_added: bool) -> np.ndarray:
    """Return the stories of each month, the same in all panels of a kind."""
    expected = np.linspace(150, 300, N_BINS) * np.random.default_rng(0).lognormal(0, 0.1, N_BINS)
    if feed_added:
        expected[30:] *= 1.5
    return expected.round().astype(int)


def _label(rng: np.random.Generator, kind: str, onset: int, total: np.ndarray) -> np.ndarray:
    """Return one label's counts: base share 0.5 % to 20 %, a season, monthly scatter, the event, the classifier."""
    t = np.arange(len(total))
    base = 0.02 if kind == "new" else np.exp(rng.uniform(np.log(0.005), np.log(0.2)))
    logit = np.log(base / (1 - base)) + rng.uniform(0, 0.3) * np.sin(2 * np.pi * (t + rng.integers(12)) / 12)
    logit += rng.normal(0, 0.1, len(t))
    since = t - onset
    logit += {
        "step": 0.6 * (since >= 0),
        "ramp": 0.9 * np.clip(since / 12, 0, 1),
        "burst": 0.9 * ((since >= 0) & (since < 3)),
    }.get(kind, 0.0)
    share = 1 / (1 + np.exp(-logit))
    if kind == "new":
        return rng.binomial(total, np.where(since >= 0, share, 0.0))
    return rng.binomial(total, share * SENSITIVITY + (1 - share) * (1 - SPECIFICITY))


@dataclass(frozen=True)
class MixedPanel:
    """Counts of 20 labels in four feeds over 60 months, labels by feeds by months; the last feed joins or ends."""

    n: np.ndarray
    total: np.ndarray
    onsets: list[int | None]
    """The month of a step of every feed by +0.6 in log-odds; None for a label without one."""


def mixed_panel(seed: int) -> MixedPanel:
    """Return a panel of which a quarter of the labels step, and a feed joins (odd seeds) or ends at month 30."""
    rng = np.random.default_rng(seed)
    parts = np.array([0.35, 0.2, 0.1, 0.35])
    total = (parts[:, None] * volume(feed_added=False)).round().astype(int)
    absent = slice(0, 30) if seed % 2 else slice(30, None)
    total[3, absent] = 0
    onsets = [int(rng.integers(20, 45)) if i < 5 else None for i in range(20)]
    return MixedPanel(np.array([_label_by_feed(rng, onset, total) for onset in onsets]), total, onsets)


def _label_by_feed(rng: np.random.Generator, onset: int | None, total: np.ndarray) -> np.ndarray:
    """Return one label's counts by feed: each has a share of its own, and scatter by month is common to all."""
    base = np.exp(rng.uniform(np.log(0.005), np.log(0.2)))
    logit = np.log(base / (1 - base)) + rng.normal(0, 0.8, (len(total), 1)) + rng.normal(0, 0.1, N_BINS)
    if onset is not None:
        logit[:, onset:] += 0.6
    return rng.binomial(total, 1 / (1 + np.exp(-logit)))
