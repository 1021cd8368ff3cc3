import numpy as np
import pytest

from core.trends.discovery import adjusted, discoveries

P_VALUES = np.array([0.001, 0.2, 0.013, 0.04, 0.04, 0.9, 0.0004])


@pytest.mark.parametrize(("any_dependence", "method"), [(False, "bh"), (True, "by")])
def test_agrees_with_scipy(any_dependence, method):
    from scipy.stats import false_discovery_control

    expected = false_discovery_control(P_VALUES, method=method)
    assert adjusted(P_VALUES, any_dependence=any_dependence) == pytest.approx(expected)


def test_what_was_not_tested_does_not_count():
    with_gaps = np.insert(P_VALUES, [0, 3, 7], np.nan)
    assert adjusted(with_gaps)[~np.isnan(with_gaps)] == pytest.approx(adjusted(P_VALUES))
    assert not discoveries(np.full(3, np.nan)).any()
    assert not len(discoveries(np.array([])))
