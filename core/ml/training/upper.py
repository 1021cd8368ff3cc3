"""The part of an encoder that is trained: its upper layers with a linear layer over their mean, on token states.

Owns the network and what it leaves behind (an adapter by the encoder's own names); leaves out the texts
(states.py) and the loop (lora.py).
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.ml.training.linear import Linear

SCALE = 20.0
"""Unit vectors are stretched by this before the head, so that its weights and the encoder's need like steps."""
MATRICES = ("query", "key", "value", "dense")
"""The products with weights in a layer of BERT or RoBERTa, by the ends of their names."""


class UpperClassifier(nn.Module):
    """Token states after the frozen layers to label scores."""

    def __init__(self, encoder: Any, *, n_labels: int) -> None:
        """Take upper layers and make a head over them."""
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, n_labels)

    def begin_with(self, start: Linear) -> None:
        """Set the head."""
        self.head.weight.data = torch.from_numpy(start.weight) / SCALE
        self.head.bias.data = torch.from_numpy(start.bias)

    def vectors(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors [n, width] of token states [n, tokens, width]."""
        found = self.encoder(inputs_embeds=states, attention_mask=mask).last_hidden_state
        return functional.normalize((found * mask.unsqueeze(-1)).sum(1), dim=-1)

    def forward(self, states: Tensor, mask: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Return `logits` [n, n_labels] and, with labels, `loss`: binary cross-entropy, summed over the labels."""
        logits = self.head(self.vectors(states, mask) * SCALE)
        if labels is None:
            return {"logits": logits}
        each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return {"loss": each.sum(1).mean(), "logits": logits}

    def linear(self) -> Linear:
        """Return the head as it applies to unit vectors."""
        return Linear((self.head.weight.detach() * SCALE).cpu().numpy(), self.head.bias.detach().cpu().numpy())


class StatesPass(nn.Module):
    """Stands where the embeddings were: what comes in are states of a lower layer already."""

    def forward(self, *, inputs_embeds: Tensor, **_: Any) -> Tensor:
        """Return the states as they are."""
        return inputs_embeds


def upper_layers(encoder_dir: Path, *, n_frozen: int, rank: int, dropout: float) -> nn.Module:
    """Return the layers above the frozen ones as a transformers model of their own, LoRA on each of their matrices."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    left_out = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    model = AutoModel.from_pretrained(encoder_dir, add_pooling_layer=False, dtype=torch.float32, **left_out)
    model.embeddings = StatesPass()
    model.encoder.layer = model.encoder.layer[n_frozen:]
    options = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(MATRICES))
    trainable: nn.Module = get_peft_model(model, options)
    return trainable


def adapter_tensors(encoder: nn.Module, *, n_frozen: int) -> dict[str, Tensor]:
    """Return the trained pairs by the whole encoder's weight names, the scale folded into B."""
    tensors = {}
    for name, module in encoder.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            _, _, tail = name.partition("encoder.layer.")
            layer, _, rest = tail.partition(".")
            full = f"encoder.layer.{int(layer) + n_frozen}.{rest}.weight"
            tensors[f"{full}.lora_A"] = module.lora_A["default"].weight.detach().half().cpu().contiguous()
            up = module.lora_B["default"].weight.detach() * module.scaling["default"]
            tensors[f"{full}.lora_B"] = up.half().cpu().contiguous()
    return tensors
