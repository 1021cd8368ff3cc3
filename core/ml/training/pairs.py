"""The loop of what is learnt from pairs of texts: few-shot likeness, and of unlabelled documents.

Owns LoRA on the upper layers, the steps, their points and checkpoints. Leaves out which texts make a batch and what
its loss is (contrast.py), and the loop over texts one by one (loop.py).
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.ml.training import checkpoints
from core.ml.training.lora import with_lora
from core.ml.training.methods import Run
from core.ml.training.states import Texts
from core.ml.training.upper import UpperClassifier, upper_layers
from core.ml.training.watch import Point

WARM_UP = 0.1
"""Share of the steps over which the learning rate rises."""
MOST_POINTS = 50
_FILE = "pairs.pt"


@dataclass(frozen=True)
class PairOptions:
    """How the loop goes."""

    steps: int
    learning_rate: float
    weight_decay: float
    seed: int
    checkpoint_seconds: float = 60.0


@dataclass(frozen=True)
class Pairing:
    """What is learnt: batches of rows by number of the step, and the loss of a batch's vectors."""

    texts: Texts
    batches: Callable[[int], Iterator[list[int]]]
    """Called with how many steps are done: yields the batches that follow."""
    loss: Callable[[UpperClassifier, Tensor, Tensor, Sequence[int]], Tensor]
    """Of the network, inputs, mask and rows of a batch."""
    identity: str
    """Of all that the batches follow from; checkpoints of another are not taken."""


def pair_network(encoder_dir: Path, *, n_frozen: int, rank: int, dropout: float) -> UpperClassifier:
    """Return the upper layers with LoRA on each of their matrices, on the GPU where there is one."""
    layers, _ = upper_layers(encoder_dir, n_frozen=n_frozen, dropout=dropout)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return UpperClassifier(with_lora(layers, rank=rank), n_labels=1).to(device)


def learn_pairs(network: UpperClassifier, pairing: Pairing, options: PairOptions, run: Run, phase: str) -> None:
    """Train the network's LoRA in place; with a folder of the run, from its checkpoint on."""
    weights = [weight for weight in network.encoder.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.learning_rate, weight_decay=options.weight_decay)
    decisive = replace(options, checkpoint_seconds=0.0)
    identity = hashlib.sha256(f"{phase} {decisive} {pairing.identity}".encode()).hexdigest()
    done = _restored(run, weights, optimizer, identity)
    device = network.head.weight.device
    network.train()
    started = saved = time.monotonic()
    losses: list[float] = []
    for step, rows in enumerate(pairing.batches(done), start=done + 1):
        rate = options.learning_rate * share_of_rate(step, options.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(1_000_003 * options.seed + step)  # dropout follows from the step, so it can be resumed
        inputs, mask = pairing.texts.padded(rows)
        loss = pairing.loss(network, inputs.to(device), mask.to(device), rows)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        run.watch.phase(phase, step, options.steps)
        if step * MOST_POINTS // options.steps > (step - 1) * MOST_POINTS // options.steps:
            run.watch.point(_point(step, options, started, losses, rate))
            losses.clear()
        if time.monotonic() - saved >= options.checkpoint_seconds:
            _save(run, weights, optimizer, step, identity)
            saved = time.monotonic()


def share_of_rate(step: int, n_steps: int) -> float:
    """Return the learning rate's share of its largest: rises over the first steps, then falls to nothing."""
    rising = max(1, round(WARM_UP * n_steps))
    return min(step / rising, (n_steps - step + 1) / max(1, n_steps - rising + 1))


def _point(step: int, options: PairOptions, started: float, losses: list[float], rate: float) -> Point:
    seconds = time.monotonic() - started
    return Point(step, options.steps, step / options.steps, seconds, sum(losses) / len(losses), None, rate)


def _save(run: Run, weights: list[torch.nn.Parameter], optimizer: Any, step: int, identity: str) -> None:
    if run.dir is None:
        return
    written = run.dir / ".writing" / f"checkpoint-{step}"
    written.mkdir(parents=True, exist_ok=True)
    content = {
        "step": step,
        "weights": [weight.detach().cpu() for weight in weights],
        "optimizer": optimizer.state_dict(),
    }
    torch.save(content, written / _FILE)
    checkpoints.publish(written, run.dir, identity=identity)
    shutil.rmtree(run.dir / ".writing", ignore_errors=True)


def _restored(run: Run, weights: list[torch.nn.Parameter], optimizer: Any, identity: str) -> int:
    """Take the latest checkpoint's state and return how many steps are done."""
    found = checkpoints.latest_whole(run.dir, identity=identity) if run.dir else None
    if found is None:
        return 0
    content = torch.load(found / _FILE, map_location="cpu", weights_only=True)
    with torch.no_grad():
        for weight, kept in zip(weights, content["weights"], strict=True):
            weight.copy_(kept)
    optimizer.load_state_dict(content["optimizer"])
    return int(content["step"])
