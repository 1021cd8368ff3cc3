"""Adversarial training: besides the texts as they are, the network learns them with token vectors that were disturbed.

The disturbance is as long as a share of the text's own vectors (Frobenius norm), so that one size suits any layer.
Owns the passes of one step; leaves out the optimizer (loop.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LossOf = Callable[[Tensor | None], Tensor]
"""The loss with a disturbance [n, tokens, width] added to the token vectors, None: as they are."""
Backward = Callable[[Tensor], None]
ASCENTS = 3
"""Steps of PGD and FreeLB."""
STRIDE = 1.5
"""All their steps together could go so many times the greatest length."""


@dataclass(frozen=True)
class Adversary:
    """One of `none`, `fgm`, `pgd`, `freelb` with the size of its disturbance."""

    kind: str
    size: float

    def learn(self, loss_of: LossOf, backward: Backward, mask: Tensor, states_of: Callable[[], Tensor]) -> Tensor:
        """Run a batch's passes, which add to the gradients, and return the loss of the texts.

        `mask` [n, tokens] says which places hold tokens; `states_of` returns the undisturbed vectors.
        """
        if self.kind == "none":
            loss = loss_of(None)
            backward(loss)
            return loss.detach()
        with torch.no_grad():
            states = states_of() * mask.unsqueeze(-1)
            most = self.size * states.flatten(1).norm(dim=1)
        if self.kind == "freelb":
            return self._freelb(loss_of, backward, mask, states, most)
        loss = loss_of(None)
        backward(loss)
        shift, n_ascents = torch.zeros_like(states), 1 if self.kind == "fgm" else ASCENTS
        for _ in range(n_ascents):
            shift.requires_grad_()
            (slope,) = torch.autograd.grad(loss_of(shift), shift)
            shift = _climbed(shift, slope, mask, most, n_ascents)
        backward(loss_of(shift))
        return loss.detach()

    def _freelb(self, loss_of: LossOf, backward: Backward, mask: Tensor, states: Tensor, most: Tensor) -> Tensor:
        """Average the gradients over the way uphill from a random start (Zhu et al. 2020, algorithm 1)."""
        start = (torch.rand_like(states) * 2 - 1) * mask.unsqueeze(-1)
        shift, total = _of_length(start, most / 2), torch.zeros((), device=states.device)
        for _ in range(ASCENTS):
            shift.requires_grad_()
            loss = loss_of(shift) / ASCENTS
            backward(loss)
            total += loss.detach()
            if shift.grad is not None:
                shift = _climbed(shift, shift.grad, mask, most, ASCENTS)
        return total


def _climbed(shift: Tensor, slope: Tensor, mask: Tensor, most: Tensor, n_steps: int) -> Tensor:
    """Return the disturbances [n, tokens, width] a step uphill, none longer than `most` [n].

    One step of the whole length is FGM (Miyato et al. 2017, equation 5); several shorter ones, each drawn back into
    the ball, are PGD (Madry et al. 2018, section 2.1).
    """
    step = most if n_steps == 1 else STRIDE * most / n_steps
    moved = shift.detach() + _of_length(slope.float() * mask.unsqueeze(-1), step)
    own = moved.flatten(1).norm(dim=1).clamp(min=1e-12)
    shortened: Tensor = moved * (most / own).clamp(max=1.0)[:, None, None]
    return shortened


def _of_length(vectors: Tensor, lengths: Tensor) -> Tensor:
    """Return each text's vectors stretched to a length."""
    own = vectors.flatten(1).norm(dim=1).clamp(min=1e-12)
    stretched: Tensor = vectors * (lengths / own)[:, None, None]
    return stretched
