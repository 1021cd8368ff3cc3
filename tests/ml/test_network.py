import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from core.errors import ModelError
from core.ml.network import PackedBert

SHAPE = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
CPU = torch.device("cpu")


def sequences(seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(3, 50, length).tolist() for length in (5, 5, 64, 1, 33, 90, 5)]


def reference(model: torch.nn.Module, batch: list[list[int]]) -> torch.Tensor:
    """Mean-pooled vectors by transformers, one sequence at a time, so without any padding."""
    with torch.inference_mode():
        return torch.stack([model.eval()(torch.tensor([ids])).last_hidden_state[0].mean(0) for ids in batch])


@pytest.mark.parametrize("sharpness", [1.0, 60.0])  # the second makes scores that e^score cannot hold
def test_it_computes_what_transformers_computes(tmp_path: Path, sharpness: float) -> None:
    torch.manual_seed(0)
    model = BertModel(BertConfig(**SHAPE), add_pooling_layer=False)
    for layer in model.encoder.layer:
        layer.attention.self.query.weight.data *= sharpness
        layer.attention.self.key.weight.data *= sharpness
    model.save_pretrained(tmp_path)
    network = PackedBert(tmp_path, dtype=torch.float32, device=CPU)
    torch.testing.assert_close(network(sequences()), reference(model, sequences()), atol=1e-5, rtol=1e-4)


def test_roberta_counts_positions_after_the_padding_id(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = XLMRobertaModel(XLMRobertaConfig(**SHAPE, pad_token_id=1, max_position_embeddings=514, layer_norm_eps=1e-5))
    model.save_pretrained(tmp_path)
    network = PackedBert(tmp_path, dtype=torch.float32, device=CPU)
    assert network.shape.max_tokens == 512
    torch.testing.assert_close(network(sequences()), reference(model, sequences()), atol=1e-5, rtol=1e-4)


def test_bfloat16_stays_close(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = BertModel(BertConfig(**SHAPE), add_pooling_layer=False)
    model.save_pretrained(tmp_path)
    network = PackedBert(tmp_path, dtype=torch.bfloat16, device=CPU)
    assert torch.cosine_similarity(network(sequences()), reference(model, sequences())).min() > 0.999


def test_a_sequence_does_not_see_its_neighbours(tiny_encoder: Path) -> None:
    network = PackedBert(tiny_encoder, dtype=torch.float32, device=CPU)
    together = network(sequences())
    for ids, vector in zip(sequences(), together, strict=True):
        torch.testing.assert_close(network([ids])[0], vector, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("change", [{"model_type": "gpt2"}, {"hidden_act": "relu"}])
def test_another_architecture_is_refused(copied_encoder: Path, change: dict[str, str]) -> None:
    config = json.loads((copied_encoder / "config.json").read_text())
    (copied_encoder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ModelError, match="BERT or RoBERTa with gelu is needed"):
        PackedBert(copied_encoder, dtype=torch.float32, device=CPU)


def test_weights_that_are_no_safetensors_are_refused(copied_encoder: Path) -> None:
    (copied_encoder / "model.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(ModelError, match="cannot be read"):
        PackedBert(copied_encoder, dtype=torch.float32, device=CPU)
