"""Transformers' loop, going on after a break: its checkpoints are written whole or not at all, and found again.

Owns what happens at a checkpoint and at the start. Leaves out what is in one beside the loop's own state (the
subclasses), its folders (checkpoints.py) and when one is due (curve.py).
"""

import shutil
from abc import abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Trainer

from core.domain.documents import Reason
from core.ml.training import checkpoints
from core.ml.training.methods import Run

WEIGHTS = "weights.pt"


class DurableTrainer(Trainer):
    """A Trainer that keeps its checkpoints in the run's folder."""

    run: Run
    identity: str
    """Of all that the weights follow from; checkpoints of another are not taken."""

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return what a checkpoint holds beside the state of optimizer, learning rate and chance: tensors, numbers."""

    @abstractmethod
    def restore(self, content: dict[str, Any]) -> None:
        """Take what a checkpoint holds."""

    def go_on(self) -> None:
        """Train from the run's latest checkpoint on, or from the start where there is none."""
        found = checkpoints.latest_whole(self.run.dir, identity=self.identity) if self.run.dir else None
        self.train(resume_from_checkpoint=str(found) if found else None)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """Write a checkpoint whole or not at all; a disk that refuses is told and does not end the training."""
        written = Path(str(self.args.output_dir), f"checkpoint-{self.state.global_step}")
        try:
            super()._save_checkpoint(model, trial)
            self.accelerator.wait_for_everyone()
            if self.args.should_save and self.run.dir is not None:
                checkpoints.publish(written, self.run.dir, identity=self.identity)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            shutil.rmtree(written, ignore_errors=True)
            self.run.watch.remark(
                Reason(
                    "No checkpoint could be written ({detail}). Training goes on; if it is broken off, it goes on from "
                    "the last checkpoint that was written. Free some disk space.",
                    {"detail": str(error).splitlines()[0]},
                )
            )

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or str(self.args.output_dir))
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(self.content(), folder / WEIGHTS)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        self.restore(torch.load(Path(resume_from_checkpoint, WEIGHTS), map_location="cpu", weights_only=True))
