import numpy as np
import pytest

from core.trends.growth import COLUMNS, growth, mann_kendall

MONTHS = np.arange(24) / 12
TOTAL = np.full(24, 150)


def test_agrees_with_an_over_dispersed_binomial_regression():
    total = np.array([1000, 1200, 800, 1500, 900, 2000])
    n = np.array([[100, 150, 80, 260, 120, 420]])
    row = growth(n, total, np.arange(6) / 2).iloc[0]
    assert row["slope"] == pytest.approx(0.32916, rel=1e-3)  # statsmodels 0.15, GLM, Binomial
    level = np.log(n.sum() / (total.sum() - n.sum()))
    for _ in range(50):  # the level at this slope, to form Pearson's statistic by its definition
        p = 1 / (1 + np.exp(-(level + row["slope"] * np.arange(6) / 2)))
        level += (n - total * p).sum() / (total * p * (1 - p)).sum()
    pearson = ((n[0] - total * p) ** 2 / (total * p * (1 - p))).sum() / 4
    assert row["dispersion"] == pytest.approx(pearson, rel=1e-3)
    assert row["low"] < row["slope"] < row["high"]


def test_no_trend_is_seldom_called_one_even_when_months_scatter():
    rng = np.random.default_rng(1)
    shares = 1 / (1 + np.exp(-(np.log(0.1 / 0.9) + rng.normal(0, 0.3, (2000, 24)))))
    frame = growth(rng.binomial(TOTAL, shares), TOTAL, MONTHS)
    assert (frame["p_value"] < 0.05).mean() < 0.06
    assert frame["dispersion"].mean() > 1.5
    assert not frame["significant"].mean() > 0.01


def test_a_known_slope_is_within_its_interval_as_often_as_promised():
    rng = np.random.default_rng(2)
    shares = 1 / (1 + np.exp(-(-2.5 + 0.4 * MONTHS)))
    frame = growth(rng.binomial(TOTAL, shares, (1000, 24)), TOTAL, MONTHS)
    assert 0.93 < ((frame["low"] <= 0.4) & (frame["high"] >= 0.4)).mean() < 0.99
    assert frame["slope"].mean() == pytest.approx(0.4, abs=0.02)
    assert frame["factor"].median() == pytest.approx(np.exp(0.4), abs=0.05)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param([0] * 24, id="never"),
        pytest.param([150] * 24, id="always"),
        pytest.param([0] * 23 + [1], id="one document"),
    ],
)
def test_labels_that_tell_nothing_are_not_enough(row):
    found = growth(np.array([row]), TOTAL, MONTHS).iloc[0]
    assert not found["enough"]
    assert not found["significant"]
    assert np.isnan(found["adjusted_p"])


def test_a_label_of_late_bins_alone_has_a_finite_slope():
    found = growth(np.array([[0] * 20 + [10, 20, 30, 40]]), TOTAL, MONTHS).iloc[0]
    assert found["significant"]
    assert 0 < found["low"] < found["slope"] < found["high"] < 100


def test_rare_labels_and_leaps_from_none_to_all_keep_figures_finite():
    total = np.full(24, 5000)
    rows = np.array([[0] * 14 + [0, 0, 4, 3, 5, 6, 4, 1, 4, 3], [0] * 4 + [5000] * 20, [4999] * 23 + [0]])
    frame = growth(rows, total, MONTHS)
    assert frame["enough"].all()
    assert np.isfinite(frame[["slope", "low", "high", "dispersion", "p_value"]]).all(axis=None)
    assert np.sign(frame["slope"]).tolist() == [1, 1, -1]


@pytest.mark.parametrize("n_bins", [0, 1, 2, 4])
def test_too_few_bins_tell_no_slope(n_bins):
    frame = growth(np.full((2, n_bins), 20), np.full(n_bins, 150), MONTHS[:n_bins])
    assert tuple(frame.columns) == COLUMNS
    assert not frame["enough"].any()
    assert growth(np.zeros((0, n_bins), dtype=int), np.full(n_bins, 150), MONTHS[:n_bins]).empty


def test_bins_without_stories_are_left_out():
    n, total = np.array([[10, 0, 15, 20, 0, 25, 30]]), np.array([100, 0, 100, 100, 0, 100, 100])
    years = np.array([0, 1, 2, 3, 10, 30, 31])  # years apart
    held = total > 0
    with_gaps, without = growth(n, total, years), growth(n[:, held], total[held], years[held])
    assert with_gaps.equals(without)


def test_kendall_agrees_with_scipy():
    from scipy.stats import kendalltau

    values = np.random.default_rng(3).normal(size=(5, 30)) + np.linspace(0, 2, 30)
    tau, p_value = mann_kendall(values)
    for row, own, p in zip(values, tau, p_value, strict=True):
        expected = kendalltau(np.arange(30), row, method="exact")
        assert own == pytest.approx(expected.statistic)
        assert p == pytest.approx(expected.pvalue, abs=0.003)
    assert mann_kendall(np.full((1, 8), 0.2))[1].tolist() == [1.0]
