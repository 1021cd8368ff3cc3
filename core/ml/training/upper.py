"""The network that is trained: an encoder's upper layers with a linear layer over their mean, or over a mask.

What comes in are states of the lower layers, or token ids where the embeddings are trained too. Owns the network;
leaves out the texts (states.py), the loop (loop.py) and what a method trains of the encoder (the methods' modules).
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.ml.network import best_dtype
from core.ml.training.change import AtMask
from core.ml.training.linear import Linear
from core.ml.training.losses import Loss, bce
from core.ml.training.states import Texts

SCALE = 20.0
"""Unit vectors are stretched by this before the head, so that its weights and the encoder's need like steps."""
EVALUATION_TEXTS = 24
MATRICES = ("query", "key", "value", "dense")
"""The products with weights in a layer of BERT or RoBERTa, by the ends of their names."""


class UpperClassifier(nn.Module):
    """Token states after the frozen layers, or token ids, to label scores."""

    def __init__(
        self,
        encoder: Any,
        *,
        embeddings: nn.Module | None = None,
        at_mask: AtMask | None = None,
        n_labels: int,
        loss: Loss = bce,
    ) -> None:
        """Take upper layers, for token ids also the embeddings, for a cloze the mask's place; make a head over them."""
        super().__init__()
        self.encoder, self.embeddings, self._loss = encoder, embeddings, loss
        self._place = at_mask.place if at_mask else 0
        self.transform = at_mask.transform if at_mask else None
        self.head = nn.Linear(encoder.config.hidden_size, n_labels)

    def begin_with(self, start: Linear) -> None:
        """Set the head."""
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(start.weight) / SCALE)
            self.head.bias.copy_(torch.from_numpy(start.bias))

    def states(self, inputs: Tensor) -> Tensor:
        """Return token states [n, tokens, width] of such states, or of ids [n, tokens]."""
        return inputs if self.embeddings is None else self.embeddings(input_ids=inputs)

    def vectors(self, inputs: Tensor, mask: Tensor, shift: Tensor | None = None) -> Tensor:
        """Return vectors [n, width], unit ones or those at the mask; a shift [n, tokens, width] disturbs the states."""
        states = self.states(inputs)
        states = states if shift is None else states + shift
        found = self.encoder(inputs_embeds=states, attention_mask=mask).last_hidden_state
        if self.transform is not None:
            places = mask.sum(1) + self._place if self._place < 0 else torch.full_like(mask[:, 0], self._place)
            read: Tensor = self.transform(found[torch.arange(len(found), device=found.device), places])
            return read
        return functional.normalize((found * mask.unsqueeze(-1)).sum(1), dim=-1)

    def forward(
        self, inputs: Tensor, mask: Tensor, labels: Tensor | None = None, shift: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return `logits` [n, n_labels] and, with labels, `loss`."""
        logits = self.head(self.vectors(inputs, mask, shift) * SCALE)
        return {"logits": logits} if labels is None else {"loss": self._loss(logits, labels), "logits": logits}

    def linear(self) -> Linear:
        """Return the head as it applies to unit vectors."""
        weight, bias = self.head.weight.detach().float(), self.head.bias.detach().float()
        return Linear((weight * SCALE).cpu().numpy(), bias.cpu().numpy())


class StatesPass(nn.Module):
    """Stands where the embeddings were: what comes in are states of a lower layer already."""

    def forward(self, *, inputs_embeds: Tensor, **_: Any) -> Tensor:
        """Return what came in."""
        return inputs_embeds


def upper_layers(encoder_dir: Path, *, n_frozen: int, dropout: float) -> tuple[Any, nn.Module]:
    """Return the layers above the frozen ones as a transformers model of their own, and the embeddings apart."""
    from transformers import AutoModel

    left_out = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    model = AutoModel.from_pretrained(encoder_dir, add_pooling_layer=False, dtype=torch.float32, **left_out)
    embeddings, model.embeddings = model.embeddings, StatesPass()
    model.encoder.layer = model.encoder.layer[n_frozen:]
    model.config.num_hidden_layers = len(model.encoder.layer)
    for place, layer in enumerate(model.encoder.layer):
        layer.attention.self.layer_idx = place  # by which prefixes find their layer
    return model, embeddings


def full_name(name: str, *, n_frozen: int) -> str:
    """Return the whole encoder's name of an upper layer's weight or module.

    >>> full_name("base_model.model.encoder.layer.1.output.dense", n_frozen=6)
    'encoder.layer.7.output.dense'
    """
    _, _, tail = name.partition("encoder.layer.")
    layer, _, rest = tail.partition(".")
    return f"encoder.layer.{int(layer) + n_frozen}.{rest}"


@torch.inference_mode()
def unit_vectors(network: UpperClassifier, texts: Texts, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return vectors [n_rows, width] of texts, in the order of the rows."""
    network.eval()
    device = network.head.weight.device
    half = torch.autocast(device.type, dtype=torch.bfloat16, enabled=best_dtype(device) is torch.bfloat16)
    order = sorted(range(len(rows)), key=lambda place: texts.lengths[rows[place]])
    found = np.zeros((len(rows), network.head.in_features), dtype=np.float32)
    for start in range(0, len(order), EVALUATION_TEXTS):
        places = order[start : start + EVALUATION_TEXTS]
        inputs, mask = texts.padded([int(rows[place]) for place in places])
        with half:
            found[places] = network.vectors(inputs.to(device), mask.to(device)).float().cpu().numpy()
    return found
