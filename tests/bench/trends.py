"""Trend measures on planted series: what is found, how late, and how true the figures are.

Every detector sees the series grow bin by bin and never looks ahead. Its threshold is set on null panels so that it
raises FALSE_ALARMS a label and year, and everything reported is of other panels.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.trends.marks import marks
from core.trends.mix import Verdict, within_strata
from core.trends.prevalence import Method, Validation, corrected
from core.trends.standardise import standardised
from tests.bench import detectors
from tests.bench.planted import KINDS, N_BINS, MixedPanel, Panel, mixed_panel, panel

FALSE_ALARMS = 0.1
FIRST = 13
"""Alarms count from this bin on; before it there is no past to compare with."""
OURS = {"bursts": detectors.by_burst, "changes": detectors.by_change, "growth": detectors.by_growth}
OTHERS = {"raw counts, z-score": detectors.by_count, "BERTrend's popularity": detectors.by_popularity}
CHOSEN = {"step": "bursts", "ramp": "growth", "burst": "bursts", "new": "bursts"}
"""Which of ours answers for which kind of event; chosen on panels of other seeds and larger events."""


@dataclass(frozen=True)
class Found:
    """What one detector did at its threshold."""

    false_alarms: float
    detected: dict[str, float]
    delay: dict[str, float]


def run() -> dict[str, dict[str, object]]:
    """Measure and return the rows `trends.*` of the bench; the whole table goes to standard error."""
    package = detectors.burst_package()
    if package is None:
        print("burst-detection is not installed (pip install burst-detection); left out.", file=sys.stderr)
    others = OTHERS | ({"burst_detection": package} if package else {})
    tuning, nulls, planted = (
        [panel(seed, planted=events) for seed in range(first, first + count)]
        for first, count, events in ((1000, 6, False), (2000, 6, False), (3000, 10, True))
    )
    found = {name: _found(score, tuning, nulls, planted) for name, score in (OURS | others).items()}
    _print(found)
    return _detection_rows(found, list(others), planted) | _corrected_rows() | _standardised_row() | _mix_rows()


def _found(score: Callable, tuning: list[Panel], nulls: list[Panel], planted: list[Panel]) -> Found:
    null_scores = [_replay(score, each) for each in tuning]
    threshold = _threshold(null_scores)
    unmoved = [_replay(score, each) for each in nulls]
    alarms = [(each, _alarms(_replay(score, each), threshold)) for each in planted]
    detected, delay = {}, {}
    for kind, within in KINDS.items():
        waits = [_wait(raised[i], each.onsets[i], within) for each, raised in alarms for i in _of_kind(each, kind)]
        met = [wait for wait in waits if wait is not None]
        detected[kind] = len(met) / len(waits)
        delay[kind] = float(np.median(met)) if met else float("nan")
    return Found(_rate(unmoved, threshold), detected, delay)


def _replay(score: Callable, shown: Panel) -> np.ndarray:
    """Return scores, labels by bins, each from the bins up to it."""
    scores = np.zeros(shown.n.shape)
    for end in range(FIRST, shown.n.shape[1] + 1):
        scores[:, end - 1] = score(shown.n[:, :end], shown.total[:end])
    return scores


def _alarms(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Return where a score reaches the threshold that it was below one bin earlier."""
    above = scores >= threshold
    return above & ~np.pad(above, [(0, 0), (1, 0)])[:, :-1]


def _rate(scores: Iterable[np.ndarray], threshold: float) -> float:
    """Return the alarms a label and year."""
    raised = [_alarms(each, threshold)[:, FIRST:] for each in scores]
    return float(12 * np.mean([each.mean() for each in raised]))


def _threshold(scores: list[np.ndarray]) -> float:
    """Return the lowest threshold above 0 that raises no more than FALSE_ALARMS."""
    steps = np.unique(np.concatenate([each.ravel() for each in scores]))
    steps = steps[steps > 0]
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _rate(scores, steps[middle]) <= FALSE_ALARMS else (middle + 1, high)
    return float(steps[low])


def _of_kind(shown: Panel, kind: str) -> list[int]:
    return [i for i, own in enumerate(shown.kinds) if own == kind]


