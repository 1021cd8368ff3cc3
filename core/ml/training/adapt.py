"""The phase before any method: the encoder gets used to documents' language, without labels.

An encoder with a masked-LM head learns masked words (masked_words.py). For one without, which the default one is, a
text read twice with other values left out at random should come out more like itself than like the other texts of its
batch (SimCSE, Gao et al. 2021). What is learnt is LoRA on the upper layers, on which the method then trains.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from transformers import set_seed

from core.ml.batching import Excerpt
from core.ml.encoder import read_encoder
from core.ml.shape import read_shape
from core.ml.training.contrast import alike_in_two_readings
from core.ml.training.lora import lora_tensors
from core.ml.training.masked_words import masked_words_of
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import AdaptableOptions
from core.ml.training.pairs import Pairing, PairOptions, learn_pairs, pair_network
from core.ml.training.start import Tensors
from core.ml.training.states import Texts, states_of, token_ids
from core.ml.training.upper import UpperClassifier

BATCH_TEXTS = 16
DROPOUT = 0.1
RANK = 8
LEARNING_RATE = 3e-4
TEMPERATURE = 0.05
MAX_TOKENS = 96


class Objective(Protocol):
    """What is learnt from texts without labels."""

    name: str
    most_held_out: int
    """So many texts, and a tenth of them at most, are not learnt: the loss is measured on them."""
    most_readings: int
    """So often a text is read where there are fewer than the steps need."""

    def hidden(self, chunks: Iterable[list[list[int]]]) -> Iterable[list[list[int]]]:
        """Return token ids as the network gets to see them."""

    def loss(self, network: UpperClassifier, inputs: Tensor, mask: Tensor, rows: Sequence[int]) -> Tensor:
        """Return the loss of a batch."""

    def measured(self, network: UpperClassifier, texts: Texts, rows: Sequence[int]) -> NDArray[np.float64]:
        """Return the loss of each of some texts, those left out of which it cannot be said."""


class TwoReadings:
    """SimCSE. A text has no loss of its own, so none is measured."""

    name = "two readings"
    most_held_out = 0
    most_readings = 1

    def hidden(self, chunks: Iterable[list[list[int]]]) -> Iterable[list[list[int]]]:
        """Return what came in."""
        return chunks

    def loss(self, network: UpperClassifier, inputs: Tensor, mask: Tensor, _rows: Sequence[int]) -> Tensor:
        """Return how hard it is to find a text's second reading."""
        first, second = network.vectors(inputs, mask), network.vectors(inputs, mask)
        return alike_in_two_readings(first, second, temperature=TEMPERATURE)

    def measured(self, _network: UpperClassifier, _texts: Texts, _rows: Sequence[int]) -> NDArray[np.float64]:
        """Return nothing."""
        return np.empty(0)


@dataclass(frozen=True)
class Adapted:
    """The change that makes an encoder used to texts, and what goes on record about it."""

    change: Tensors
    found: dict[str, Any]


@dataclass(frozen=True)
class _Reading:
    """The texts, those held out first, and how many of each kind they are."""

    texts: list[str]
    n_held: int
    n_learnt: int
    """Different ones; they come again where the steps need more."""


def adapt(material: Material, options: AdaptableOptions, run: Run) -> Adapted:
    """Let an encoder get used to the material's texts; the test part is left out.

    Half of the layers are trained. At most as many texts are learnt as the steps need.
    """
    set_seed(options.seed)
    objective: Objective = masked_words_of(material.encoder_dir, seed=options.seed) or TwoReadings()
    reading = _reading(material, options, objective)
    n, held = len(reading.texts), range(reading.n_held)
    n_frozen = read_shape(material.encoder_dir).n_layers // 2
    with run.scratch() as folder:
        states = states_of(
            material.encoder_dir,
            objective.hidden(token_ids(material.encoder_dir, reading.texts, Excerpt(MAX_TOKENS))),
            folder / "states",
            n_layers=n_frozen,
            on_progress=lambda done: run.watch.phase("reading", done, n),
        )
        network = pair_network(material.encoder_dir, n_frozen=n_frozen, rank=RANK, dropout=DROPOUT)

        def batches(done: int) -> Iterator[list[int]]:
            return islice(_shuffled(range(reading.n_held, n), options.seed), done, options.adapt_steps)

        digest = hashlib.sha256("\n".join(reading.texts).encode()).hexdigest()
        identity = f"{objective.name} {reading.n_held} {digest} {read_encoder(material.encoder_dir).hash}"
        before = objective.measured(network, states, held)  # a checkpoint is taken later, so this is of the first step
        seconds = getattr(options, "checkpoint_seconds", PairOptions.checkpoint_seconds)
        how = PairOptions(options.adapt_steps, LEARNING_RATE, 0.0, options.seed, seconds)
        learn_pairs(network, Pairing(states, batches, objective.loss, identity), how, run, "adapting")
        after = objective.measured(network, states, held)
    found = {"objective": objective.name, "steps": options.adapt_steps, "texts": reading.n_learnt}
    return Adapted(lora_tensors(network.encoder, n_frozen=n_frozen), found | _compared(before, after))


def _reading(material: Material, options: AdaptableOptions, objective: Objective) -> _Reading:
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    every = material.unlabelled or [material.texts[row] for row in split.taught]
    n_read = options.adapt_steps * BATCH_TEXTS
    order = np.random.default_rng(options.seed).permutation(len(every))[: n_read + objective.most_held_out]
    n_held = min(objective.most_held_out, len(order) // 10)
    held, learnt = ([every[place] for place in part] for part in (order[:n_held], order[n_held:][:n_read]))
    return _Reading(held + (learnt * objective.most_readings)[:n_read], n_held, len(learnt))


def _compared(before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, float]:
    """Return the mean losses, their difference and half the width of its 95 % interval over the texts.

    >>> _compared(np.array([3.0, 4.0]), np.array([2.0, 3.0]))
    {'held_out': 2, 'loss_before': 3.5, 'loss_after': 2.5, 'loss_change': -1.0, 'loss_change_error': 0.0}
    """
    if len(before) < 2:
        return {}
    change = after - before
    return {
        "held_out": len(before),
        "loss_before": float(before.mean()),
        "loss_after": float(after.mean()),
        "loss_change": float(change.mean()),
        "loss_change_error": float(1.96 * change.std(ddof=1) / math.sqrt(len(change))),
    }


def _shuffled(rows: Sequence[int], seed: int) -> Iterator[list[int]]:
    """Yield batches without end, every row once before any comes again."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        for start in range(0, max(1, len(rows) - BATCH_TEXTS + 1), BATCH_TEXTS):
            yield order[start : start + BATCH_TEXTS].tolist()
