import numpy as np
import pytest

from core.trends.mix import Verdict, within_strata

SIZES = np.array([600, 800, 400, 900])


def verdict(n, total, n_before, total_before, *, rises=True):
    return within_strata(*map(np.array, (n, total, n_before, total_before))).verdict(rises=rises)


def test_ratio_and_interval_are_those_that_r_gives_for_admissions_to_berkeley():
    # mantelhaen.test(UCBAdmissions) of R: 0.9046968, 0.7719074 to 1.0603298
    men, women = np.array([512, 353, 120, 138, 53, 22]), np.array([89, 17, 202, 131, 94, 24])
    refused, refused_women = np.array([313, 207, 205, 279, 138, 351]), np.array([19, 8, 391, 244, 299, 317])
    found = within_strata(men, men + refused, women, women + refused_women)
    ratios = np.exp([found.log_odds, found.low, found.high])
    assert ratios == pytest.approx([0.9046968, 0.7719074, 1.0603298], rel=1e-6)


def test_a_label_that_was_never_there_before_rises():
    found = within_strata(np.array([5]), np.array([20]), np.array([0]), np.array([20]))
    assert found.log_odds == pytest.approx(np.log(5.5 * 20.5 / (15.5 * 0.5)))
    assert np.isfinite([found.low, found.high]).all()
    assert verdict([15, 15], [60, 60], [0, 0], [60, 60]) == Verdict.HOLDS
    assert verdict([0, 0], [60, 60], [15, 15], [60, 60], rises=False) == Verdict.HOLDS


def test_a_change_holds_in_the_direction_that_was_seen_only():
    risen = ([40, 20], [100, 100], [10, 5], [100, 100])
    assert verdict(*risen) == Verdict.HOLDS
    assert verdict(*risen, rises=False) == Verdict.NOT_WITHIN


def test_a_label_that_only_a_feed_that_ended_had_does_not_show_within_the_others():
    assert verdict([0, 0], [60, 0], [0, 30], [60, 40], rises=False) == Verdict.NOT_WITHIN


def test_of_a_change_that_the_mix_made_a_small_part_within_is_not_enough():
    # within the feeds the odds rise by a fifth, surely; over all stories they nearly treble
    grown = ([1_180, 17_800], [10_000, 40_000], [4_000, 4_000], [40_000, 10_000])
    found = within_strata(*map(np.array, grown))
    assert found.low > 0.1
    assert found.crude == pytest.approx(np.log(18_980 / 31_020 / (8_000 / 42_000)))
    assert found.verdict(rises=True) == Verdict.NOT_WITHIN


def test_what_is_not_from_strata_of_both_periods_cannot_be_told():
    assert verdict([30, 0], [60, 0], [0, 5], [0, 60]) == Verdict.NO_COMMON  # one feed took the other's place
    assert verdict([20, 2], [70, 50], [0, 2], [0, 50]) == Verdict.NO_COMMON  # under half of the stories
    assert verdict([9, 9], [9, 10], [1, 1], [9, 10]) == Verdict.NO_COMMON  # fewer than 20


@pytest.mark.parametrize(("share", "change", "least", "most"), [(0.4, 0.0, 0.0, 0.05), (0.06, 0.5, 0.95, 1.0)])
def test_a_feed_that_joins_is_seldom_taken_for_a_change_and_a_change_beside_it_is_found(share, change, least, most):
    held, shares = [], np.array([0.02, 0.05, 0.1, share])
    changed = 1 / (1 + np.exp(-(np.log(shares / (1 - shares)) + change)))
    for seed in range(200):
        rng = np.random.default_rng(seed)
        before, total = rng.poisson(SIZES * [1, 1, 1, 0]), rng.poisson(SIZES)
        found = verdict(rng.binomial(total, changed), total, rng.binomial(before, shares), before)
        held.append(found == Verdict.HOLDS)
    assert least <= np.mean(held) <= most
