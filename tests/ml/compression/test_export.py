"""A classifier in another runtime says what the tagger says."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.compression.export import export
from core.ml.compression.options import Int8Options
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.examples import Example
from core.ml.model_folder import write_model
from core.ml.tagger import Tagger
from core.ml.training.material import Material

TEXT = "Rules for chips: 42% 中"


@pytest.fixture
def source(tiny_encoder: Path, tiny_model: Path) -> Source:
    return Source.read(tiny_encoder, tiny_model)


def test_an_onnx_model_runs_by_itself(source: Source, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    assert export(source, tmp_path / "out", "onnx") < 0.02
    labels = json.loads((tmp_path / "out" / "labels.json").read_text("utf-8"))
    assert labels["model_version"] == source.description.version
    assert labels["sha256"]["model.onnx"] == hashlib.sha256((tmp_path / "out" / "model.onnx").read_bytes()).hexdigest()
    ids = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json")).encode(TEXT).ids
    inputs = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), dtype=np.int64)}
    found = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx").run(None, inputs)[0]
    np.testing.assert_allclose(found, Tagger.load(source.encoder.path, source.folder).tag([TEXT]), atol=0.01)
    with pytest.raises(InputError, match="there already"):
        export(source, tmp_path / "out", "onnx")


def test_an_openvino_model_says_the_same(source: Source, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    assert export(source, tmp_path / "out", "openvino") < 0.02
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.xml",
        "model.bin",
        "tokenizer.json",
        "labels.json",
    }


def test_what_cannot_be_exported_is_refused(source: Source, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no runtime magic; there are: onnx, openvino"):
        export(source, tmp_path / "out", "magic")
    tree = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    examples = [Example(str(n), "en", "", f"text {n}", frozenset()) for n in range(40)]
    material = Material(examples, source.encoder.path, tree)
    compress("int8", source, material, tmp_path / "int8", options=Int8Options(n_texts=9))
    pytest.importorskip("onnx")
    with pytest.raises(InputError, match="8-bit weights of this app's own kind"):
        export(Source.read(source.encoder.path, tmp_path / "int8"), tmp_path / "out", "onnx")
    vectors = {f"encoder.layer.1.prefix_{kind}": torch.ones(2, 16).half() for kind in ("key", "value")}
    write_model(tmp_path / "prompt", source.head, vectors, source.description, "# Card")
    with pytest.raises(InputError, match="puts vectors before each text"):
        export(Source.read(source.encoder.path, tmp_path / "prompt"), tmp_path / "out", "onnx")
