from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import BUNDLED_DATA
from core.domain.own_labels import TEACHABLE
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError, ModelError
from core.ml.decisions import Rules
from core.ml.examples import Example
from core.ml.model_folder import content_version, read_adapter, read_description, read_head, require_known_labels
from core.ml.tagger import Tagger
from core.ml.training.calibration import choose_thresholds, platt
from core.ml.training.head import fit_vectors
from core.ml.training.material import Material
from core.ml.training.methods import METHODS, fields_of, parse_options, train
from core.ml.training.options import (
    AdaloraOptions,
    FewShotOptions,
    FullOptions,
    HeadOptions,
    LoraOptions,
    PromptOptions,
)
from core.ml.training.watch import Watch

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
SMALL: dict[str, Any] = {"frozen_layers": 1, "held_out_of": 4}
OPTIONS = {
    "head": HeadOptions(),
    "lora": LoraOptions(rank=2, **SMALL),
    "adalora": AdaloraOptions(rank=1, first_rank=2, **SMALL),
    "full": FullOptions(learning_rate=1e-3, **SMALL),
    "prompt": PromptOptions(prompt_tokens=3, **SMALL),
    "few_shot": FewShotOptions(rank=2, epochs=5, batch_size=12, **SMALL),
}
ALONE = [name for name in METHODS if name != "incremental"]
"""The methods that need no model to go on from."""
KINDS = [("abcabc", {"market"}), ("789789", {"policy"}), ("XYZXYZ", set[str]())]
"""Texts of three kinds that even a random encoder tells apart, the last of them off topic."""


def material(encoder: Path, n: int = 120) -> Material:
    rng = np.random.default_rng(0)
    examples = [
        Example(str(i), ("en", "zh")[i % 2], "", KINDS[i % 3][0] * int(rng.integers(2, 9)), frozenset(KINDS[i % 3][1]))
        for i in range(n)
    ]
    return Material(examples, encoder, TREE)


@pytest.mark.parametrize("method", ALONE)
def test_what_was_taught_is_tagged(method: str, tiny_encoder: Path, tmp_path: Path) -> None:
    trained = train(method, material(tiny_encoder), tmp_path / "model", options=OPTIONS[method])
    tagger = Tagger.load(tiny_encoder, tmp_path / "model")
    likely = tagger.tag([text * 5 for text, _ in KINDS])
    rules = Rules(tagger.label_ids, TREE)
    assert [set(rules.names(row)) for row in rules.decisions(likely, tagger.thresholds)] == [k for _, k in KINDS]
    assert trained.metrics["all"]["labels"]["market"]["f1"] > 0.9
    assert trained.metrics["en"]["n"] + trained.metrics["zh"]["n"] == trained.metrics["all"]["n"]
    read = read_description(tmp_path / "model")
    head, adapter = read_head(tmp_path / "model", read), read_adapter(tmp_path / "model", read)
    assert content_version(head, adapter.tensors if adapter else {}, read) == read.version == trained.version
    assert trained.version in (tmp_path / "model" / "MODEL_CARD.md").read_text("utf-8")


@pytest.mark.parametrize("method", ALONE)
def test_training_again_gives_the_same_version(method: str, tiny_encoder: Path, tmp_path: Path) -> None:
    versions = {
        train(method, material(tiny_encoder), tmp_path / name, options=OPTIONS[method]).version for name in "ab"
    }
    assert len(versions) == 1


@pytest.mark.parametrize("method", ALONE)
def test_progress_is_told_to_the_end(method: str, tiny_encoder: Path, tmp_path: Path) -> None:
    last: dict[str, tuple[int, int]] = {}

    class Kept(Watch):
        def phase(self, name: str, done: int, total: int) -> None:
            last[name] = (done, total)

    train(method, material(tiny_encoder), tmp_path, options=OPTIONS[method], watch=Kept())
    assert last["reading"][1] >= len(material(tiny_encoder).split(held_out_of=4, seed=0).taught)
    assert all(done == total for done, total in last.values())
    assert ("training" in last) == (method != "head")


def test_the_adapter_does_what_training_saw(tiny_encoder: Path, tmp_path: Path) -> None:
    trained = train("lora", material(tiny_encoder), tmp_path, options=OPTIONS["lora"])
    tagger = Tagger.load(tiny_encoder, tmp_path)
    held = material(tiny_encoder).split(held_out_of=4, seed=0).test
    likely = Rules(tagger.label_ids, TREE).consistent(tagger.tag([material(tiny_encoder).texts[i] for i in held]))
    column = tagger.label_ids.index("market")
    true = np.array([i % 3 == 0 for i in held])
    precision = true[likely[:, column] >= tagger.thresholds[column]].mean()
    assert trained.metrics["all"]["labels"]["market"]["precision"] == pytest.approx(precision)
    assert (tmp_path / "adapter.safetensors").stat().st_size < 20_000


def test_too_few_texts_and_unknown_methods_are_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="10 texts are too few"):
        train("head", material(tiny_encoder, 10), tmp_path)
    with pytest.raises(InputError, match=r"no method magic; there are: head, lora, .*few_shot"):
        train("magic", material(tiny_encoder), tmp_path)
    with pytest.raises(InputError, match="did you mean lora"):
        train("loar", material(tiny_encoder), tmp_path)


