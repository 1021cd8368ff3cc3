import numpy as np
import pytest

from core.ml.aggregate import evidence, top_share_mean


def array(*rows: object) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_share_one_is_the_mean_and_share_zero_the_maximum() -> None:
    passages = array([0.9, 0.2], [0.3, 0.4])
    assert top_share_mean(passages, [3, 1], share=1.0) == pytest.approx([0.75, 0.25])
    assert top_share_mean(passages, [3, 1], share=0.0) == pytest.approx([0.9, 0.4])


def test_one_sentence_in_passing_does_not_make_a_label() -> None:
    passages = array(*[[0.05]] * 19, [0.95])
    assert top_share_mean(passages, [100] * 20)[0] < 0.25


def test_a_third_of_a_report_does() -> None:
    passages = array(*[[0.05]] * 14, *[[0.9]] * 6)
    assert top_share_mean(passages, [100] * 20)[0] == pytest.approx(0.9)


def test_a_single_passage_keeps_its_probabilities() -> None:
    assert top_share_mean(array([0.3, 0.7]), [0]) == pytest.approx([0.3, 0.7])


def test_evidence_is_the_best_passages_first() -> None:
    passages = array([0.1, 0.9], [0.8, 0.2], [0.5, 0.3], [0.7, 0.1])
    assert evidence(passages, ["b", "a"], ["a", "b"], limit=2) == {"b": [0], "a": [1, 3]}
