"""A classifier for other runtimes: an ONNX graph or an OpenVINO model, with the tokenizer and what the numbers mean.

The graph takes token ids and their mask and gives calibrated probabilities. Before it counts as written it is run on
a few texts and has to say what the tagger says.
"""

import hashlib
import importlib.util
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from core.errors import InputError, MachineError, ModelError
from core.ml.compression.source import Source
from core.ml.compression.transformers_bert import bert_of
from core.ml.model_folder import Head
from core.ml.shape import read_shape
from core.ml.tagger import Tagger

PACKAGES = {"onnx": ("onnx", "onnxruntime"), "openvino": ("onnx", "openvino")}
"""The runtimes, and the packages that an export for each needs."""
SAMPLE = (
    "Chips sell well.",
    "芯片销量很好，模型更小。",
    "A law on data, and what it asks of those who train models. " * 4,
)
TOLERANCE = 0.02
"""The tagger may compute in bfloat16, so it is not closer to the exact value than that itself."""
LABELS = "labels.json"
Run = Callable[[dict[str, NDArray[np.int64]]], NDArray[np.float32]]


def export(source: Source, folder: Path, runtime: str) -> float:
    """Write `model.onnx`, or `model.xml` and `model.bin`, with tokenizer.json and labels.json into a new folder.

    Return the largest difference to the tagger's probabilities on sample texts. Raise InputError for an unknown
    runtime or a folder that is there, MachineError where a package is missing, ModelError where the outcome differs.
    """
    _require(source, folder, runtime)
    folder.mkdir(parents=True)
    shutil.copyfile(source.encoder.path / "tokenizer.json", folder / "tokenizer.json")
    _write_onnx(source, folder / "model.onnx")
    run = _onnx_runtime(folder) if runtime == "onnx" else _as_openvino(folder)
    _write_labels(source, folder)
    difference = _difference(source, run)
    if not difference <= TOLERANCE:
        shutil.rmtree(folder)
        raise ModelError("The exported model says something else than the tagger (by {n}).", n=f"{difference:.3f}")
    return difference


def _require(source: Source, folder: Path, runtime: str) -> None:
    if runtime not in PACKAGES:
        raise InputError("There is no runtime {asked}; there are: {known}.", asked=runtime, known=", ".join(PACKAGES))
    missing = [name for name in PACKAGES[runtime] if importlib.util.find_spec(name) is None]
    if missing:
        raise MachineError(
            "An export for {runtime} needs {packages}, which is not installed: pip install {packages}",
            runtime=runtime,
            packages=" ".join(missing),
        )
    if folder.exists():
        raise InputError("{path} is there already; choose a new folder.", path=str(folder))
    if any(step["technique"] == "int8" for step in source.description.compression):
        raise InputError(
            "The model {version} has 8-bit weights of this app's own kind; export the one that it was made from.",
            version=source.description.version,
        )
    if source.prefixes():
        raise InputError(
            "The model {version} puts vectors before each text (method `prompt`), which an export cannot carry; choose "
            "one of another method.",
            version=source.description.version,
        )


class _Classifier(nn.Module):
    """Token ids and mask [n, tokens] to calibrated probabilities [n, n_labels]."""

    def __init__(self, encoder: nn.Module, head: Head, first_position: int) -> None:
        super().__init__()
        self.encoder, self.first_position = encoder, first_position
        self.head = nn.Linear(head.weight.shape[1], len(head.bias))
        self.head.weight.data, self.head.bias.data = torch.from_numpy(head.weight), torch.from_numpy(head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return them; kinds and positions are given, since traced defaults would keep the example's length."""
        ones = torch.ones_like(input_ids)
        positions = ones.cumsum(1) - 1 + self.first_position
        found = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=ones - 1, position_ids=positions
        ).last_hidden_state
        mean = (found * attention_mask.unsqueeze(-1)).sum(1)
        probabilities: Tensor = self.head(functional.normalize(mean, dim=-1)).sigmoid()
        return probabilities


def _write_onnx(source: Source, path: Path) -> None:
    encoder = bert_of(source.config(), source.tensors())
    model = _Classifier(encoder, source.head, read_shape(source.encoder.path).first_position).eval()
    ids = torch.ones(2, 8, dtype=torch.long)
    free = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing and of the exporter's age; the outcome is checked by running it
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            path,
            input_names=["input_ids", "attention_mask"],
            output_names=["probabilities"],
            dynamic_axes={"input_ids": free, "attention_mask": free, "probabilities": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )


def _onnx_runtime(folder: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    return lambda inputs: np.asarray(session.run(None, inputs)[0], dtype=np.float32)


def _as_openvino(folder: Path) -> Run:
    """Turn model.onnx into model.xml and model.bin, half precision on disk, and load it."""
    import openvino

    openvino.save_model(openvino.convert_model(folder / "model.onnx"), folder / "model.xml", compress_to_fp16=True)
    (folder / "model.onnx").unlink()
    compiled = openvino.Core().compile_model(folder / "model.xml", "CPU")
    return lambda inputs: np.asarray(next(iter(compiled(inputs).values())), dtype=np.float32)


def _write_labels(source: Source, folder: Path) -> None:
    description = source.description
    files = sorted(path for path in folder.iterdir() if path.name != LABELS)
    content: dict[str, Any] = {
        "model_version": description.version,
        "taxonomy_version": description.taxonomy_version,
        "label_ids": description.label_ids,
        "thresholds": description.thresholds,
        "sha256": {path.name: _sha256(path) for path in files},
    }
    (folder / LABELS).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _difference(source: Source, run: Run) -> float:
    """Return the largest difference between a runtime's probabilities and the tagger's, texts padded together."""
    tokenizer = Tokenizer.from_file(str(source.encoder.path / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.enable_padding(pad_id=source.config()["pad_token_id"])
    encodings = tokenizer.encode_batch(list(SAMPLE))
    inputs = {
        "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64),
    }
    expected = Tagger.load(source.encoder.path, source.folder).tag(SAMPLE)
    return float(np.abs(run(inputs) - expected).max())
