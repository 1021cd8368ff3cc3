import numpy as np

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.ml.decisions import Rules

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
IDS = ["technology", "technology.training", "technology.training.peft", "market", "sector.finance"]
RULES = Rules(IDS, TREE)


def array(*rows: object) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def labels(*probabilities: float, thresholds: np.ndarray) -> list[str]:
    return RULES.names(RULES.decisions(array(probabilities), thresholds)[0])


def test_parents_are_at_least_as_probable_as_children() -> None:
    result = RULES.consistent(array([0.1, 0.2, 0.8, 0.1, 0.3], [0.9, 0.8, 0.1, 0.1, 0.5]))
    assert result.tolist() == array([0.8, 0.8, 0.8, 0.1, 0.3], [0.9, 0.8, 0.1, 0.1, 0.5]).tolist()


def test_a_topic_implies_its_aspect_and_dimension() -> None:
    assert labels(0.1, 0.1, 0.6, 0.1, 0.1, thresholds=array(0.5, 0.5, 0.5, 0.5, 0.5)) == IDS[:3]
    assert labels(0.1, 0.1, 0.1, 0.1, 0.1, thresholds=array(0.5, 0.5, 0.5, 0.5, 0.5)) == []


def test_an_aspect_holds_although_its_threshold_is_above_its_topics() -> None:
    assert labels(0.6, 0.5, 0.5, 0.1, 0.1, thresholds=array(0.5, 0.9, 0.4, 0.5, 0.5)) == IDS[:3]


def test_a_label_needs_its_dimension() -> None:
    thresholds = array(0.7, 0.3, 0.3, 0.7, 0.3)
    assert labels(0.6, 0.6, 0.6, 0.9, 0.1, thresholds=thresholds) == ["market"]
    assert labels(0.7, 0.6, 0.1, 0.1, 0.1, thresholds=thresholds) == ["technology", "technology.training"]


def test_a_sector_needs_any_dimension() -> None:
    thresholds = array(0.7, 0.3, 0.3, 0.7, 0.3)
    assert labels(0.1, 0.1, 0.1, 0.8, 0.9, thresholds=thresholds) == ["market", "sector.finance"]
    assert labels(0.6, 0.1, 0.1, 0.6, 0.9, thresholds=thresholds) == []
    assert Rules(["sector.finance"], TREE).decisions(array([0.9]), array(0.5)).all(), "a tree of sectors alone"