def _wait(alarms: np.ndarray, onset: int, within: int) -> int | None:
    """Return how many bins after its beginning an event raised its first alarm; 0 is its first bin."""
    raised = np.flatnonzero(alarms[onset : onset + within])
    return int(raised[0]) if len(raised) else None


def _print(found: dict[str, Found]) -> None:
    print(f"{'':24}{'false/label-year':>18}" + "".join(f"{kind:>16}" for kind in KINDS), file=sys.stderr)
    for name, own in found.items():
        cells = "".join(f"{own.detected[kind]:>9.2f} +{own.delay[kind]:>4.1f} m" for kind in KINDS)
        print(f"{name:24}{own.false_alarms:>18.2f}{cells}", file=sys.stderr)


def _detection_rows(found: dict[str, Found], others: list[str], planted: list[Panel]) -> dict[str, dict[str, object]]:
    rows, months = {}, "months to the alarm, the event's first counting as 1"
    for kind, chosen in CHOSEN.items():
        n = sum(len(_of_kind(each, kind)) for each in planted)
        best = max(others, key=lambda name: found[name].detected[kind])
        ours, theirs = found[chosen], found[best]
        name = f"{best}, at {FALSE_ALARMS} false alarms a label-year"
        rows[f"trends.detected_{kind}"] = _row(ours.detected[kind], theirs.detected[kind], "share", name, n)
        rows[f"trends.delay_{kind}"] = _row(1 + ours.delay[kind], 1 + theirs.delay[kind], months, name, n, less=True)
    return rows


def _row(ours: float, baseline: float, unit: str, baseline_is: str, n: int, *, less: bool = False) -> dict[str, object]:
    ratio = (baseline / ours if less else ours / baseline) if ours and baseline else None
    figures = {"ours": ours, "baseline": baseline, "ratio": ratio}
    return {name: None if each is None else round(each, 4) for name, each in figures.items()} | {
        "unit": unit,
        "baseline_is": baseline_is,
        "n": n,
    }


def _corrected_rows(n_repeats: int = 150) -> dict[str, dict[str, object]]:
    """Measure corrected shares against known ones: 1,000 validation texts, a label of 5 %, bins of 200 stories."""
    truths = np.array([0.01, 0.03, 0.08, 0.2, 0.4])
    raw, ours, covered, raw_covered = [], {method: [] for method in Method}, {method: [] for method in Method}, []
    for seed in range(n_repeats):
        rng = np.random.default_rng(seed)
        validation, drawn = _scores(rng, 0.05, 1000), [_scores(rng, share, 200).probabilities for share in truths]
        n = np.array([(each >= validation.threshold).sum() for each in drawn])
        for method in Method if seed < n_repeats // 5 else (Method.ACC, Method.PACC):
            figures = corrected(n, np.full(5, 200), validation, method=method, probabilities=drawn, seed=seed)
            ours[method].append(figures.share - truths)
            covered[method].append((figures.low <= truths) & (truths <= figures.high))
        raw.append(figures.raw - truths)
        raw_covered.append((figures.raw_low <= truths) & (truths <= figures.raw_high))
    count, plain = n_repeats * len(truths), "plain shares"
    for method in Method:
        error, bias = np.sqrt(np.mean(np.square(ours[method]))), np.abs(np.mean(ours[method], axis=0)).mean()
        line = f"{method}: bias {bias:.4f}, error {error:.4f}, coverage {np.mean(covered[method]):.3f}"
        print(f"{line}, by share {np.mean(covered[method], axis=0).round(2)}", file=sys.stderr)
    bias, plain_bias = (float(np.abs(np.mean(each, axis=0)).mean()) for each in (ours[Method.ACC], raw))
    coverage = (float(np.mean(covered[Method.ACC])), float(np.mean(raw_covered)))
    return {
        "trends.corrected_bias": _row(bias, plain_bias, "share", plain, count, less=True),
        "trends.corrected_coverage": _row(*coverage, "share of 95 % intervals", plain, count),
    }


def _scores(rng: np.random.Generator, share: float, n_texts: int) -> Validation:
    """Return labelled scores of a classifier that is calibrated where 5 % have the label."""
    truth = rng.random(n_texts) < share
    score = rng.normal(np.where(truth, 1.3, -1.3))
    return Validation(truth, 1 / (1 + np.exp(-(2.6 * score + np.log(0.05 / 0.95)))), 0.3)


