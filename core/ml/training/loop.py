"""The one loop of all methods that train by gradients, on transformers' Trainer.

Owns the step (batches that do not fit are halved), validation along the way, early stopping, and what a checkpoint
holds. Leaves out the order of the texts (lesson.py), checkpoints themselves (durable.py), what is told and when
(curve.py) and the network (upper.py).
Runs under `accelerate launch` and `torchrun` as Trainer does; docs/decisions/0015 says how.
"""

import hashlib
import json
import math
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import PrinterCallback, TrainingArguments

from core.domain.documents import Reason
from core.errors import MachineError
from core.ml.network import best_dtype
from core.ml.training.adversary import Adversary
from core.ml.training.change import Change
from core.ml.training.curve import Curve, macro_f1
from core.ml.training.durable import DurableTrainer
from core.ml.training.lesson import Lesson, Order, Taught
from core.ml.training.methods import Run
from core.ml.training.options import GradientOptions
from core.ml.training.upper import UpperClassifier, unit_vectors

WARM_UP = 0.06
"""Share of the steps over which the learning rates rise."""
MOST_VALIDATED = 512
"""Texts of the validation part that are scored along the way; for the end result all are."""


def learn(network: UpperClassifier, change: Change, lesson: Lesson, run: Run) -> dict[str, Any]:
    """Train the network in place and return what came about: steps, and the best validation where one was kept."""
    options = change.options
    folder = run.dir or lesson.scratch
    identity = hashlib.sha256(
        json.dumps(
            [lesson.identity, type(options).__name__, _decisive(options), os.environ.get("WORLD_SIZE", "1")]
        ).encode()
    ).hexdigest()
    trainer = _Trainer(network, change, lesson, run, folder / ".writing")
    trainer.identity = identity
    trainer.go_on()
    shutil.rmtree(folder / ".writing", ignore_errors=True)
    return trainer.outcome()


def _decisive(options: GradientOptions) -> dict[str, Any]:
    """Return the options that decide the weights."""
    return {name: value for name, value in asdict(options).items() if name != "checkpoint_seconds"}


@dataclass
class _Best:
    """The best validation so far."""

    macro_f1: float = -1.0
    step: int = 0
    n_since: int = 0
    """Validations without a better one."""
    weights: dict[str, Tensor] | None = None
    """None unless training may end early."""


