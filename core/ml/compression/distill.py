"""Technique `distill`: half the layers learn to give what all of them gave, word by word and layer by layer.

The whole encoder's layers are cut into as many runs as layers are left. Each layer that is left starts as the last of
its run and learns to give what the run gave, of every token (Jiao et al. 2020, TinyBERT; the start from the teacher's
own layers: Sanh et al. 2019, DistilBERT); beside that the vector of each text should point where the whole encoder's
does, and the whole classifier's head should say the same of it. Labels are not needed, so texts of one's own count as
much as bundled ones. What the whole encoder gives is computed once and lies on disk meanwhile. Vectors that a model
puts before a text (method `prompt`) are not taken over: the layers learn what they do.
"""

import hashlib
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset
from transformers import PrinterCallback, TrainerCallback, TrainingArguments, set_seed

from core.errors import InputError, MachineError
from core.ml.batching import Excerpt
from core.ml.compression.layers import LAYER, only_layers, require_fewer
from core.ml.compression.options import DistillOptions
from core.ml.compression.recovery import refitted
from core.ml.compression.source import Floats, Smaller, Source
from core.ml.compression.transformers_bert import bert_of
from core.ml.model_folder import Head
from core.ml.network import best_dtype
from core.ml.training.durable import DurableTrainer
from core.ml.training.lesson import Order
from core.ml.training.methods import Run
from core.ml.training.states import TokenStates, layer_states, token_ids
from core.ml.training.upper import StatesPass
from core.ml.weights import DIVISOR, RANGE, SCALE, dequantized

WARM_UP = 0.06
EVALUATION_TEXTS = 32
CHECKPOINT_SECONDS = 120.0
SPARE_BYTES = 2**30
"""Of the disk, so much is left alone."""


def ends_of_runs(n_before: int, n_after: int, n_frozen: int) -> list[int]:
    """Return after how many of the whole encoder's layers each layer that is left should be; frozen ones stay.

    >>> ends_of_runs(12, 6, 0), ends_of_runs(12, 6, 2)
    ([2, 4, 6, 8, 10, 12], [1, 2, 4, 7, 10, 12])
    """
    above = np.linspace(n_frozen, n_before, n_after - n_frozen + 1)[1:]
    return [*range(1, n_frozen + 1), *map(int, above.round())]


def run(source: Source, texts: Sequence[str], options: DistillOptions, run: Run) -> Smaller:
    """Return the encoder with fewer, trained layers.

    Raise InputError where it has no more than that, MachineError where the disk has too little room for what the whole
    encoder gives.
    """
    require_fewer(source, options.n_layers)
    if not 0 <= options.frozen_layers < options.n_layers:
        raise InputError("At least one of the {n} layers has to learn; freeze fewer.", n=options.n_layers)
    set_seed(options.seed)
    order = np.random.default_rng(options.seed).permutation(len(texts))[: options.n_texts]
    chosen = [texts[index] for index in order]
    ends = ends_of_runs(source.config()["num_hidden_layers"], options.n_layers, options.frozen_layers)
    kept = [end - 1 for end in ends]
    config = source.config() | {"num_hidden_layers": len(kept)}
    tensors = only_layers(_as_floats(source.tensors()), kept)
    chunks = list(token_ids(source.encoder.path, chosen, Excerpt(options.max_tokens)))
    with run.scratch() as folder:
        numbers = [options.frozen_layers, *ends[options.frozen_layers :]]
        states = _whole_states(source, chunks, numbers, folder, run)
        whole = _means(states[-1])
        targets = source.head.probabilities(whole)
        student = Student(_upper(config, tensors, options.frozen_layers), source.head, options)
        trainer = _Trainer(student, _Taught(states, whole, targets), options, run, folder / "writing")
        trainer.identity = _identity(source, chosen, options)
        trainer.go_on()
        learnt = _vectors(student, states[0])
    for name, value in student.encoder.state_dict().items():
        layer, _, rest = name.removeprefix(LAYER).partition(".")
        if name.startswith(LAYER):
            tensors[f"{LAYER}{int(layer) + options.frozen_layers}.{rest}"] = value.detach().half().cpu().contiguous()
    facts = {"kept_layers": kept, "taught": len(chosen), "cosine": round(float((learnt * whole).sum(1).mean()), 4)}
    return Smaller(tensors, config, source.tokenizer(), refitted(learnt, targets), found=facts)


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


def _whole_states(
    source: Source, chunks: list[list[list[int]]], numbers: Sequence[int], folder: Path, run: Run
) -> list[TokenStates]:
    """Return the whole encoder's states of token ids after these numbers of its layers, which ascend."""
    network = source.network()
    n_texts, n_tokens = sum(map(len, chunks)), sum(len(ids) for chunk in chunks for ids in chunk)
    needed = len(numbers) * n_tokens * network.shape.hidden_size * np.dtype(np.float16).itemsize
    free = shutil.disk_usage(folder).free - SPARE_BYTES
    if needed > free:
        raise MachineError(
            "Distilling from {n} texts takes {needed:.1f} GB of disk for a while, and {free:.1f} are free: free some, "
            "or choose fewer texts (`n_texts`), shorter ones (`max_tokens`) or more frozen layers.",
            n=n_texts,
            needed=needed / 1e9,
            free=max(0, free) / 1e9,
        )
    files = {number: folder / str(number) for number in numbers}
    found = layer_states(network, chunks, files, on_progress=lambda done: run.watch.phase("reading", done, n_texts))
    return [found[number] for number in numbers]


