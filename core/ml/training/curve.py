"""What a training tells while it runs, and when: progress, the learning curve, when to validate, when to checkpoint.

The curve goes to the watch, to TensorBoard's files where the run keeps a folder, and to Weights & Biases where
that is installed and WANDB_PROJECT is set.
"""

import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch.distributed
from numpy.typing import NDArray
from transformers import TrainerCallback

from core.domain.documents import Reason
from core.ml.training.change import Change
from core.ml.training.methods import Run
from core.ml.training.watch import Point

MOST_POINTS = 100
"""Points of a curve, besides those of validations."""


class Curve(TrainerCallback):
    """Follows the loop step by step."""

    def __init__(self, run: Run, change: Change, is_stale: Callable[[], bool]) -> None:
        self._run, self._change, self._is_stale = run, change, is_stale
        self._started = self._saved = time.monotonic()
        self._loss = self._learning_rate = 0.0
        self._writers: list[Any] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Open what the curve is written to."""
        if self._run.dir is None or not state.is_world_process_zero:
            return
        try:
            self._writers.append(_TensorBoard(self._run.dir / "tensorboard"))
        except OSError as error:
            self._lose(error)
        if os.environ.get("WANDB_PROJECT") and importlib.util.find_spec("wandb"):
            self._writers.append(_WeightsAndBiases(self._run, vars(self._change.options)))

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Let the method do what it does after a step, while gradients are there."""
        self._change.after_step(state.global_step + 1)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tell the step and decide what follows it."""
        step, n_steps = state.global_step, state.max_steps
        control.should_evaluate = self._is_due(step, n_steps, self._change.options.evaluations)
        control.should_log = control.should_evaluate or self._is_due(step, n_steps, MOST_POINTS)
        control.should_save = self._run.dir is not None and self._is_time(args)
        self._run.watch.phase("training", step, n_steps)

    @staticmethod
    def _is_due(step: int, n_steps: int, times: int) -> bool:
        """Return whether so many equal shares of the steps put a mark here; the last step has one always."""
        return step * times // n_steps > (step - 1) * times // n_steps

    def _is_time(self, args: Any) -> bool:
        """Return whether a checkpoint is due; of many processes the first decides for all."""
        due = time.monotonic() - self._saved >= self._change.options.checkpoint_seconds
        if args.world_size > 1:
            flag = torch.tensor([due], device=args.device, dtype=torch.int)
            torch.distributed.broadcast(flag, 0)
            due = bool(flag.item())
        if due:
            self._saved = time.monotonic()
        return due

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Take the loss; the point is complete once a validation that is due was made."""
        if logs and "loss" in logs:
            self._loss, self._learning_rate = logs["loss"], logs["learning_rate"]
            if not control.should_evaluate:
                self._add(state, None)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any) -> None:
        """Complete the point and end the training where it has not got better for long."""
        self._add(state, metrics["eval_macro_f1"])
        if self._is_stale():
            control.should_training_stop = True
            n = self._change.options.patience
            self._run.watch.remark(
                Reason("Training ended early: {n} validations in a row were no better than the best.", {"n": n})
            )

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Close what the curve was written to."""
        for writer in self._writers:
            writer.close()

    def _add(self, state: Any, f1: float | None) -> None:
        seconds = time.monotonic() - self._started
        point = Point(
            state.global_step, state.max_steps, state.epoch or 0.0, seconds, self._loss, f1, self._learning_rate
        )
        try:
            for writer in self._writers:
                writer.add(point)
        except OSError as error:
            self._writers.clear()
            self._lose(error)
        self._run.watch.point(point)

    def _lose(self, error: OSError) -> None:
        self._run.watch.remark(
            Reason("The learning curve is no longer written to files: {detail}", {"detail": str(error)})
        )


class _TensorBoard:
    """Writes points as scalars, at once and in this thread, so that a full disk is noticed here."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"events.out.tfevents.{time.time_ns()}").open("wb", buffering=0)
        self._records = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")

    def add(self, point: Point) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=name, simple_value=value) for name, value in _scalars(point).items()]
        self._write(step=point.step, summary=Summary(value=values))

    def close(self) -> None:
        self._file.close()

    def _write(self, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._records.write(Event(wall_time=time.time(), **content).SerializeToString())


class _WeightsAndBiases:
    """Sends points to a run of the configured project."""

    def __init__(self, run: Run, options: dict[str, Any]) -> None:
        import wandb

        self._run = wandb.init(dir=str(run.dir), config=options)

    def add(self, point: Point) -> None:
        self._run.log(_scalars(point), step=point.step)

    def close(self) -> None:
        self._run.finish()


def _scalars(point: Point) -> dict[str, float]:
    found = {"train/loss": point.loss, "train/learning_rate": point.learning_rate, "train/epoch": point.epoch}
    return found if point.macro_f1 is None else {**found, "validation/macro_f1": point.macro_f1}


def macro_f1(true: NDArray[np.bool_], scores: NDArray[np.float32]) -> float:
    """Return the mean over the labels that occur of their F1 at the threshold that suits each best.

    >>> macro_f1(np.array([[True], [False], [True]]), np.array([[3.0], [2.0], [1.0]], dtype=np.float32))
    0.8
    """
    occurring = true.any(axis=0)
    if not occurring.any():
        return 0.0
    order = np.argsort(-scores[:, occurring], axis=0, kind="stable")
    hits = np.take_along_axis(true[:, occurring], order, axis=0).cumsum(axis=0)
    decided = np.arange(1, len(true) + 1)[:, None]
    return float((2 * hits / (decided + hits[-1])).max(axis=0).mean())
