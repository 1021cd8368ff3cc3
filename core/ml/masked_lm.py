"""The masked-LM head that a BERT or RoBERTa was pre-trained with, where its folder has one.

A word's score at a mask is its output embedding · the mask's transformed vector + its bias. Owns that transform and
the words' side of the product, by the names that transformers gives them.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from core.errors import ModelError
from core.ml.encoder import read_encoder
from core.ml.weights import WORDS, Weights

_PARTS = (
    ("cls.predictions.", "transform.dense", "transform.LayerNorm"),
    ("lm_head.", "dense", "layer_norm"),
)
"""First part of the names in BERT and in RoBERTa, with the names of the product and the norm."""


def has_masked_lm(weights: Weights) -> bool:
    """Return whether an encoder came with the head."""
    return _names(weights) is not None


def require_masked_lm(weights: Weights, folder: Path) -> None:
    """Raise ModelError where an encoder came without the head."""
    if not has_masked_lm(weights):
        raise ModelError(
            "A model with a cloze template needs an encoder with a masked-LM head, and {name} has none: set "
            "TRENDVANE_ENCODER to the one that the model was trained on.",
            name=read_encoder(folder).name,
        )


class MaskTransform(nn.Module):
    """What the head makes of the vectors at masks before it compares them with words; nothing of it is trained."""

    dense_weight: Tensor
    dense_bias: Tensor
    norm_weight: Tensor
    norm_bias: Tensor

    def __init__(self, weights: Weights, eps: float) -> None:
        """Read it from an encoder that has the head, see `has_masked_lm`."""
        super().__init__()
        first, *parts = _names(weights) or _PARTS[0]
        for own, name in zip(("dense", "norm"), parts, strict=True):
            for kind in ("weight", "bias"):
                self.register_buffer(f"{own}_{kind}", weights(f"{first}{name}.{kind}").float())
        self._eps = eps

    def forward(self, states: Tensor) -> Tensor:
        """Return float32 [n, width] of the states [n, width] at masks.

        Divided by √width they are about as long as the unit vectors that classifiers are otherwise given.
        """
        x = functional.gelu(functional.linear(states.float(), self.dense_weight, self.dense_bias))
        x = functional.layer_norm(x, x.shape[-1:], self.norm_weight, self.norm_bias, self._eps)
        return x / math.sqrt(x.shape[-1])


def output_words(weights: Weights, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the output embeddings [n, width] of words and their biases [n].

    A word's score is its embedding · what `MaskTransform` gives + its bias. An encoder that has no output
    embeddings of its own takes those of its input.
    """
    first, *_ = _names(weights) or _PARTS[0]
    own = f"{first}decoder.weight"
    words = weights(own if own in weights.names else f"{WORDS}.weight")[list(ids)].float()
    return words * math.sqrt(words.shape[1]), weights(f"{first}bias")[list(ids)].float()


def _names(weights: Weights) -> tuple[str, str, str] | None:
    for first, dense, norm in _PARTS:
        if weights.names >= {
            f"{first}bias",
            *(f"{first}{x}.{kind}" for x in (dense, norm) for kind in ("weight", "bias")),
        }:
            return first, dense, norm
    return None
