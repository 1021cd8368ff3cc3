"""What is tagged with is what was trained, for each method and kind of encoder."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

from core.errors import InputError, ModelError
from core.ml.adapter import Adapter
from core.ml.batching import Excerpt
from core.ml.embedder import Embedder
from core.ml.encoder import fetch_encoder
from core.ml.model_folder import read_adapter, read_description
from core.ml.shape import read_shape
from core.ml.training.adalora import Triples
from core.ml.training.change import Change
from core.ml.training.full import Weights
from core.ml.training.lora import Pairs
from core.ml.training.material import Material
from core.ml.training.methods import parse_options, train
from core.ml.training.options import AdaloraOptions, FullOptions, LoraOptions, PromptOptions
from core.ml.training.prompt import Prefixes
from core.ml.training.states import TokenIds, compute_states
from core.ml.training.upper import UpperClassifier, unit_vectors, upper_layers
from tests.conftest import VOCABULARY

SHAPE = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
CHANGES: dict[str, Callable[[Any, Any], Change]] = {
    "lora": lambda encoder, _: Pairs(encoder, LoraOptions(rank=2, frozen_layers=1)),
    "adalora": lambda encoder, _: Triples(encoder, AdaloraOptions(rank=1, first_rank=3, frozen_layers=1), n_steps=9),
    "full": lambda encoder, under: Weights(encoder, FullOptions(frozen_layers=1), embeddings=under),
    "all": lambda *both: Weights(both[0], FullOptions(frozen_layers=0, train_embeddings=True), embeddings=both[1]),
    "prompt": lambda encoder, _: Prefixes(encoder, PromptOptions(prompt_tokens=3, frozen_layers=1)),
    "projected": lambda encoder, _: Prefixes(encoder, PromptOptions(prompt_tokens=2, projection=True, frozen_layers=0)),
}
TEXTS = ["abcabc", "a", "789 " * 9, "X" * 40, ""]


@pytest.fixture(scope="session", params=["bert", "roberta"])
def encoder(request: pytest.FixtureRequest, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A three-layer encoder of this kind, of random weights (seed 1), with the tiny encoder's tokens."""
    return saved(request.param, tiny_encoder, tmp_path_factory.mktemp(request.param))


def saved(kind: str, tiny_encoder: Path, folder: Path) -> Path:
    torch.manual_seed(1)
    n, most = len(VOCABULARY), 512
    models = {
        "bert": lambda: BertModel(BertConfig(vocab_size=n, max_position_embeddings=most, **SHAPE)),
        "roberta": lambda: RobertaModel(
            RobertaConfig(vocab_size=n, max_position_embeddings=most + 1, pad_token_id=0, type_vocab_size=1, **SHAPE)
        ),
        "distilbert": lambda: DistilBertModel(
            DistilBertConfig(vocab_size=n, dim=16, n_layers=2, n_heads=2, hidden_dim=32)
        ),
    }
    models[kind]().save_pretrained(folder / "source")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny_encoder / name, folder / "source" / name)
    return fetch_encoder(str(folder / "source"), folder / "encoder").path


@pytest.mark.parametrize("case", CHANGES)
def test_the_encoder_that_tags_is_the_one_that_was_trained(case: str, encoder: Path, tmp_path: Path) -> None:
    n_frozen = CHANGES[case](*upper_layers(encoder, n_frozen=0, dropout=0.0)).options.frozen_layers
    change = CHANGES[case](*upper_layers(encoder, n_frozen=n_frozen, dropout=0.0))
    network = UpperClassifier(change.encoder, embeddings=change.embeddings, n_labels=2)
    torch.manual_seed(2)
    weights = [weight for group in change.groups() for weight in group["params"]]
    with torch.no_grad():
        for weight in weights:
            weight += 0.5 * torch.randn_like(weight)
    texts = (
        TokenIds(encoder, TEXTS, max_tokens=64, shape=read_shape(encoder))
        if change.embeddings
        else compute_states(encoder, TEXTS, tmp_path / "states", n_layers=n_frozen, read=Excerpt(64))
    )
    trained = unit_vectors(network, texts, np.arange(len(TEXTS)))
    tensors = change.tensors()
    served = Embedder.load(encoder, adapter=Adapter(tensors)).embed(TEXTS)
    gap, change = (np.abs(trained - other).max() for other in (served, Embedder.load(encoder).embed(TEXTS)))
    assert gap < 0.02 * change
    assert change > 0.01
    assert all(weight.requires_grad for weight in weights)