class _Trainer(DurableTrainer):
    """Transformers' loop over a lesson, with groups of learning rates, adversaries and checkpoints of its own."""

    def __init__(self, network: UpperClassifier, change: Change, lesson: Lesson, run: Run, folder: Path) -> None:
        self._network, self._change, self._lesson, self.run = network, change, lesson, run
        self._options, self._best = change.options, _Best()
        self._adversary = Adversary(change.options.adversary, change.options.adversary_size)
        self.texts_at_once = change.options.texts_at_once or change.options.batch_size
        self._rows = rows = Taught(lesson)
        super().__init__(
            network, _arguments(change.options, len(rows), folder), train_dataset=rows, data_collator=rows.batch
        )
        self.remove_callback(PrinterCallback)
        self.add_callback(Curve(run, change, self._is_stale))

    def _is_stale(self) -> bool:
        return 0 < self._options.patience <= self._best.n_since

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        head = {"params": list(self._network.head.parameters()), "lr": self._options.head_learning_rate}
        self.optimizer = torch.optim.AdamW([*self._change.groups(), {**head, "weight_decay": 0.0}])
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return Order(self._rows.lengths, self._options.batch_size, self._options.seed)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        """Add a batch's gradients; halve what is computed at once until it fits the memory."""
        model.train()
        batch = self._prepare_inputs(inputs)
        while True:
            try:
                return self._passes(model, batch)
            except (RuntimeError, MemoryError) as error:
                self._halve(error)
            model.zero_grad()
            clear_device_cache(garbage_collection=True)

    def _passes(self, model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        n, total = len(batch["labels"]), torch.zeros((), device=self.args.device)
        for start in range(0, n, self.texts_at_once):
            part = {name: values[start : start + self.texts_at_once] for name, values in batch.items()}
            share = len(part["labels"]) / n
            total += share * self._learn_part(model, part, share)
        penalty = self._change.penalty()
        if penalty is not None:
            self.accelerator.backward(penalty)
            total += penalty.detach()
        return total

    def _learn_part(self, model: nn.Module, part: dict[str, Tensor], share: float) -> Tensor:
        return self._adversary.learn(
            lambda shift: model(**part, shift=shift)["loss"],
            lambda loss: self.accelerator.backward(loss * share),
            part["mask"],
            lambda: self._network.states(part["inputs"]),
        )

    def _halve(self, error: Exception) -> None:
        """Compute half as many texts at once; raise the error where it is not memory that ran out."""
        if not (isinstance(error, (torch.OutOfMemoryError, MemoryError)) or should_reduce_batch_size(error)):
            raise error
        if self.texts_at_once == 1 or self.args.world_size > 1:
            raise MachineError(
                "Memory ran out with {n} texts at once; choose fewer (`texts_at_once`), shorter ones (`max_tokens`) or "
                "more frozen layers.",
                n=self.texts_at_once,
            ) from error
        before, self.texts_at_once = self.texts_at_once, self.texts_at_once // 2
        self.run.watch.remark(
            Reason(
                "Memory ran out with {before} texts at once: training goes on with {after}, and as many a step.",
                {"before": before, "after": self.texts_at_once},
            )
        )

    def evaluate(self, *_args: Any, **_kwargs: Any) -> dict[str, float]:
        """Score texts of the validation part and remember whether that was the best."""
        rows = self._lesson.validation[:MOST_VALIDATED]
        scores = self._network.linear().scores(unit_vectors(self._network, self._lesson.texts, rows))
        measured = {"eval_macro_f1": macro_f1(self._lesson.true[rows] > 0, scores)}
        self._best.n_since += 1
        if measured["eval_macro_f1"] > self._best.macro_f1:
            weights = _copied(self._weights()) if self._options.patience else None
            self._best = _Best(measured["eval_macro_f1"], self.state.global_step, 0, weights)
        self.log(measured)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, measured)
        return measured

    def outcome(self) -> dict[str, Any]:
        """Take the best weights where they were kept, and return what came about."""
        found: dict[str, Any] = {"taught": len(self._lesson.taught), "steps": self.state.global_step}
        if self._best.weights is not None:
            self._load_weights(self._best.weights)
            found["best_step"] = self._best.step
        return found

    def _weights(self) -> dict[str, Tensor]:
        return {name: weight for name, weight in self._network.named_parameters() if weight.requires_grad}

    def _load_weights(self, weights: dict[str, Tensor]) -> None:
        own = self._weights()
        with torch.no_grad():
            for name, weight in weights.items():
                own[name].copy_(weight)

    def content(self) -> dict[str, Any]:
        """Return the weights that are trained, the best so far, and the state of the method's change."""
        return {"weights": self._weights(), "best": vars(self._best), "change": self._change.state()}

    def restore(self, content: dict[str, Any]) -> None:
        """Take them."""
        self._load_weights(content["weights"])
        self._best = _Best(**content["best"])
        self._change.restore(content["change"])


def _arguments(options: GradientOptions, n_taught: int, folder: Path) -> TrainingArguments:
    precision = best_dtype(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    has_device = torch.cuda.is_available() or torch.backends.mps.is_available()
    is_shared = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=options.batch_size,
        num_train_epochs=options.epochs,
        warmup_steps=math.ceil(WARM_UP * options.epochs * math.ceil(n_taught / options.batch_size)),
        bf16=precision is torch.bfloat16,
        fp16=torch.cuda.is_available() and precision is not torch.bfloat16,
        seed=options.seed,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        use_cpu=is_shared and not has_device,
        ddp_backend=None if has_device or not is_shared else "gloo",
        ddp_find_unused_parameters=False,
        eval_strategy="no",
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )


def _copied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().cpu().clone() for name, weight in weights.items()}
