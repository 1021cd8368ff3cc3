"""Method `adalora`: LoRA whose matrices lose width where it matters least, until a budget is met.

Each pair is a product P · diag(E) · Q; entries of E are zeroed by their importance, which is followed step by step
(Zhang et al. 2023, Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning). What is left is kept as LoRA pairs.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import InputError
from core.ml.training import gradient
from core.ml.training.change import Change
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import AdaloraOptions
from core.ml.training.upper import MATRICES, full_name

BEFORE, AFTER = 0.1, 0.3
"""Shares of the steps before the budget begins to shrink, and after it has shrunk."""
TIMES = 20
"""So often the budget is dealt out anew."""
_PARTS = ("ipt", "exp_avg_ipt", "exp_avg_unc")


def fit(material: Material, options: AdaloraOptions, run: Run) -> Fitted:
    """Train the matrices and the head."""
    if options.first_rank <= options.rank:
        raise InputError(
            "`first_rank` has to be more than `rank`, found {first} and {last}.",
            first=options.first_rank,
            last=options.rank,
        )
    n_taught = len(material.split(held_out_of=options.held_out_of, seed=options.seed).taught)
    n_steps = gradient.n_steps(options, n_taught)
    return gradient.fit(material, options, run, lambda encoder, _embeddings: Triples(encoder, options, n_steps=n_steps))


class Triples(Change):
    """AdaLoRA's products of three, and what it remembers of their importance."""

    options: AdaloraOptions

    def __init__(self, encoder: nn.Module, options: AdaloraOptions, *, n_steps: int) -> None:
        """Put the products beside the matrices of upper layers, for a training of so many steps."""
        from peft import AdaLoraConfig, get_peft_model

        wanted = AdaLoraConfig(
            init_r=options.first_rank,
            target_r=options.rank,
            lora_alpha=2 * options.first_rank,
            target_modules=list(MATRICES),
            total_step=n_steps,
            tinit=math.floor(BEFORE * n_steps),
            tfinal=math.floor(AFTER * n_steps),
            deltaT=max(1, n_steps // TIMES),
        )
        super().__init__(get_peft_model(encoder, wanted), options)

    @property
    def _inner(self) -> Any:
        return self.encoder.base_model

    def penalty(self) -> Tensor | None:
        """Return how far the directions are from orthogonal: the mean of |P Pᵀ - I| (equation 4 of the paper)."""
        gaps = [
            torch.linalg.norm(_covariance(name, weight) - torch.eye(_rank(name, weight), device=weight.device))
            for name, weight in self.encoder.named_parameters()
            if ".lora_A." in name or ".lora_B." in name
        ]
        return self.options.orthogonality * torch.stack(gaps).mean()

    def after_step(self, step: int) -> None:
        """Follow the importance and deal out the budget."""
        self._inner.update_and_allocate(step)

    def tensors(self) -> dict[str, Tensor]:
        """Return what is left of the products as LoRA pairs, diag(E) and the scale folded in."""
        found = {}
        for name, module in self.encoder.named_modules():
            if not (hasattr(module, "lora_E") and "default" in module.lora_E):
                continue
            kept = module.lora_E["default"].detach().flatten() != 0
            down = (module.lora_A["default"] * module.lora_E["default"]).detach()[kept]
            scale = module.scaling["default"] / (module.ranknum["default"] + 1e-5)
            up = (module.lora_B["default"].detach() * scale)[:, kept]
            if kept.any():
                full = f"{full_name(name, n_frozen=self.options.frozen_layers)}.weight"
                found[f"{full}.lora_A"] = down.half().cpu().contiguous()
                found[f"{full}.lora_B"] = up.half().cpu().contiguous()
        return found

    def state(self) -> dict[str, Any]:
        """Return the importance so far and which directions are kept."""
        allocator = self._inner.rankallocator
        pattern = self._inner.peft_config["default"].rank_pattern
        return {"pattern": pattern, **{part: getattr(allocator, part) for part in _PARTS}}

    def restore(self, state: dict[str, Any]) -> None:
        """Take that back."""
        self._inner.peft_config["default"].rank_pattern = state["pattern"]
        weights = dict(self._inner.model.named_parameters())
        for part in _PARTS:
            kept = {name: values.to(weights[name].device) for name, values in state[part].items()}
            setattr(self._inner.rankallocator, part, kept)


def _covariance(name: str, weight: Tensor) -> Tensor:
    return weight @ weight.T if ".lora_A." in name else weight.T @ weight


def _rank(name: str, weight: Tensor) -> int:
    return weight.shape[0 if ".lora_A." in name else 1]
