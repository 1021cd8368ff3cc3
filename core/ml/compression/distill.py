"""Technique `distill`: half the layers learn to give the vectors and labels that all of them gave.

The lowest layers stay as they are and their results are computed once, as in method `lora`. Above them every other
layer is taken over and trained: the vector of each text should point where the whole encoder's does, and the whole
classifier's head should say the same of it. Labels are not needed, so texts of one's own count as much as bundled
ones. Vectors that a model puts before a text (method `prompt`) are not taken over. (Sanh et al. 2019, DistilBERT:
every other layer, and cosine beside the soft targets.)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_pt_utils import LengthGroupedSampler

from core.errors import InputError
from core.ml.batching import Excerpt
from core.ml.compression.layers import LAYER, only_layers, require_fewer
from core.ml.compression.options import DistillOptions
from core.ml.compression.recovery import refitted
from core.ml.compression.source import Floats, Smaller, Source, vectors
from core.ml.compression.transformers_bert import bert_of
from core.ml.model_folder import Head
from core.ml.network import best_dtype
from core.ml.training.states import TokenStates, compute_states
from core.ml.training.upper import StatesPass
from core.ml.training.watch import Watch
from core.ml.weights import DIVISOR, RANGE, SCALE, dequantized

WARM_UP = 0.06
EVALUATION_TEXTS = 32


def kept_layers(n_before: int, n_after: int, n_frozen: int) -> list[int]:
    """Return which layers the smaller encoder begins with: the frozen ones, then evenly up to the last.

    >>> kept_layers(12, 6, 2)
    [0, 1, 2, 5, 8, 11]
    """
    upper = np.linspace(n_frozen, n_before - 1, n_after - n_frozen).round().astype(int)
    return [*range(n_frozen), *map(int, upper)]


def run(source: Source, texts: Sequence[str], options: DistillOptions, watch: Watch) -> Smaller:
    """Return the encoder with fewer, trained layers; raise InputError where it has no more than that."""
    require_fewer(source, options.n_layers)
    if not 0 <= options.frozen_layers < options.n_layers:
        raise InputError("At least one of the {n} layers has to learn; freeze fewer.", n=options.n_layers)
    set_seed(options.seed)
    order = np.random.default_rng(options.seed).permutation(len(texts))[: options.n_texts]
    chosen = [texts[index] for index in order]
    kept = kept_layers(source.config()["num_hidden_layers"], options.n_layers, options.frozen_layers)
    config = source.config() | {"num_hidden_layers": len(kept)}
    tensors = only_layers(_as_floats(source.tensors()), kept)
    whole = vectors(
        source.network(),
        source.encoder.path,
        chosen,
        max_tokens=options.max_tokens,
        on_progress=lambda done: watch.phase("reading", done, len(chosen)),
    )
    targets = source.head.probabilities(whole)
    with TemporaryDirectory(prefix="trendvane-states-") as folder:
        beginning = Smaller(tensors, config, source.tokenizer(), source.head)
        beginning.write_encoder(Path(folder, "encoder"), source.encoder)
        states = compute_states(
            Path(folder, "encoder"),
            chosen,
            Path(folder, "states"),
            n_layers=options.frozen_layers,
            read=Excerpt(options.max_tokens),
        )
        student = Student(_upper(config, tensors, options.frozen_layers), source.head)
        trainer = _Trainer(student, _Taught(states, whole, targets), options, Path(folder))
        trainer.add_callback(_Reporter(watch))
        trainer.train()
        learnt = _vectors(student, states)
    for name, value in student.encoder.state_dict().items():
        layer, _, rest = name.removeprefix(LAYER).partition(".")
        if name.startswith(LAYER):
            tensors[f"{LAYER}{int(layer) + options.frozen_layers}.{rest}"] = value.detach().half().cpu().contiguous()
    found = {"kept_layers": kept, "taught": len(chosen), "cosine": round(float((learnt * whole).sum(1).mean()), 4)}
    return Smaller(tensors, config, source.tokenizer(), refitted(learnt, targets), found=found)


def _as_floats(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights without 8-bit ones: what learns needs finer steps."""
    found = {}
    for name, tensor in tensors.items():
        if tensor.dtype is torch.int8:
            divisor = tensors.get(f"{name.removesuffix('.weight')}{DIVISOR}", torch.ones(1))
            found[name] = (dequantized(tensor, tensors[f"{name}{SCALE}"]) / divisor).half()
        elif not name.endswith((SCALE, RANGE, DIVISOR)):
            found[name] = tensor
    return found


