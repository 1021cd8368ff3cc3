"""Models that leave as one zip and come in again, and the zips that are turned away."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.db import models
from core.errors import AppError, InputError, MachineError, ModelError
from core.ml import model_archive
from core.services import registry
from core.services.model_transfer import export_file, export_model, import_file, import_model
from core.services.tagging import load_tagger
from core.services.workspace import Workspace
from tests.conftest import make_workspace, write_tiny_model

Files = dict[str, bytes]


@pytest.fixture
def files(tiny_encoder: Path, tmp_path: Path) -> Files:
    """A model's files that a test may change."""
    write_tiny_model(tmp_path / "model", tiny_encoder, seed=5)
    return {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


def saying(files: Files, **facts: object) -> Files:
    """Return the files with other facts in model.json."""
    return files | {"model.json": json.dumps(json.loads(files["model.json"]) | facts).encode()}


def weights(tmp_path: Path, files: Files, name: str, tensors: dict[str, np.ndarray]) -> Files:
    """Return the files with other weights, whose checksum model.json states."""
    import hashlib

    path = tmp_path / "w.safetensors"
    save_file(tensors, path)
    content = path.read_bytes()
    fact = {f"{name.split('.')[0]}_sha256": hashlib.sha256(content).hexdigest()}
    return saying(files, **fact) | {name: content}


def refused(workspace: Workspace, source: io.BytesIO, kind: type[AppError] = InputError) -> str:
    """Return why a zip is turned away, after a look that it left nothing behind."""
    before = sorted((workspace.settings.home / "models").iterdir())
    n_models = len(registry.list_models(workspace))
    with pytest.raises(kind) as caught:
        import_model(workspace, source)
    assert sorted((workspace.settings.home / "models").iterdir()) == before
    assert len(registry.list_models(workspace)) == n_models
    return str(caught.value)


def test_a_model_travels_to_another_machine_and_tags_alike(
    workspace: Workspace, tiny_encoder: Path, tiny_model: Path, tmp_path: Path, files: Files
) -> None:
    made = import_model(workspace, zipped(files))
    assert workspace.champion().id != made.id
    export_file(workspace, made.id[:6], tmp_path / "a.zip")
    export_file(workspace, made.id, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    there = make_workspace(tmp_path / "there", tiny_encoder, tiny_model)
    came = import_file(there, tmp_path / "a.zip")
    assert replace(came, created_at=made.created_at) == made
    texts = ["Chips sell well.", "芯片销量很好。"]
    assert np.array_equal(*(load_tagger(ws, v).tag(texts) for ws, v in ((workspace, made), (there, came))))
    assert registry.get_model(there, came.id).card == "# Card"
    there.database.close()


def test_importing_again_changes_nothing_and_a_lost_folder_comes_back(workspace: Workspace, files: Files) -> None:
    made = import_model(workspace, zipped(files))
    assert import_model(workspace, zipped(files)) == made
    with workspace.database.writing() as connection:
        models.move_model_version(connection, made.id, "models/lost")
    with pytest.raises(ModelError, match="are gone"):
        export_model(workspace, made.id, io.BytesIO())
    assert import_model(workspace, zipped(files)).folder == f"models/{made.id}"
    assert registry.get_model(workspace, made.id).listed.has_files


def test_a_version_that_is_here_is_not_replaced_by_another_model(workspace: Workspace, files: Files) -> None:
    import_model(workspace, zipped(files))
    n_labels = len(workspace.taxonomy.labels)
    assert "Another model" in refused(workspace, zipped(saying(files, thresholds=[0.1] * n_labels)))


def test_a_damaged_model_is_not_exported(workspace: Workspace, files: Files, tmp_path: Path) -> None:
    made = import_model(workspace, zipped(files))
    head = workspace.settings.home / made.folder / "head.safetensors"
    head.write_bytes(head.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelError, match="damaged"):
        export_file(workspace, made.id, tmp_path / "out.zip")
    assert not list(tmp_path.glob("*out.zip*"))
    with pytest.raises(MachineError, match="cannot be written"):
        export_file(workspace, "champion", tmp_path / "no" / "such" / "folder.zip")


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/evil", "..\\evil", "model/model.json", "run.py", "weights.pkl", "model.json/", "\u202emodel"],
)
def test_foreign_files_and_path_tricks_are_refused(
    workspace: Workspace, files: Files, name: str, tmp_path: Path
) -> None:
    assert "no part of a model" in refused(workspace, zipped(files | {name: b"x"}))
    assert not list(tmp_path.rglob("evil*"))


def test_what_is_no_whole_zip_is_refused(workspace: Workspace, files: Files) -> None:
    whole = zipped(files).getvalue()
    for content in (b"", b"PK\x03\x04", b"not a zip" * 99, whole[: len(whole) // 2]):
        assert "not a whole zip" in refused(workspace, io.BytesIO(content))
    at = whole.index(b"# Card") if b"# Card" in whole else whole.index(b"MODEL_CARD.md") + len("MODEL_CARD.md")
    damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    assert "not a whole zip" in refused(workspace, io.BytesIO(damaged))
    assert "packed in a way" in refused(workspace, zipped(files, zipfile.ZIP_LZMA))
    assert "lacks head.safetensors" in refused(
        workspace, zipped({name: own for name, own in files.items() if name != "head.safetensors"})
    )
    twice = zipped(files)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("model.json", "{}")
    assert "twice" in refused(workspace, twice)


def test_a_zip_bomb_is_refused_by_what_comes_out_of_it(workspace: Workspace, files: Files) -> None:
    bomb = zipped(files | {"MODEL_CARD.md": b"\0" * (3 * model_archive.MB)})
    assert len(bomb.getvalue()) < 200_000
    assert "MODEL_CARD.md in the zip unpacks to more than 1 MB" in refused(workspace, bomb)
    # a lie about the size: whatever the directory says, no more than the bound is written
    lying = bomb.getvalue().replace((3 * model_archive.MB).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    refused(workspace, io.BytesIO(lying))


def test_a_zip_that_is_too_large_is_not_even_opened(
    workspace: Workspace, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_archive, "MOST_ZIPPED", 1000)
    assert "no model of this app has" in refused(workspace, zipped(files))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"version": "../../../tmp/x"}, "12 hexadecimal digits"),
        ({"version": 7}, "version should be"),
        ({"method": "x" * 99}, "short name"),
        ({"method": "<script>"}, "short name"),
        ({"data_hash": "\ud800"}, "no text"),
        ({"thresholds": [float("nan")] * 63}, "between 0 and 1"),
        ({"thresholds": [0.5]}, "between 0 and 1"),
        ({"label_ids": [["market"]] * 63}, "different label ids"),
        ({"label_ids": []}, "different label ids"),
        ({"metrics": []}, "metrics should be"),
        ({"metrics": None}, "metrics should be"),
        ({"metrics": {"all": {"n": float("nan")}}}, "metrics should be"),
        ({"n_examples": 10**30}, "counts"),
        ({"seconds": -1}, "counts"),
        ({"surprise": 1}, "surprise"),
        ({"encoder_name": "other/encoder"}, "was trained on other/encoder"),
        ({"head_sha256": "0" * 64}, "checksum"),
        ({"adapter_sha256": "0" * 64}, "missing"),
    ],
)
def test_a_description_of_another_form_is_refused(
    workspace: Workspace, files: Files, facts: dict[str, object], reason: str
) -> None:
    assert reason in refused(workspace, zipped(saying(files, **facts)), ModelError)


