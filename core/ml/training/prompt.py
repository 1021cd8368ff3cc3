"""Method `prompt`: vectors put before the text in each upper layer are trained, the encoder stays as it is.

They enter as keys and values (Li and Liang 2021, Prefix-Tuning), in every layer as for classification in P-tuning v2
(Liu et al. 2022). Tagging puts them before each text in the same way (core/ml/network.py). With a template the text
stands in a cloze, and the classifier begins as what the encoder's masked-LM head says at the mask (verbalizer.py).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.ml.cloze import Cloze
from core.ml.masked_lm import MaskTransform
from core.ml.shape import read_shape
from core.ml.training import gradient
from core.ml.training.change import AtMask, Change
from core.ml.training.finish import Fitted
from core.ml.training.linear import Linear
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import PromptOptions
from core.ml.training.template import read_template
from core.ml.training.verbalizer import levelled, verbalizer
from core.ml.weights import open_weights


def fit(material: Material, options: PromptOptions, run: Run) -> Fitted:
    """Train the vectors and the head."""
    asked = ask_masked_lm(material, options) if options.template else None
    around = replace(material, cloze=asked.cloze if asked else None)
    return gradient.fit(around, options, run, lambda encoder, _embeddings: Prefixes(encoder, options, asked))


@dataclass(frozen=True)
class Asked:
    """What the masked-LM head is asked, and how its answer is read."""

    cloze: Cloze
    transform: MaskTransform
    verbalizer: Linear


def ask_masked_lm(material: Material, options: PromptOptions) -> Asked:
    """Return how the masked-LM head is asked by a template; raise InputError where it cannot be."""
    cloze = read_template(options.template, material.encoder_dir, max_tokens=options.max_tokens)
    with open_weights(material.encoder_dir) as weights:
        transform = MaskTransform(weights, read_shape(material.encoder_dir).eps)
    labels = [material.taxonomy.by_id[label_id] for label_id in material.label_ids]
    return Asked(cloze, transform, verbalizer(material.encoder_dir, labels))


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
    """The vectors, and what is asked of the masked-LM head, if anything."""

    options: PromptOptions

    def __init__(self, encoder: Any, options: PromptOptions, asked: Asked | None = None) -> None:
        """Put vectors before the text in upper layers."""
        from peft import PrefixTuningConfig, get_peft_model

        wanted = PrefixTuningConfig(
            task_type="FEATURE_EXTRACTION",
            num_virtual_tokens=options.prompt_tokens,
            prefix_projection=options.projection,
            encoder_hidden_size=encoder.config.hidden_size,
        )
        super().__init__(_Prefixed(get_peft_model(encoder, wanted)), options)
        self._asked = asked
        self.at_mask = AtMask(asked.cloze.place, asked.transform) if asked else None

    def first_head(self, vectors: NDArray[np.float32], labels: NDArray[np.float32]) -> Linear:
        """Return the head to begin with: of a cloze the verbalizer, else see `Change`."""
        if self._asked is None:
            return super().first_head(vectors, labels)
        return levelled(self._asked.verbalizer, vectors, labels, penalty=self.options.head_penalty)

    def tensors(self) -> dict[str, Tensor]:
        """Return keys and values [n, hidden] of each layer, and the cloze."""
        encoder: Any = self.encoder
        with torch.no_grad():
            layers = encoder.prefixes.get_prompt(1).layers
        found = self._asked.cloze.tensors() if self._asked else {}
        for place, layer in enumerate(layers):
            name = f"encoder.layer.{place + self.options.frozen_layers}"
            for kind, values in (("prefix_key", layer.keys), ("prefix_value", layer.values)):
                found[f"{name}.{kind}"] = values[0].transpose(0, 1).flatten(1).half().cpu().contiguous()
        return found
