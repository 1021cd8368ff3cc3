import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.ml.batching import TextTokenizer
from core.ml.embedder import Embedder
from core.ml.model_folder import Head, ModelDescription, content_version, read_description, read_head, write_model
from core.ml.tagger import Tagger


@pytest.fixture
def own_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny classifier that a test may damage."""
    description = read_description(tiny_model)
    write_model(tmp_path / "model", read_head(tiny_model, description), {}, description, "card")
    return tmp_path / "model"


def test_order_and_company_do_not_change_a_text(tiny_encoder: Path, tiny_model: Path) -> None:
    tagger = Tagger.load(tiny_encoder, tiny_model, threads=2)
    texts = ["short", "a somewhat longer text " * 9, "", "的", "middling words here", "x" * 300]
    together = tagger.tag(texts)
    assert together.shape == (6, len(tagger.label_ids)) and together.dtype == np.float32
    assert ((together > 0) & (together < 1)).all()
    for index in (5, 0, 2):
        np.testing.assert_allclose(tagger.tag([texts[index]])[0], together[index], atol=0.02)
    assert tagger.tag([]).shape == (0, len(tagger.label_ids))


def test_the_end_of_a_long_text_counts(tiny_encoder: Path, tiny_model: Path) -> None:
    tagger = Tagger.load(tiny_encoder, tiny_model)
    start = "a" * 1200
    assert np.abs(tagger.tag([start + "z" * 400]) - tagger.tag([start + "7" * 400])).max() > 0.01


def test_windows_hold_every_token_once(tiny_encoder: Path) -> None:
    tokenizer = TextTokenizer(tiny_encoder, max_tokens=102)
    windows = tokenizer.windows(["ab" * 125, "c"])
    assert [window.text_index for window in windows] == [0, 0, 0, 1]
    assert sum(len(window.ids) - 2 for window in windows) == 251
    assert max(len(window.ids) for window in windows) <= 102


def test_progress_rises_batch_by_batch_to_the_number_of_texts(tiny_encoder: Path) -> None:
    seen: list[int] = []
    Embedder.load(tiny_encoder, threads=1).embed(["word"] * 1100, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1100
    assert len(seen) > 3


def test_progress_that_raises_ends_the_work_at_once(tiny_encoder: Path) -> None:
    seen: list[int] = []

    def stop(done: int) -> None:
        seen.append(done)
        raise InterruptedError

    embedder = Embedder.load(tiny_encoder, threads=1)
    with pytest.raises(InterruptedError):
        embedder.embed(["word"] * 5000, on_progress=stop)
    assert len(seen) == 1
    assert embedder.embed(["word"]).shape == (1, embedder.width)  # and it can be used again


def test_a_model_says_what_it_is(tiny_encoder: Path, tiny_model: Path) -> None:
    tagger = Tagger.load(tiny_encoder, tiny_model)
    description = read_description(tiny_model)
    assert (tagger.model_version, tagger.taxonomy_version) == (description.version, description.taxonomy_version)
    assert tagger.thresholds.tolist() == pytest.approx(description.thresholds)


def test_a_head_of_another_checksum_is_refused(tiny_encoder: Path, own_model: Path) -> None:
    content = bytearray((own_model / "head.safetensors").read_bytes())
    content[-1] ^= 1
    (own_model / "head.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="checksum"):
        Tagger.load(tiny_encoder, own_model)


def test_weights_of_another_format_are_refused(tiny_encoder: Path, own_model: Path) -> None:
    (own_model / "head.safetensors").rename(own_model / "head.bin")
    with pytest.raises(ModelError, match="only safetensors"):
        Tagger.load(tiny_encoder, own_model)


def test_a_folder_without_description_is_no_model(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a model folder"):
        Tagger.load(tiny_encoder, tmp_path)


def test_a_model_of_another_encoder_is_refused(tiny_encoder: Path, own_model: Path) -> None:
    content = json.loads((own_model / "model.json").read_text())
    (own_model / "model.json").write_text(json.dumps(content | {"encoder_name": "someone/else"}))
    with pytest.raises(ModelError, match="someone/else"):
        Tagger.load(tiny_encoder, own_model)


def test_a_head_that_does_not_fit_its_labels_is_refused(own_model: Path) -> None:
    description = read_description(own_model)
    fewer = ModelDescription(**{**vars(description), "label_ids": description.label_ids[:-1]})
    with pytest.raises(ModelError, match="does not fit"):
        read_head(own_model, fewer)


def test_the_version_follows_the_content(tiny_model: Path) -> None:
    description = read_description(tiny_model)
    head = Head(np.ones((2, 3), np.float32), np.zeros(2, np.float32))
    other = Head(head.weight * 2, head.bias)
    change = {"encoder.layer.0.output.dense.weight": torch.ones(2, 2)}
    versions = {
        content_version(head, {}, description),
        content_version(other, {}, description),
        content_version(head, change, description),
        content_version(head, {}, replace(description, taxonomy_version="2")),
    }
    assert len(versions) == 4
    assert content_version(head, {}, replace(description, seconds=1.0)) in versions


def test_an_adapter_changes_what_the_encoder_says(tiny_encoder: Path, own_model: Path) -> None:
    before = Tagger.load(tiny_encoder, own_model).tag(["some words"])
    description = read_description(own_model)
    name = "encoder.layer.1.output.dense.weight"
    pair = {f"{name}.lora_A": torch.ones(1, 32), f"{name}.lora_B": torch.linspace(-1, 1, 16)[:, None]}
    write_model(own_model, read_head(own_model, description), pair, description, "card")
    assert np.abs(Tagger.load(tiny_encoder, own_model).tag(["some words"]) - before).max() > 0.01
    (own_model / "adapter.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="checksum"):
        Tagger.load(tiny_encoder, own_model)


def test_an_adapter_for_another_encoder_is_refused(tiny_encoder: Path, own_model: Path) -> None:
    description = read_description(own_model)
    head = read_head(own_model, description)
    write_model(own_model, head, {"encoder.layer.9.output.dense.weight": torch.ones(16, 32)}, description, "card")
    with pytest.raises(ModelError, match="does not have"):
        Tagger.load(tiny_encoder, own_model)
    write_model(own_model, head, {"encoder.layer.1.output.dense.weight": torch.ones(2, 2)}, description, "card")
    with pytest.raises(ModelError, match="another shape"):
        Tagger.load(tiny_encoder, own_model)


def test_tagging_loads_no_pipeline_and_no_transformers() -> None:
    code = "import sys, core.ml.tagger; print([m for m in ('transformers', 'sklearn', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
