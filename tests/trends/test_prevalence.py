import numpy as np
import pytest

from core.trends.prevalence import Method, Reason, Validation, corrected


def scored(seed, share, n_texts, *, prior=0.2):
    """Draw scores that are calibrated where `prior` of the texts have the label."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n_texts) < share
    score = rng.normal(np.where(truth, 1.2, -1.2))
    return Validation(truth, 1 / (1 + np.exp(-(2.4 * score + np.log(prior / (1 - prior))))), 0.4)


def bin_of(seed, share, n_texts):
    drawn = scored(seed, share, n_texts)
    return np.array([(drawn.probabilities >= drawn.threshold).sum()]), np.array([n_texts]), [drawn.probabilities]


@pytest.mark.parametrize("method", Method)
def test_a_large_bin_gets_its_true_share_back(method):
    n, total, probabilities = bin_of(1, 0.03, 2500)
    found = corrected(n, total, scored(0, 0.2, 5000), method=method, probabilities=probabilities)
    assert found.reason is None
    assert abs(found.raw[0] - 0.03) > 0.02
    assert found.share[0] == pytest.approx(0.03, abs=0.012)
    assert found.low[0] < 0.03 < found.high[0]


def test_the_adjusted_count_is_the_unmixing_of_the_rates():
    truth = np.repeat([True, False], [50, 200])
    scores = np.concatenate([np.repeat([0.9, 0.1], [40, 10]), np.repeat([0.9, 0.1], [20, 180])])
    found = corrected(np.array([30, 10, 100]), np.array([100, 100, 100]), Validation(truth, scores, 0.5))
    assert found.share == pytest.approx([(0.3 - 0.1) / (0.8 - 0.1), 0, 1])
    assert found.raw == pytest.approx([0.3, 0.1, 1])
    assert found.high[1] > 0.01


@pytest.mark.parametrize(("method", "lowest"), [(Method.ACC, 0.92), (Method.PACC, 0.9)])
def test_intervals_hold_the_truth_as_often_as_they_say(method, lowest):
    covered, widths = [], []
    for seed in range(150):
        n, total, probabilities = bin_of(1000 + seed, 0.1, 200)
        found = corrected(n, total, scored(seed, 0.2, 300), method=method, probabilities=probabilities, seed=seed)
        covered.append(found.low[0] <= 0.1 <= found.high[0])
        widths.append((found.high - found.low)[0] / (found.raw_high - found.raw_low)[0])
    assert lowest <= np.mean(covered) <= 0.985
    assert np.mean(widths) > 1.2  # what correcting costs is said


def test_fewer_validation_texts_mean_wider_intervals():
    n, total, _ = bin_of(1, 0.1, 500)
    few, many = (corrected(n, total, scored(0, 0.2, size)) for size in (150, 5000))
    assert few.high[0] - few.low[0] > 1.3 * (many.high[0] - many.low[0])


@pytest.mark.parametrize(
    ("validation", "method", "reason"),
    [
        pytest.param(None, Method.ACC, Reason.NO_VALIDATION, id="none"),
        pytest.param(scored(0, 0.2, 0), Method.ACC, Reason.NO_VALIDATION, id="empty"),
        pytest.param(scored(0, 0.02, 200), Method.ACC, Reason.FEW_VALIDATED, id="few with the label"),
        pytest.param(scored(0, 0.99, 200), Method.ACC, Reason.FEW_VALIDATED, id="few without it"),
        pytest.param(
            Validation(np.arange(400) % 2 == 0, np.arange(400) / 400, 0.5),
            Method.ACC,
            Reason.NOT_SEPARATED,
            id="no better than chance",
        ),
        pytest.param(scored(0, 0.2, 400), Method.PACC, Reason.NO_PROBABILITIES, id="no probabilities"),
    ],
)
def test_what_cannot_be_corrected_stays_as_it_is_and_says_why(validation, method, reason):
    found = corrected(np.array([5, 0]), np.array([50, 0]), validation, method=method)
    assert found.reason is reason
    assert found.share[0] == found.raw[0] == pytest.approx(0.1)
    assert (found.low[0], found.high[0]) == (found.raw_low[0], found.raw_high[0])


@pytest.mark.parametrize("method", Method)
def test_silent_bins_have_no_share(method):
    n, total, probabilities = bin_of(1, 0.2, 300)
    n, total = np.append(n, 0), np.append(total, 0)
    validation = scored(0, 0.2, 400)
    found = corrected(n, total, validation, method=method, probabilities=[*probabilities, np.array([])])
    assert np.isnan([found.raw[1], found.share[1], found.low[1], found.high[1]]).all()
    assert found.low[0] < found.share[0] < found.high[0]


def test_the_same_seed_gives_the_same_interval():
    n, total, _ = bin_of(1, 0.2, 300)
    one, same = (corrected(n, total, scored(0, 0.2, 400), seed=3) for _ in range(2))
    assert (one.low, one.high) == (same.low, same.high)