def test_labels_that_the_tree_does_not_know_are_refused(workspace: Workspace, files: Files) -> None:
    labels = [*json.loads(files["model.json"])["label_ids"][:-1], "technology.magic"]
    assert "technology.magic" in refused(workspace, zipped(saying(files, label_ids=labels)), ModelError)


def test_deeply_nested_json_is_refused(workspace: Workspace, files: Files) -> None:
    nested = files | {"model.json": b'{"metrics":' + b"[" * 200_000}
    assert "not a model folder" in refused(workspace, zipped(nested), ModelError)


def test_weights_that_are_none_are_refused(workspace: Workspace, files: Files, tmp_path: Path) -> None:
    n = len(workspace.taxonomy.labels)

    def with_head(weight: np.ndarray, bias: np.ndarray) -> io.BytesIO:
        return zipped(weights(tmp_path, files, "head.safetensors", {"weight": weight, "bias": bias}))

    ones = np.ones((n, 16), np.float32)
    assert "fit" in refused(workspace, with_head(np.ones(n, np.float32), ones[:, 0]), ModelError)
    assert "fit" in refused(workspace, with_head(ones[1:], ones[1:, 0]), ModelError)
    assert "takes vectors of 9" in refused(workspace, with_head(np.ones((n, 9), np.float32), ones[:, 0]), ModelError)
    assert "probabilities" in refused(workspace, with_head(ones * np.nan, ones[:, 0]), ModelError)


def test_an_adapter_that_does_not_fit_is_refused(workspace: Workspace, files: Files, tmp_path: Path) -> None:
    name = "encoder.layer.0.attention.self.query.weight"

    def with_adapter(**tensors: np.ndarray) -> Files:
        named = {f"{name}.{part}" if part else name: tensor for part, tensor in tensors.items()}
        return weights(tmp_path, files, "adapter.safetensors", named)

    thin = np.ones((1, 16), np.float32)
    reasons: list[tuple[Files, str]] = [
        (with_adapter(lora_A=thin), "pair of matrices"),
        (with_adapter(lora_A=thin, lora_B=np.ones((16, 3), np.float32)), "pair of matrices"),
        (with_adapter(lora_A=np.ones((1, 300_000), np.float32), lora_B=np.ones((300_000, 1), np.float32)), "shape"),
        (weights(tmp_path, files, "adapter.safetensors", {"no.such": thin}), "does not have"),
        (files | {"adapter.safetensors": b"junk"}, "does not say so"),
    ]
    for content, reason in reasons:
        assert reason in refused(workspace, zipped(content), ModelError)
    good = with_adapter(lora_A=thin, lora_B=np.ones((16, 1), np.float32))
    made = import_model(workspace, zipped(good))
    target = io.BytesIO()
    export_model(workspace, made.id, target)
    assert set(zipfile.ZipFile(target).namelist()) == set(good)


def test_a_file_that_is_not_there_is_said(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        import_file(workspace, tmp_path / "none.zip")
