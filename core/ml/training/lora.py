"""Method `lora`: small matrices beside those of the encoder's upper layers are trained, with the head.

What is learnt is kept as an adapter of a few megabytes and laid over the encoder when it loads, so tagging costs what
it cost before. (Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models.)
"""

from typing import Any

from torch import Tensor, nn

from core.ml.training import gradient
from core.ml.training.change import Change
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import LoraOptions
from core.ml.training.upper import MATRICES, full_name


def fit(material: Material, options: LoraOptions, run: Run) -> Fitted:
    """Train LoRA's matrices and the head."""
    return gradient.fit(material, options, run, lambda encoder, _embeddings: Pairs(encoder, options))


class Pairs(Change):
    """LoRA's pairs of matrices."""

    def __init__(self, encoder: nn.Module, options: LoraOptions) -> None:
        """Put the pairs beside the matrices of upper layers."""
        super().__init__(with_lora(encoder, rank=options.rank), options)

    def tensors(self) -> dict[str, Tensor]:
        """Return the pairs by the whole encoder's weight names."""
        return lora_tensors(self.encoder, n_frozen=self.options.frozen_layers)


def with_lora(layers: Any, *, rank: int) -> Any:
    """Return layers with LoRA on each of their matrices, and nothing else of them to be trained."""
    from peft import LoraConfig, get_peft_model

    return get_peft_model(layers, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(MATRICES)))


def lora_tensors(layers: nn.Module, *, n_frozen: int) -> dict[str, Tensor]:
    """Return the trained pairs by the whole encoder's weight names, the scale folded into B."""
    found = {}
    for name, module in layers.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            full = f"{full_name(name, n_frozen=n_frozen)}.weight"
            down = module.lora_A["default"].weight.detach()
            up = module.lora_B["default"].weight.detach() * module.scaling["default"]
            found[f"{full}.lora_A"] = down.half().cpu().contiguous()
            found[f"{full}.lora_B"] = up.half().cpu().contiguous()
    return found