@pytest.mark.parametrize("method", ["lora", "full", "prompt"])
def test_each_method_trains_on_roberta(
    method: str, tiny_encoder: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material = make_material(60, saved("roberta", tiny_encoder, tmp_path))
    found = train(
        method, material, tmp_path / "model", options=parse_options(method, {"frozen_layers": 1, "epochs": 1})
    )
    assert found.n_trainable > 0 < found.disk_bytes


def test_an_encoder_that_is_no_bert_is_refused(
    tiny_encoder: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material = make_material(60, saved("distilbert", tiny_encoder, tmp_path))
    with pytest.raises(ModelError, match="distilbert"):
        train("lora", material, tmp_path / "model")


def test_options_that_do_not_fit_the_encoder_or_each_other_are_refused(
    make_material: Callable[..., Material], tmp_path: Path
) -> None:
    for method, values, problem in (
        ("lora", {"frozen_layers": 2}, "has 2 layers"),
        ("full", {"train_embeddings": True}, "needs `frozen_layers` 0"),
        ("adalora", {"rank": 12}, "more than `rank`"),
    ):
        with pytest.raises(InputError, match=problem):
            train(method, make_material(), tmp_path, options=parse_options(method, values))


def test_adalora_ends_within_its_budget(make_material: Callable[..., Material], tmp_path: Path) -> None:
    options = AdaloraOptions(frozen_layers=1, rank=2, first_rank=4, batch_size=8, epochs=3, learning_rate=5e-3)
    trained = train("adalora", make_material(), tmp_path, options=options)
    adapter = read_adapter(tmp_path, read_description(tmp_path))
    assert adapter is not None
    ranks = [tensor.shape[0] for name, tensor in adapter.tensors.items() if name.endswith("lora_A")]
    assert 0 < sum(ranks) <= 2 * 6
    assert trained.metrics["all"]["labels"]["market"]["f1"] > 0.9


def test_lower_layers_learn_at_smaller_rates(tiny_encoder: Path) -> None:
    options = FullOptions(frozen_layers=0, layer_decay=0.5, learning_rate=0.1, train_embeddings=True)
    encoder, embeddings = upper_layers(tiny_encoder, n_frozen=0, dropout=0.0)
    change = Weights(encoder, options, embeddings=embeddings)
    rates = {id(weight): group["lr"] for group in change.groups() for weight in group["params"]}
    named = dict(encoder.named_parameters())
    found = [rates[id(named[f"encoder.layer.{n}.output.dense.weight"])] for n in (1, 0)]
    assert [*found, rates[id(embeddings.word_embeddings.weight)]] == [0.1, 0.05, 0.025]
    assert len(rates) == len(named) + len(list(embeddings.parameters()))


@pytest.mark.parametrize("broken", ["prefix_key", "prefix_value"])
def test_a_prefix_that_does_not_fit_is_refused(broken: str, tiny_encoder: Path) -> None:
    whole = {f"encoder.layer.1.{kind}": torch.zeros(2, 16) for kind in ("prefix_key", "prefix_value")}
    Embedder.load(tiny_encoder, adapter=Adapter(whole))
    for other in (None, torch.zeros(3, 16), torch.zeros(2, 8)):
        parts = {name: tensor for name, tensor in whole.items() if not name.endswith(broken)}
        wrong = parts if other is None else {**parts, f"encoder.layer.1.{broken}": other}
        with pytest.raises(ModelError, match="does not fit"):
            Embedder.load(tiny_encoder, adapter=Adapter(wrong))
    with pytest.raises(ModelError, match="does not have"):
        Embedder.load(tiny_encoder, adapter=Adapter({"encoder.layer.7.prefix_key": torch.zeros(2, 16)}))
