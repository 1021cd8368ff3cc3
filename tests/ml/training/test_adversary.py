"""On a linear loss the steepest way up is known, so the disturbances can be told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.ml.training.adversary import ASCENTS, Adversary
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import FullOptions, LoraOptions

STATES = torch.tensor([[[3.0, 4.0], [9.0, 9.0]], [[0.0, 1.0], [1.0, 0.0]]])
MASK = torch.tensor([[1, 0], [1, 1]])
LENGTHS = torch.tensor([5.0, 2.0**0.5])
"""Of the texts' own vectors: the second place of the first text holds no token."""


def passes(kind: str) -> tuple[list[Tensor | None], Tensor, Tensor]:
    """Return the disturbances whose loss was learnt, the gradient that came of it, and the loss that is told."""
    torch.manual_seed(0)
    weight = torch.tensor([1.0, -1.0], requires_grad=True)
    seen: list[Tensor | None] = []
    current: list[Tensor | None] = []

    def loss_of(shift: Tensor | None) -> Tensor:
        current[:] = [shift]
        states = STATES if shift is None else STATES + shift
        return (states @ weight * MASK).sum()

    def backward(loss: Tensor) -> None:
        seen.append(None if current[0] is None else current[0].detach().clone())
        loss.backward()

    told = Adversary(kind, 0.1).learn(loss_of, backward, MASK, lambda: STATES)
    assert weight.grad is not None
    return seen, weight.grad, told


def test_without_one_the_texts_are_learnt_as_they_are() -> None:
    seen, slope, told = passes("none")
    assert seen == [None]
    assert slope.tolist() == [4.0, 5.0]
    assert told.item() == -1.0


@pytest.mark.parametrize("kind", ["fgm", "pgd"])
def test_fgm_and_pgd_learn_the_texts_and_the_worst_disturbance_of_its_length(kind: str) -> None:
    seen, slope, told = passes(kind)
    clean, shift = seen
    assert clean is None
    assert shift is not None
    torch.testing.assert_close(shift.flatten(1).norm(dim=1), 0.1 * LENGTHS)
    assert shift[0, 1].tolist() == [0.0, 0.0]
    torch.testing.assert_close(shift[0, 0] / shift[0, 0].norm(), torch.tensor([1.0, -1.0]) / 2**0.5)
    torch.testing.assert_close(slope, 2 * torch.tensor([4.0, 5.0]) + shift.sum((0, 1)))
    assert told.item() == -1.0


def test_freelb_learns_the_whole_way_up_within_the_ball() -> None:
    seen, slope, _ = passes("freelb")
    assert len(seen) == ASCENTS
    shifts = torch.stack([shift for shift in seen if shift is not None])
    assert (shifts.flatten(2).norm(dim=2) <= 0.1 * LENGTHS + 1e-6).all()
    assert shifts[:, 0, 1].abs().max() == 0.0
    heights = (shifts @ torch.tensor([1.0, -1.0])).sum((1, 2)).tolist()
    assert heights == sorted(heights)
    torch.testing.assert_close(slope, torch.tensor([4.0, 5.0]) + shifts.sum((1, 2)).mean(0))


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("lora", LoraOptions(frozen_layers=1, rank=2, epochs=1, adversary="fgm", adversary_size=0.5)),
        ("full", FullOptions(frozen_layers=0, train_embeddings=True, epochs=1, adversary="freelb")),
    ],
)
def test_a_training_with_an_adversary_learns_something_else(
    method: str, options: Any, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    from dataclasses import replace

    found = [
        train(method, make_material(60), tmp_path / kind, options=replace(options, adversary=kind))
        for kind in ("none", options.adversary)
    ]
    assert found[0].version != found[1].version