def _upper(config: dict[str, Any], tensors: dict[str, Tensor], n_frozen: int) -> Any:
    """Return the layers above the frozen ones as a transformers model that takes token states."""
    model: Any = bert_of(config, tensors)
    model.embeddings = StatesPass()
    model.encoder.layer = model.encoder.layer[n_frozen:]
    return model


class Student(nn.Module):
    """The upper layers under the whole classifier's head, which does not learn."""

    weight: Tensor
    bias: Tensor

    def __init__(self, encoder: nn.Module, head: Head) -> None:
        super().__init__()
        self.encoder = encoder
        self.register_buffer("weight", torch.from_numpy(head.weight))
        self.register_buffer("bias", torch.from_numpy(head.bias))
        self.vector_weight = 1.0

    def vectors(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors [n, width] of token states [n, tokens, width]."""
        found = self.encoder(inputs_embeds=states, attention_mask=mask).last_hidden_state
        return functional.normalize((found * mask.unsqueeze(-1)).sum(1), dim=-1)

    def forward(self, states: Tensor, mask: Tensor, whole: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return `loss`: binary cross-entropy summed over labels, and the vectors' distance to the whole encoder's."""
        found = self.vectors(states, mask)
        logits = functional.linear(found, self.weight, self.bias)
        each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        distance = 1 - (found * whole).sum(1).mean()
        return {"loss": each.sum(1).mean() + self.vector_weight * distance}


@dataclass(frozen=True)
class _Taught(Dataset[int]):
    """The texts to learn from; an item is a row, which `batch` turns into what the student takes."""

    states: TokenStates
    whole: Floats
    targets: Floats

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, place: int) -> int:
        return place

    def batch(self, rows: list[int]) -> dict[str, Tensor]:
        states, mask = self.states.padded(rows)
        whole, targets = torch.from_numpy(self.whole[rows]), torch.from_numpy(self.targets[rows])
        return {"states": states, "mask": mask, "whole": whole, "targets": targets}


class _Trainer(Trainer):
    """Transformers' loop, texts of like length together."""

    def __init__(self, student: Student, taught: _Taught, options: DistillOptions, folder: Path) -> None:
        student.vector_weight = options.vector_weight
        n_steps = options.epochs * math.ceil(len(taught) / options.batch_size)
        arguments = TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=options.batch_size,
            num_train_epochs=options.epochs,
            learning_rate=options.learning_rate,
            weight_decay=0.01,
            warmup_steps=math.ceil(WARM_UP * n_steps),
            bf16=best_dtype(torch.device("cuda" if torch.cuda.is_available() else "cpu")) is torch.bfloat16,
            seed=options.seed,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        super().__init__(student, arguments, train_dataset=taught, data_collator=taught.batch)
        self._taught, self._options = taught, options

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        generator = torch.Generator().manual_seed(self._options.seed)
        return LengthGroupedSampler(self._options.batch_size, lengths=self._taught.states.lengths, generator=generator)


class _Reporter(TrainerCallback):
    """Tells how many steps are done."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._watch.phase("training", state.global_step, state.max_steps)


@torch.inference_mode()
def _vectors(student: Student, states: TokenStates) -> NDArray[np.float32]:
    """Return unit vectors [n, width] of all texts, in order."""
    student.eval()
    device = student.weight.device
    order = sorted(range(len(states.lengths)), key=states.lengths.__getitem__)
    found = np.zeros((len(order), int(student.weight.shape[1])), dtype=np.float32)
    for start in range(0, len(order), EVALUATION_TEXTS):
        rows = order[start : start + EVALUATION_TEXTS]
        batch, mask = states.padded(rows)
        found[rows] = student.vectors(batch.to(device), mask.to(device)).float().cpu().numpy()
    return found