def _means(states: TokenStates) -> Floats:
    """Return unit vectors [n, width] of texts."""
    found = np.stack([states.of(index).mean(0, dtype=np.float32) for index in range(len(states.lengths))])
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def _identity(source: Source, texts: Sequence[str], options: DistillOptions) -> str:
    """Return what checkpoints go by: two distillations with the same one go the same way."""
    digest = hashlib.sha256(source.description.version.encode() + source.encoder.hash.encode())
    digest.update(str(asdict(options)).encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _upper(config: dict[str, Any], tensors: dict[str, Tensor], n_frozen: int) -> Any:
    """Return the layers above the frozen ones as a transformers model that takes token states."""
    model: Any = bert_of(config, tensors)
    model.embeddings = StatesPass()
    model.encoder.layer = model.encoder.layer[n_frozen:]
    return model


class Student(nn.Module):
    """The layers that learn, under the whole classifier's head, which does not."""

    weight: Tensor
    bias: Tensor

    def __init__(self, encoder: nn.Module, head: Head, options: DistillOptions) -> None:
        super().__init__()
        self.encoder, self._options = encoder, options
        self.register_buffer("weight", torch.from_numpy(head.weight))
        self.register_buffer("bias", torch.from_numpy(head.bias))

    def vectors(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors [n, width] of token states [n, tokens, width]."""
        return _pooled(self.encoder(inputs_embeds=states, attention_mask=mask).last_hidden_state, mask)

    def forward(
        self, states: Tensor, mask: Tensor, wanted: Tensor, whole: Tensor, targets: Tensor
    ) -> dict[str, Tensor]:
        """Return `loss`, of token states [n, tokens, width] and which are the texts' own [n, tokens].

        It is the sum of binary cross-entropy to the targets [n, labels], summed over labels; of the distance of the
        vectors to the whole encoder's [n, width]; and of what lacks to the states wanted after each layer
        [layers, n, tokens, width], as a share of their squared size.
        """
        found = self.encoder(inputs_embeds=states, attention_mask=mask, output_hidden_states=True)
        vectors = _pooled(found.last_hidden_state, mask)
        logits = functional.linear(vectors, self.weight, self.bias)
        each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        distance = 1 - (vectors * whole).sum(1).mean()
        own = mask.unsqueeze(-1).to(states.dtype)
        lack = torch.zeros((), device=states.device)
        for state, goal in zip(found.hidden_states[1:], wanted, strict=True):
            lack = lack + ((state - goal) * own).square().sum() / goal.square().sum()
        loss = each.sum(1).mean() + self._options.vector_weight * distance + self._options.state_weight * lack
        return {"loss": loss}


def _pooled(states: Tensor, mask: Tensor) -> Tensor:
    return functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=-1)


@dataclass(frozen=True)
class _Taught(Dataset[int]):
    """The texts to learn from; an item is a row, which `batch` turns into what the student takes."""

    states: list[TokenStates]
    """What the student's first layer takes, and what each of its layers should give."""
    whole: Floats
    targets: Floats

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, place: int) -> int:
        return place

    def batch(self, rows: list[int]) -> dict[str, Tensor]:
        states, mask = self.states[0].padded(rows)
        wanted = torch.stack([after.padded(rows)[0] for after in self.states[1:]])
        whole, targets = torch.from_numpy(self.whole[rows]), torch.from_numpy(self.targets[rows])
        return {"states": states, "mask": mask, "wanted": wanted, "whole": whole, "targets": targets}


class _Trainer(DurableTrainer):
    """The loop, texts of like length together."""

    def __init__(self, student: Student, taught: _Taught, options: DistillOptions, run: Run, folder: Path) -> None:
        n_steps = options.epochs * math.ceil(len(taught) / options.batch_size)
        self._student, self._lengths, self._options, self.run = student, taught.states[0].lengths, options, run
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
        self.remove_callback(PrinterCallback)
        self.add_callback(_Reporter(run))

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return Order(self._lengths, self._options.batch_size, self._options.seed)

    def content(self) -> dict[str, Any]:
        """Return the weights that learn."""
        return self._student.encoder.state_dict()

    def restore(self, content: dict[str, Any]) -> None:
        """Take them."""
        self._student.encoder.load_state_dict(content)


class _Reporter(TrainerCallback):
    """Tells how many steps are done, and when a checkpoint is due."""

    def __init__(self, run: Run) -> None:
        self._run, self._saved = run, time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._run.dir is not None and time.monotonic() - self._saved >= CHECKPOINT_SECONDS:
            control.should_save, self._saved = True, time.monotonic()
        self._run.watch.phase("training", state.global_step, state.max_steps)


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
