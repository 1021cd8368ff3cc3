"""Method `prompt`: vectors put before the text in each upper layer are trained, the encoder stays as it is.

They enter as keys and values (Li and Liang 2021, Prefix-Tuning), in every layer as for classification in P-tuning v2
(Liu et al. 2022). Tagging puts them before each text in the same way (core/ml/network.py).
"""

from typing import Any

import torch
from torch import Tensor, nn

from core.ml.training import gradient
from core.ml.training.change import Change
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import PromptOptions


def fit(material: Material, options: PromptOptions, run: Run) -> Fitted:
    """Train the vectors and the head."""
    return gradient.fit(material, options, run, lambda encoder, _embeddings: Prefixes(encoder, options))


class _Prefixed(nn.Module):
    """Peft's prefixes before an encoder, with a mask that covers both."""

    def __init__(self, prefixes: Any) -> None:
        super().__init__()
        self.prefixes, self.config = prefixes, prefixes.base_model.config

    def forward(self, *, inputs_embeds: Tensor, attention_mask: Tensor) -> Any:
        """Return what the encoder does; its own mask would leave out the prefix."""
        past = self.prefixes.get_prompt(len(inputs_embeds))
        seen = torch.cat([attention_mask.new_ones(len(attention_mask), past.get_seq_length()), attention_mask], 1)
        return self.prefixes.base_model(
            inputs_embeds=inputs_embeds, attention_mask=seen[:, None, None, :].bool(), past_key_values=past
        )


class Prefixes(Change):
    """The vectors."""

    def __init__(self, encoder: Any, options: PromptOptions) -> None:
        """Put vectors before the text in upper layers."""
        from peft import PrefixTuningConfig, get_peft_model

        wanted = PrefixTuningConfig(
            task_type="FEATURE_EXTRACTION",
            num_virtual_tokens=options.prompt_tokens,
            prefix_projection=options.projection,
            encoder_hidden_size=encoder.config.hidden_size,
        )
        super().__init__(_Prefixed(get_peft_model(encoder, wanted)), options)

    def tensors(self) -> dict[str, Tensor]:
        """Return keys and values [n, hidden] of each layer."""
        encoder: Any = self.encoder
        with torch.no_grad():
            layers = encoder.prefixes.get_prompt(1).layers
        found = {}
        for place, layer in enumerate(layers):
            name = f"encoder.layer.{place + self.options.frozen_layers}"
            for kind, values in (("prefix_key", layer.keys), ("prefix_value", layer.values)):
                found[f"{name}.{kind}"] = values[0].transpose(0, 1).flatten(1).half().cpu().contiguous()
        return found
