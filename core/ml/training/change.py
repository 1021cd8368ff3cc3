"""What a training method changes of an encoder: the one thing in which the gradient methods differ."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from core.ml.masked_lm import MaskTransform
from core.ml.training import linear
from core.ml.training.linear import Linear
from core.ml.training.options import GradientOptions


@dataclass(frozen=True)
class AtMask:
    """Where a text is read at a mask instead of all over."""

    place: int
    """In the sequence, counted from its end where negative."""
    transform: MaskTransform


class Change:
    """An encoder's upper layers, made ready for training; a method's class says what of them is trained."""

    def __init__(self, encoder: nn.Module, options: GradientOptions, *, embeddings: nn.Module | None = None) -> None:
        self.encoder, self.embeddings, self.options = encoder, embeddings, options
        """The embeddings only where they are trained: then texts come in as token ids, else as states."""
        self.at_mask: AtMask | None = None

    def groups(self) -> list[dict[str, Any]]:
        """Return the optimizer's groups of the encoder's trained weights, each with `lr` and `weight_decay`."""
        trained = [weight for weight in self.encoder.parameters() if weight.requires_grad]
        return [{"params": trained, "lr": self.options.learning_rate, "weight_decay": self.options.weight_decay}]

    def first_head(self, vectors: NDArray[np.float32], labels: NDArray[np.float32]) -> Linear:
        """Return the head to begin with, for the taught texts' vectors [n, width] and labels [n, n_labels], 0 to 1."""
        return linear.fit(vectors, labels, penalty=self.options.head_penalty)

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Return what changed, in the form of core.ml.adapter."""

    def penalty(self) -> Tensor | None:
        """Return what is added to the loss of a step."""
        return None

    def after_step(self, step: int) -> None:
        """Take that a step of the optimizer is done, its gradients still there; steps count from 1."""

    def state(self) -> dict[str, Any]:
        """Return what going on after a break needs besides the trained weights."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` returned."""
