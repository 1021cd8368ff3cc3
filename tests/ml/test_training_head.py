from pathlib import Path

import numpy as np
import pytest

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError, ModelError
from core.ml.embedder import Embedder
from core.ml.examples import Example
from core.ml.model_folder import read_description, require_known_labels
from core.ml.tagger import Tagger
from core.ml.training import linear
from core.ml.training.head import HeadOptions, fit_head, fold_of, train_head

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")


def examples(n: int = 90) -> list[Example]:
    """Texts of three kinds that even a random encoder tells apart."""
    kinds = [("abcabc", {"market"}), ("789789", {"policy"}), ("XYZXYZ", set[str]())]
    rng = np.random.default_rng(0)
    return [
        Example(str(i), ("en", "zh")[i % 2], "", kinds[i % 3][0] * int(rng.integers(2, 9)), frozenset(kinds[i % 3][1]))
        for i in range(n)
    ]


def test_what_was_taught_is_tagged(tiny_encoder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    trained = train_head(examples(), Embedder.load(tiny_encoder), TREE, folder)
    tagger = Tagger.load(tiny_encoder, folder)
    decided = tagger.tag(["abcabc" * 5, "789789" * 5, "XYZXYZ" * 5]) >= tagger.thresholds
    found = [{label for label, is_on in zip(tagger.label_ids, row, strict=True) if is_on} for row in decided]
    assert found == [{"market"}, {"policy"}, set()]
    assert trained.metrics["all"]["labels"]["market"]["f1"] > 0.9
    assert trained.metrics["en"]["n"] == trained.metrics["zh"]["n"] == 45
    assert read_description(folder).version == trained.version
    assert trained.version in (folder / "MODEL_CARD.md").read_text("utf-8")


def test_training_again_gives_the_same_version(tiny_encoder: Path, tmp_path: Path) -> None:
    embedder = Embedder.load(tiny_encoder, threads=1)
    versions = {train_head(examples(), embedder, TREE, tmp_path / name).version for name in "ab"}
    assert len(versions) == 1


def test_too_few_texts_are_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="10 texts are too few"):
        train_head(examples(10), Embedder.load(tiny_encoder), TREE, tmp_path)


def test_labels_outside_the_tree_are_refused(tiny_model: Path) -> None:
    smaller = type(TREE)(TREE.version, TREE.labels[:-1])
    with pytest.raises(ModelError, match="other_sector"):
        require_known_labels(read_description(tiny_model), smaller)


def test_parts_follow_from_the_id_alone() -> None:
    options = HeadOptions()
    some, all_ = fold_of(examples(30), options), fold_of(examples(90), options)
    assert (some == all_[:30]).all()
    assert set(all_.tolist()) == set(range(options.folds))


def test_held_out_probabilities_are_frequencies() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3000, 4)).astype(np.float32)
    true = (1 / (1 + np.exp(2 - 2 * vectors[:, :1])) > rng.random((3000, 1))).astype(bool)
    fitted = fit_head(vectors, true, np.arange(3000) % 5, options=HeadOptions())
    likely = fitted.held_out[:, 0] > 0.5
    assert true[likely].mean() == pytest.approx(fitted.held_out[likely].mean(), abs=0.04)


def test_a_rare_labels_threshold_is_drawn_to_the_common_one() -> None:
    rng = np.random.default_rng(0)
    true = np.zeros((400, 2), bool)
    true[:200, 0] = True
    true[:2, 1] = True
    chances = np.where(true, [0.35, 0.85], [0.25, 0.1]) + rng.normal(scale=0.01, size=true.shape)
    free = linear.choose_thresholds(chances.astype(np.float32), true, shrinkage=0.0)
    drawn = linear.choose_thresholds(chances.astype(np.float32), true, shrinkage=30.0)
    assert abs(drawn[1] - free[1]) > 0.05
    assert abs(drawn[0] - free[0]) < 0.05
