"""Method `lora`: small matrices beside those of the encoder's upper layers are trained, with the head.

What is learnt is kept as an adapter of a few megabytes and laid over the encoder when it loads, so tagging costs what
it cost before. (Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models.)
"""

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
        from peft import LoraConfig, get_peft_model

        wanted = LoraConfig(r=options.rank, lora_alpha=2 * options.rank, target_modules=list(MATRICES))
        super().__init__(get_peft_model(encoder, wanted), options)

    def tensors(self) -> dict[str, Tensor]:
        """Return the pairs by the whole encoder's weight names, the scale folded into B."""
        found = {}
        for name, module in self.encoder.named_modules():
            if hasattr(module, "lora_A") and "default" in module.lora_A:
                full = f"{full_name(name, n_frozen=self.options.frozen_layers)}.weight"
                down = module.lora_A["default"].weight.detach()
                up = module.lora_B["default"].weight.detach() * module.scaling["default"]
                found[f"{full}.lora_A"] = down.half().cpu().contiguous()
                found[f"{full}.lora_B"] = up.half().cpu().contiguous()
        return found
