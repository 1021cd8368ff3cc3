"""Vectors of labelled texts are computed once, kept, and found again."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import MachineError
from core.ml.neighbours import VectorFile, nearest
from core.ml.tagger import Tagger


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tiny_model: Path) -> Tagger:
    return Tagger.load(tiny_encoder, tiny_model, exact=True)


def test_what_was_computed_is_found_again_and_only_the_rest_is_computed(tagger: Tagger, tmp_path: Path) -> None:
    texts = [f"text number {i}" for i in range(70)]
    path, seen = tmp_path / "vectors" / "one.npz", []
    VectorFile(path).add(texts[:40], tagger, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(32, 40), (40, 40)]
    again = VectorFile(path)
    assert again.missing([*texts, texts[50]]) == texts[40:]
    again.add(texts[40:], tagger, on_progress=lambda *_: None)
    kept = VectorFile(path)
    assert kept.missing(texts) == []
    np.testing.assert_allclose(kept.of(texts), tagger.embedder.embed(texts), atol=1e-3)
    assert nearest(kept.of(texts)[7], kept.of(texts), 1)[0][0] == 7
    assert [item.name for item in path.parent.iterdir()] == ["one.npz"]


def test_what_is_done_is_kept_when_it_is_cut_short(tagger: Tagger, tmp_path: Path) -> None:
    texts = [f"text number {i}" for i in range(70)]

    def stop(done: int, _total: int) -> None:
        if done == 64:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VectorFile(tmp_path / "one.npz").add(texts, tagger, on_progress=stop)
    assert VectorFile(tmp_path / "one.npz").missing(texts) == texts[64:]


def test_a_damaged_file_counts_as_empty_and_is_replaced(tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    path.write_bytes(b"PK\x03\x04 no archive")
    file = VectorFile(path)
    assert file.missing(["a"]) == ["a"]
    file.add(["a"], tagger, on_progress=lambda *_: None)
    assert VectorFile(path).missing(["a"]) == []


def test_a_folder_that_cannot_be_written_is_said(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "vectors").write_text("a file where the folder should be")
    with pytest.raises(MachineError, match="cannot be written"):
        VectorFile(tmp_path / "vectors" / "one.npz").add(["a"], tagger, on_progress=lambda *_: None)
