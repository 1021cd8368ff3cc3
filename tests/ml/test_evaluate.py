import numpy as np
import pytest
from sklearn import metrics

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.ml.evaluate import average_precision, evaluate, evaluate_by_language, expected_calibration_error, label_scores

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
IDS = ["technology", "technology.training", "technology.training.peft", "sector.finance"]


def test_scores_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    true, chance = rng.random(500) < 0.2, rng.random(500).round(2).astype(np.float32)
    decided = chance >= 0.6
    scores = label_scores(true, decided, chance)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(true, decided, average="binary")
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((precision, recall, f1))
    assert scores.average_precision == pytest.approx(metrics.average_precision_score(true, chance))
    assert scores.support == true.sum()


def test_average_precision_without_positives_is_zero() -> None:
    assert average_precision(np.zeros(3, bool), np.ones(3, np.float32)) == 0.0


def test_perfect_frequencies_have_no_calibration_error() -> None:
    true = np.array([True, False, False, False] * 10)
    assert expected_calibration_error(true, np.full(40, 0.25, np.float32)) == pytest.approx(0.0)
    assert expected_calibration_error(true, np.full(40, 0.75, np.float32)) == pytest.approx(0.5)


def test_levels_off_topic_and_languages() -> None:
    true = np.array([[1, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
    chance = np.array([[0, 0, 0.9, 0], [0.9, 0.9, 0.1, 0], [0, 0, 0, 0.9], [0, 0, 0, 0]], dtype=np.float32)
    report = evaluate(true, chance, np.full(4, 0.5, np.float32), IDS, TREE)
    assert report["levels"]["dimension"]["micro_f1"] == 1.0, "a topic's decision implies its dimension"
    assert report["levels"]["topic"]["macro_f1"] == 1.0
    assert report["levels"]["topic_10"]["n_labels"] == 0
    assert report["levels"]["sector"]["macro_f1"] == 0.0
    assert report["off_topic"] == {"n": 2, "left_untagged": 1.0}, "a sector alone tags nothing"
    eager = evaluate(true, np.maximum(chance, [[0], [0], [0], [0.6]]).astype(np.float32), np.full(4, 0.5), IDS, TREE)
    assert eager["off_topic"] == {"n": 2, "left_untagged": 0.5}
    languages = evaluate_by_language(true, chance, np.full(4, 0.5, np.float32), IDS, TREE, ["en", "zh", "en", "en"])
    assert {name: part["n"] for name, part in languages.items()} == {"all": 4, "en": 3, "zh": 1}