def _standardised_row(n_repeats: int = 100) -> dict[str, dict[str, object]]:
    """Measure the step that a feed of another mix makes when it joins, where no feed's own share moves."""
    shares, sizes = np.array([0.02, 0.05, 0.1, 0.4]), np.array([60, 80, 40, 90])
    steps, plain, covered = [], [], []
    for seed in range(n_repeats):
        rng = np.random.default_rng(seed)
        total = rng.poisson(np.tile(sizes[:, None], 36))
        total[3, :18] = 0
        n = rng.binomial(total, shares[:, None])
        own, pooled = standardised(n, total), n.sum(axis=0) / total.sum(axis=0)
        truth = total.sum(axis=1) / total.sum() @ shares
        steps.append(own.share[18:].mean() - own.share[:18].mean())
        plain.append(pooled[18:].mean() - pooled[:18].mean())
        covered.append(np.mean((own.low <= truth) & (truth <= own.high)))
    print(f"standardised: coverage {np.mean(covered):.3f}", file=sys.stderr)
    invented = [float(np.abs(np.mean(each))) for each in (steps, plain)]
    return {"trends.step_by_new_feed": _row(*invented, "share", "plain shares", n_repeats, less=True)}


def _mix_rows(n_panels: int = 24) -> dict[str, dict[str, object]]:
    """Measure marks where a feed joins or ends: wrong ones, and steps that keep theirs, with the check within feeds."""
    found = [(own, _marked(own)) for own in map(mixed_panel, range(n_panels))]
    shown = pd.concat([rows.assign(panel=place) for place, (_, rows) in enumerate(found)])
    held = shown[shown["within"] == Verdict.HOLDS]
    resting = sum(onset is None for own, _ in found for onset in own.onsets)
    steps = [(place, i, onset) for place, (own, _) in enumerate(found) for i, onset in enumerate(own.onsets) if onset]
    wrong = [float(rows["onset"].isna().sum() / (resting * N_BINS / 12)) for rows in (held, shown)]
    met = [_n_met(rows, steps) / len(steps) for rows in (held, shown)]
    for name, rows in (("at rest", shown[shown["onset"].isna()]), ("of steps", shown[shown["onset"].notna()])):
        print(f"marks {name}: {rows['within'].value_counts().to_dict()}", file=sys.stderr)
    return {
        "trends.false_marks_of_feeds": _row(*wrong, "marks a label-year", "unchecked marks", resting, less=True),
        "trends.steps_beside_feeds": _row(*met, "share marked within 3 months", "unchecked marks", len(steps)),
    }


def _n_met(rows: pd.DataFrame, steps: list[tuple[int, int, int]]) -> int:
    rising = rows[rows["kind"] != "fall"]
    near = rising[(rising["start"] - rising["onset"]).abs() <= 3]
    return len({(place, i) for place, i, _ in steps} & set(zip(near["panel"], near["label_id"], strict=True)))


def _marked(shown: MixedPanel) -> pd.DataFrame:
    """Return the marks that are drawn, with onset (of their label) and the verdict on them."""
    bins = list(range(N_BINS))
    series = [
        pd.DataFrame({"label_id": i, "start": bins, "end": bins, "n": own, "total": shown.total.sum(axis=0)})
        for i, own in enumerate(shown.n.sum(axis=1))
    ]
    found = marks(pd.concat(series, ignore_index=True).assign(complete=True))
    found = found[found["level"] <= 1]
    onsets = [shown.onsets[i] for i in found["label_id"]]
    within = [_verdict(shown, row) for row in found.itertuples()]
    return found.assign(onset=np.array(onsets, dtype=float), within=within)


def _verdict(shown: MixedPanel, row) -> Verdict:
    bins = np.arange(N_BINS)
    inside = (bins >= row.start) & (bins <= row.end)
    before = (bins >= row.since) & (bins <= row.until) & ~inside
    n, total = shown.n[row.label_id], shown.total
    sums = [each[:, own].sum(axis=1) for own in (inside, before) for each in (n, total)]
    return within_strata(*sums).verdict(rises=row.kind != "fall")
