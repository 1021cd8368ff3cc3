import numpy as np
import pytest

from core.trends.signals import COLUMNS, Signal, signal_map, signal_paths

MONTHS = np.arange(24) / 12
TOTAL = np.full(24, 400)


def placed(*rows, total=TOTAL):
    return signal_map(np.array(rows), total, MONTHS[: len(total)])


def test_each_kind_of_label_has_its_place():
    growing = [2] * 12 + np.linspace(2, 19, 12).astype(int).tolist()
    falling = np.linspace(60, 4, 24).astype(int)
    frame = placed(np.full(24, 60), growing, falling, np.full(24, 6), [0, 1] * 12)
    assert tuple(frame.columns) == COLUMNS
    assert frame["signal"].tolist() == [Signal.STRONG, Signal.RISING, Signal.FADING, Signal.STEADY, Signal.NOISE]
    assert frame["strength"].iloc[0] == pytest.approx(0.15)
    assert (frame["low"] <= frame["strength"]).all() and (frame["strength"] <= frame["high"]).all()
    assert frame["momentum"].iloc[1] > 0 > frame["momentum"].iloc[2]
    assert frame["n_recent"].iloc[3] == 18


def test_a_large_label_that_falls_is_fading_not_strong():
    assert placed(np.linspace(200, 80, 24).astype(int))["signal"].tolist() == [Signal.FADING]


def test_a_label_without_a_past_is_admitted_with_an_exact_test():
    from scipy.stats import fisher_exact

    frame = placed([0] * 21 + [3, 4, 5], np.full(24, 6))
    new = frame.iloc[0]
    assert (new["signal"], new["is_new"], new["n_before"]) == (Signal.RISING, True, 0)
    expected = fisher_exact([[12, 1200 - 12], [0, 21 * 400]], alternative="greater").pvalue
    assert new["p_value"] == pytest.approx(2 * expected)
    assert np.isnan(new["momentum"])


def test_a_single_document_is_noise():
    frame = placed([0] * 23 + [1], [1] + [0] * 23)
    assert frame["signal"].tolist() == [Signal.NOISE] * 2
    assert not frame["is_new"].any()


def test_many_labels_at_rest_rise_seldom():
    n = np.random.default_rng(0).binomial(400, 0.03, (300, 24))
    assert placed(*n)["signal"].isin([Signal.RISING, Signal.FADING]).mean() < 0.01


def test_a_path_shows_the_map_as_it_stood():
    n = np.array([[2] * 12 + [4, 7, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46], [8] * 24])
    paths = signal_paths(n, TOTAL, MONTHS, n_steps=12)
    own = paths[paths["label"] == 0]
    assert own["position"].tolist() == list(range(12, 24))
    assert own["signal"].iloc[0] == Signal.STEADY
    assert {Signal.RISING, Signal.STRONG} <= set(own["signal"])
    then = signal_map(n[:, :18], TOTAL[:18], MONTHS[:18])
    assert own[own["position"] == 17]["p_value"].item() == then["p_value"].iloc[0]


@pytest.mark.parametrize("n_bins", [0, 1, 2])
def test_hardly_any_bins_are_no_movement(n_bins):
    frame = placed([60] * n_bins, [0] * n_bins, total=np.full(n_bins, 100))
    assert set(frame["signal"]) <= {Signal.STRONG, Signal.NOISE}
    assert not frame["significant"].any()


def test_no_labels_and_no_stories():
    assert signal_map(np.zeros((0, 24), dtype=int), TOTAL, MONTHS).empty
    frame = placed(np.zeros(24, dtype=int), total=np.zeros(24, dtype=int))
    assert frame["signal"].tolist() == [Signal.NOISE]
    assert signal_paths(np.zeros((1, 0), dtype=int), np.zeros(0, dtype=int), np.zeros(0)).empty
