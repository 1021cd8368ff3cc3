import numpy as np
import pandas as pd
import pytest

from core.trends.lead_lag import COLUMNS, lead_lag


def apart(_one, _other):
    return False


def counted(levels, rng, per_bin=60):
    total = rng.poisson(per_bin, size=len(levels))
    n = rng.binomial(total[:, None], 1 / (1 + np.exp(1 - levels)))
    return pd.DataFrame(n, columns=[f"l{i}" for i in range(levels.shape[1])]), total


def swings(n_bins, n_labels, rng, memory=0.6):
    levels = np.zeros((n_bins, n_labels))
    for t in range(1, n_bins):
        levels[t] = memory * levels[t - 1] + 0.5 * rng.normal(size=n_labels)
    return levels


def test_a_label_that_follows_another_two_bins_later_is_found():
    rng = np.random.default_rng(3)
    levels = swings(110, 6, rng)
    levels[2:, 1] = levels[:-2, 0] + 0.2 * rng.normal(size=108)
    frame = lead_lag(*counted(levels, rng), related=apart)
    assert tuple(frame.columns) == COLUMNS
    first = frame.iloc[0]
    assert (first.leader, first.follower, first.lag, bool(first.significant)) == ("l0", "l1", 2, True)
    assert 0 < first.low < first.correlation < first.high
    assert frame.groupby(["leader", "follower"]).size().max() == 1


def test_series_that_only_drift_are_seldom_tied_together():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(10):
        levels = np.cumsum(0.3 * rng.normal(size=(80, 8)), axis=0)
        found += int(lead_lag(*counted(levels - levels.mean(axis=0), rng), related=apart)["significant"].any())
    assert found <= 2


def test_related_and_rare_labels_are_left_out():
    rng = np.random.default_rng(0)
    counts, total = counted(swings(60, 3, rng), rng)
    counts["rare"] = (np.arange(60) == 30).astype(int) * 5
    frame = lead_lag(counts, total, related=lambda one, other: {one, other} == {"l0", "l1"})
    assert set(zip(frame["leader"], frame["follower"], strict=True)) == {
        *(("l0", "l2"), ("l2", "l0"), ("l1", "l2"), ("l2", "l1"))
    }


@pytest.mark.parametrize("n_bins", [0, 1, 23])
def test_short_periods_are_not_compared(n_bins):
    rng = np.random.default_rng(0)
    assert lead_lag(*counted(np.zeros((n_bins, 3)), rng), related=apart).empty


def test_constant_and_empty_bins_do_not_break_the_comparison():
    counts = pd.DataFrame({"a": [5] * 40, "b": [5, 0] * 20, "c": [3] * 40})
    frame = lead_lag(counts, np.array([10, 0] * 20) + counts["b"].to_numpy() * 2, related=apart)
    assert frame[["correlation", "p_value"]].notna().all().all()