@pytest.mark.parametrize("method", ALONE)
def test_every_option_has_a_sentence_and_takes_its_default_as_text(method: str) -> None:
    fields = fields_of(method)
    assert all(field.sentence and field.kind in ("int", "float", "str", "bool") for field in fields)
    assert parse_options(method, {field.name: str(field.default) for field in fields}) == METHODS[method].options()


def test_options_that_cannot_be_used_are_named_all_at_once() -> None:
    with pytest.raises(InputError) as refused:
        parse_options("lora", {"rnak": 4, "epochs": "two", "dropout": 2.0, "batch_size": 1.5, "seed": "nan", "rank": 8})
    assert all(part in str(refused.value) for part in ("did you mean rank", "two", "dropout", "1.5", "seed"))
    assert "found 8" not in str(refused.value)


def test_the_test_part_is_the_same_whatever_is_chosen_and_copies_stay_together(tiny_encoder: Path) -> None:
    examples = [Example(str(i), "en", "", "a", frozenset(), group=f"story {i // 3}") for i in range(600)]
    whole = Material(examples, tiny_encoder, TREE)
    splits = [whole.split(held_out_of=n, seed=seed) for n, seed in ((7, 0), (3, 1))]
    assert (splits[0].test == splits[1].test).all()
    assert 20 < len(splits[0].test) < 100
    for split in splits:
        parts = [{row // 3 for row in part} for part in (split.taught, split.validation, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 200


def test_copies_of_one_story_cannot_be_held_out_of_each_other(tiny_encoder: Path, tmp_path: Path) -> None:
    examples = [Example(str(i), "en", "", KINDS[i % 3][0], frozenset(KINDS[i % 3][1]), group="one") for i in range(60)]
    with pytest.raises(InputError, match="too few different stories"):
        train("head", Material(examples, tiny_encoder, TREE), tmp_path)


def test_a_users_own_label_is_trained_for_once_it_has_enough_texts(tiny_encoder: Path) -> None:
    tree = Taxonomy("2", (*TREE.labels, replace(TREE.by_id["sector.finance"], id="sector.games", own=True)))
    for n, is_taught in ((TEACHABLE - 1, False), (TEACHABLE, True)):
        examples = [
            replace(one, labels=frozenset({"sector.games"}) if i < n else one.labels)
            for i, one in enumerate(material(tiny_encoder).examples)
        ]
        assert ("sector.games" in Material(examples, tiny_encoder, tree).label_ids) == is_taught


def test_labels_outside_the_tree_are_refused(tiny_model: Path) -> None:
    smaller = type(TREE)(TREE.version, TREE.labels[:-1])
    with pytest.raises(ModelError, match="other_sector"):
        require_known_labels(read_description(tiny_model), smaller)


def test_parts_follow_from_the_id_alone(tiny_encoder: Path) -> None:
    some, every = (material(tiny_encoder, n).parts(5, seed=0) for n in (30, 120))
    assert (some == every[:30]).all()
    assert set(every.tolist()) == set(range(5))


def test_calibrated_scores_are_frequencies() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3000, 4)).astype(np.float32)
    true = (1 / (1 + np.exp(2 - 2 * vectors[:, :1])) > rng.random((3000, 1))).astype(bool)
    fitted = fit_vectors(vectors, true, np.arange(3000) % 5)
    slope, intercept = platt(fitted.held_out * 3 + 1, true)
    chances = 1 / (1 + np.exp(-(slope * (fitted.held_out * 3 + 1) + intercept)))
    likely = chances[:, 0] > 0.5
    assert true[likely].mean() == pytest.approx(chances[likely].mean(), abs=0.04)


IDS = ["market", "technology", "market.demand", "technology.data"]
RULES = Rules(IDS, TREE)


def test_a_rare_labels_threshold_is_drawn_to_the_common_one() -> None:
    rng = np.random.default_rng(0)
    true = np.zeros((400, 4), bool)
    true[:200, [0, 2]] = True
    true[:2, [1, 3]] = True
    chances = np.where(true, [0.35, 0.85, 0.35, 0.85], [0.25, 0.1, 0.25, 0.1]) + rng.normal(scale=0.01, size=true.shape)
    free, drawn = (
        choose_thresholds(chances.astype(np.float32), true, RULES, shrinkage=amount, off_topic_share=0.0)
        for amount in (0.0, 30.0)
    )
    assert abs(drawn[3] - free[3]) > 0.05
    assert abs(drawn[2] - free[2]) < 0.05


def raised(on_topic: float, share: float) -> tuple[float, float]:
    """Return the share of off-topic texts that end untagged and of the others that are found."""
    rng = np.random.default_rng(0)
    true = np.zeros((1000, 4), bool)
    true[:900, [0, 2]] = True
    chances = (np.where(true, on_topic, 0.4) + rng.normal(scale=0.1, size=true.shape)).astype(np.float32)
    held = RULES.decisions(chances, choose_thresholds(chances, true, RULES, shrinkage=1.0, off_topic_share=share))
    return (~held[900:]).all(axis=1).mean(), held[:900, 0].mean()


def test_the_dimensions_leave_the_off_topic_share_untagged() -> None:
    assert raised(0.75, 0.0)[0] < 0.95
    untagged, found = raised(0.75, 0.95)
    assert untagged >= 0.95
    assert found > 0.9


def test_off_topic_texts_are_not_untagged_at_the_price_of_the_others() -> None:
    untagged, found = raised(0.5, 0.95)
    assert untagged < 0.95
    assert found > 0.9
