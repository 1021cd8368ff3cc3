import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import AddedToken, Tokenizer
from transformers import BertConfig, BertForMaskedLM, RobertaConfig, RobertaForMaskedLM

from core.config import BUNDLED_DATA
from core.domain.documents import Reason
from core.domain.taxonomy_file import load_taxonomy
from core.ml.encoder import fetch_encoder
from core.ml.examples import Example
from core.ml.training.material import Material
from core.ml.training.watch import Point, Watch
from tests.conftest import VOCABULARY

KINDS = [("abcabc", {"market"}), ("789789", {"policy"}), ("XYZXYZ", set[str]())]
"""Texts of three kinds that even a random encoder tells apart, the last of them off topic."""
SHAPE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


@pytest.fixture
def make_material(tiny_encoder: Path) -> Callable[..., Material]:
    """Return what makes labelled texts of three kinds on the tiny encoder."""
    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")

    def make(n: int = 120, encoder: Path = tiny_encoder) -> Material:
        rng = np.random.default_rng(0)
        texts = [(KINDS[i % 3][0] * int(rng.integers(2, 9)), KINDS[i % 3][1]) for i in range(n)]
        examples = [
            Example(str(i), ("en", "zh")[i % 2], "", text, frozenset(ids)) for i, (text, ids) in enumerate(texts)
        ]
        return Material(examples, encoder, taxonomy)

    return make


@pytest.fixture(scope="session", params=["bert", "roberta"])
def masked(request: pytest.FixtureRequest, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer encoder of this kind with a masked-LM head, of random weights (seed 3)."""
    torch.manual_seed(3)
    shape = {**SHAPE, "vocab_size": len(VOCABULARY), "initializer_range": 0.3}
    config = RobertaConfig(**shape, max_position_embeddings=513, pad_token_id=0, type_vocab_size=1)
    is_bert = request.param == "bert"
    model = BertForMaskedLM(BertConfig(**shape)) if is_bert else RobertaForMaskedLM(config)
    torch.nn.init.normal_(dict(model.named_parameters())["cls.predictions.bias" if is_bert else "lm_head.bias"])
    source = tmp_path_factory.mktemp(request.param)
    model.save_pretrained(source)
    tokenizer = Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken("[MASK]", special=True)])
    tokenizer.save(str(source / "tokenizer.json"))
    about = json.loads((tiny_encoder / "tokenizer_config.json").read_text()) | {"mask_token": "[MASK]"}
    (source / "tokenizer_config.json").write_text(json.dumps(about))
    return fetch_encoder(str(source), source / "encoder").path


class Heard(Watch):
    """Keeps what a training tells."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.remarks: list[Reason] = []
        self.steps: list[int] = []

    def phase(self, name: str, done: int, total: int) -> None:
        if name == "training":
            self.steps.append(done)

    def point(self, point: Point) -> None:
        self.points.append(point)

    def remark(self, reason: Reason) -> None:
        self.remarks.append(reason)


@pytest.fixture
def heard() -> Heard:
    return Heard()
