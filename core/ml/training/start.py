"""Training that starts from a changed encoder: the change is put into its weights, and into the adapter at the end.

So any method can go on from what another one learnt, and what comes of both is one adapter over the encoder as it
came.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from core.errors import InputError
from core.ml.adapter import Adapter
from core.ml.encoder import read_encoder, write_stamp
from core.ml.training.material import Material
from core.ml.training.methods import Run

Tensors = dict[str, Tensor]
_WEIGHTS = "model.safetensors"
_DOWN, _UP = ".lora_A", ".lora_B"


@contextmanager
def started_from(material: Material, start: Tensors, run: Run) -> Iterator[Material]:
    """Yield the material with an encoder that has the change in its weights, for the time of the block.

    Raise InputError for a change that weights cannot hold: vectors before the text.
    """
    if not start:
        yield material
        return
    if any(".prefix_" in name for name in start):
        raise InputError("A model of the method `prompt` cannot be gone on from; choose one of another method.")
    with run.scratch() as scratch:
        folder = scratch / "encoder"
        shutil.copytree(material.encoder_dir, folder, ignore=shutil.ignore_patterns(_WEIGHTS))
        _write_changed(material.encoder_dir / _WEIGHTS, folder / _WEIGHTS, Adapter(start))
        encoder = read_encoder(material.encoder_dir)
        write_stamp(folder, name=encoder.name, source=encoder.source)
        yield replace(material, encoder_dir=folder)


def _write_changed(source: Path, target: Path, change: Adapter) -> None:
    with safe_open(source, framework="pt") as file:
        names = list(file.keys())
        first = next((p for p in ("", "bert.", "roberta.") if f"{p}embeddings.LayerNorm.weight" in names), "")
        change.require_within(name.removeprefix(first) for name in names)
        changed = {name: change.over(name.removeprefix(first), file.get_tensor(name)).contiguous() for name in names}
        save_file(changed, target, metadata={"format": "pt"})


def joined_changes(start: Tensors, learnt: Tensors) -> Tensors:
    """Return the one change that does what the first and then the second do.

    Pairs of the same weight become one pair of both widths; a weight that was replaced as a whole stays replaced.

    >>> one = {"w.lora_A": torch.ones(1, 2), "w.lora_B": torch.ones(3, 1)}
    >>> Adapter(joined_changes(one, one)).over("w", torch.zeros(3, 2)).tolist()
    [[2.0, 2.0], [2.0, 2.0], [2.0, 2.0]]
    >>> Adapter(joined_changes(one, {"w": torch.zeros(3, 2)})).over("w", torch.ones(3, 2)).sum().item()
    0.0
    """
    joined = dict(start)
    for name, tensor in learnt.items():
        weight = name.removesuffix(_DOWN).removesuffix(_UP)
        if name == weight:
            joined = {other: value for other, value in joined.items() if other not in (weight + _DOWN, weight + _UP)}
            joined[name] = tensor
        elif weight in start:
            raise InputError(
                "The model to go on from has whole weights; choose the method `full`, or a model of the method `lora`."
            )
        elif name in start:
            joined[name] = torch.cat([start[name], tensor], dim=0 if name.endswith(_DOWN) else 1).contiguous()
        else:
            joined[name] = tensor
    return joined
