"""Two classifiers on the same texts: figures, intervals, and that stories are drawn, not texts."""

import time

import numpy as np

from core.ml.evaluate import f1
from core.ml.paired import paired_f1


def noisy(true: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return flags of which a share is turned round."""
    return true ^ (np.random.default_rng(seed).random(true.shape) < share)


def test_the_means_are_those_of_the_labels_that_occur() -> None:
    rng = np.random.default_rng(0)
    true = rng.random((200, 6)) < 0.2
    true[:, 5] = False
    before, after = noisy(true, 0.05, 1), noisy(true, 0.02, 2)
    found = paired_f1(true, before, after, [str(n) for n in range(200)]).macro(range(6))
    assert np.isclose(found.before, np.mean([f1(true[:, j], before[:, j]) for j in range(5)]))
    assert np.isclose(found.after, np.mean([f1(true[:, j], after[:, j]) for j in range(5)]))
    assert found.low < found.difference < found.high
    assert found.n == true.any(axis=1).sum()


def test_intervals_of_equal_models_hold_zero_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    stories = [str(n) for n in range(300)]
    held = 0
    for run in range(25):
        true = rng.random((300, 10)) < 0.15
        before, after = noisy(true, 0.04, 1000 + run), noisy(true, 0.04, 2000 + run)
        found = paired_f1(true, before, after, stories, seed=run).macro(range(10))
        held += found.low <= 0 <= found.high
    assert held >= 21  # 24 are expected; fewer than 21 come by chance once in a hundred


def test_copies_of_a_story_count_as_one_when_it_comes_to_certainty() -> None:
    rng = np.random.default_rng(1)
    true = rng.random((60, 4)) < 0.3
    before, after = noisy(true, 0.15, 1), noisy(true, 0.05, 2)
    stories = [str(n) for n in range(60)]
    once = paired_f1(true, before, after, stories).macro(range(4))
    copied = [np.tile(flags, (5, 1)) for flags in (true, before, after)]
    copies = paired_f1(*copied, stories * 5).macro(range(4))
    assert (copies.low, copies.high) == (once.low, once.high)
    apart = paired_f1(*copied, [str(n) for n in range(300)]).macro(range(4))
    assert apart.high - apart.low < 0.6 * (once.high - once.low)


def test_nothing_to_compare_is_no_number() -> None:
    nothing = np.zeros((0, 3), dtype=bool)
    assert np.isnan(paired_f1(nothing, nothing, nothing, []).macro(range(3)).difference)
    true = np.zeros((5, 3), dtype=bool)
    assert np.isnan(paired_f1(true, true, true, list("abcde")).macro(range(3)).low)


def test_seven_hundred_texts_and_all_labels_take_less_than_two_seconds() -> None:
    true = np.random.default_rng(0).random((700, 63)) < 0.06
    started = time.process_time()
    found = paired_f1(true, noisy(true, 0.03, 1), noisy(true, 0.03, 2), [str(n) for n in range(700)])
    for column in range(63):
        found.macro([column])
    assert time.process_time() - started < 2
