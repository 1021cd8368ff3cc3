"""Method `lora`: small matrices beside those of the encoder's upper layers are trained, with the head.

The lower layers stay as they are, so what they make of the texts is computed once. What is learnt is kept as an
adapter of a few megabytes and laid over the encoder when it loads, so tagging costs what it cost before.
(Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models.)
"""

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_pt_utils import LengthGroupedSampler

from core.ml.network import best_dtype
from core.ml.training import linear
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import LoraOptions
from core.ml.training.states import TokenStates, compute_states
from core.ml.training.upper import UpperClassifier, adapter_tensors, upper_layers
from core.ml.training.watch import Watch

EVALUATION_TEXTS = 24
WARM_UP = 0.06
"""Share of the steps over which the learning rates rise."""


def fit(material: Material, options: LoraOptions, run: Run) -> Fitted:
    """Train on most of the texts and score the others, by which the result is calibrated."""
    set_seed(options.seed)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    n = len(material.texts)
    with TemporaryDirectory(prefix="trendvane-states-") as folder:
        states = compute_states(
            material.encoder_dir,
            material.texts,
            Path(folder, "states"),
            n_layers=options.frozen_layers,
            max_tokens=options.max_tokens,
            on_progress=lambda done: run.watch.phase("reading", done, n),
        )
        layers = upper_layers(
            material.encoder_dir, n_frozen=options.frozen_layers, rank=options.rank, dropout=options.dropout
        )
        model = UpperClassifier(layers, n_labels=len(material.label_ids))
        start = linear.fit(
            _vectors(model, states, split.taught), material.true[split.taught], penalty=options.head_penalty
        )
        model.begin_with(start)
        trainer = _Trainer(model, _Taught(states, material.true, split.taught), options, Path(folder))
        trainer.add_callback(_Reporter(run.watch))
        trainer.train()
        held_out, test = (
            model.linear().scores(_vectors(model, states, part)) for part in (split.validation, split.test)
        )
    adapter = adapter_tensors(layers, n_frozen=options.frozen_layers)
    found = {"taught": len(split.taught)}
    return Fitted(model.linear(), held_out, split.validation, test, split.test, adapter, found)


@dataclass(frozen=True)
class _Taught(Dataset[int]):
    """The texts to learn from; an item is a row, which `batch` turns into what the network takes."""

    states: TokenStates
    true: NDArray[np.bool_]
    rows: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> int:
        return int(self.rows[place])

    @property
    def lengths(self) -> list[int]:
        return [self.states.lengths[row] for row in self.rows]

    def batch(self, rows: list[int]) -> dict[str, Tensor]:
        states, mask = self.states.padded(rows)
        return {"states": states, "mask": mask, "labels": torch.from_numpy(self.true[rows].astype(np.float32))}


class _Trainer(Trainer):
    """Transformers' loop over token states, with a learning rate of its own for the head."""

    def __init__(self, model: UpperClassifier, taught: _Taught, options: LoraOptions, folder: Path) -> None:
        n_steps = options.epochs * math.ceil(len(taught) / options.batch_size)
        arguments = TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=options.batch_size,
            num_train_epochs=options.epochs,
            learning_rate=options.learning_rate,
            weight_decay=options.weight_decay,
            warmup_steps=math.ceil(WARM_UP * n_steps),
            bf16=best_dtype(model.head.weight.device) is torch.bfloat16,
            seed=options.seed,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        super().__init__(model, arguments, train_dataset=taught, data_collator=taught.batch)
        self._classifier, self._options, self._taught = model, options, taught

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        head = list(self._classifier.head.parameters())
        adapter = [p for p in self._classifier.encoder.parameters() if p.requires_grad]
        groups = [
            {"params": adapter, "lr": self._options.learning_rate, "weight_decay": self._options.weight_decay},
            {"params": head, "lr": self._options.head_learning_rate, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups)
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        generator = torch.Generator().manual_seed(self._options.seed)
        return LengthGroupedSampler(self._options.batch_size, lengths=self._taught.lengths, generator=generator)


class _Reporter(TrainerCallback):
    """Tells how many steps are done."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._watch.phase("training", state.global_step, state.max_steps)


@torch.inference_mode()
def _vectors(model: UpperClassifier, states: TokenStates, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return unit vectors [n_rows, width] of texts, in the order of the rows."""
    model.eval()
    device = model.head.weight.device
    order = sorted(range(len(rows)), key=lambda place: states.lengths[rows[place]])
    found = np.zeros((len(rows), model.head.in_features), dtype=np.float32)
    for start in range(0, len(order), EVALUATION_TEXTS):
        places = order[start : start + EVALUATION_TEXTS]
        batch, mask = states.padded([int(rows[place]) for place in places])
        found[places] = model.vectors(batch.to(device), mask.to(device)).float().cpu().numpy()
    return found
