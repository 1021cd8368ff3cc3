"""The phase before any method: the encoder gets used to documents' language, without labels.

A text read twice with other values left out at random should come out more like itself than like the other texts of
its batch (SimCSE, Gao et al. 2021): for encoders that come without a head for masked words, which the default one
does. What is learnt is LoRA on the upper layers, on which the method then trains.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from torch import Tensor
from transformers import set_seed

from core.ml.batching import Excerpt
from core.ml.encoder import read_encoder
from core.ml.network import read_shape
from core.ml.training.contrast import alike_in_two_readings
from core.ml.training.lora import lora_tensors
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import AdaptableOptions
from core.ml.training.pairs import Pairing, PairOptions, learn_pairs, pair_network
from core.ml.training.start import Tensors
from core.ml.training.states import compute_states
from core.ml.training.upper import UpperClassifier

BATCH_TEXTS = 16
DROPOUT = 0.1
RANK = 8
LEARNING_RATE = 3e-4
TEMPERATURE = 0.05
MAX_TOKENS = 96


def adapt(material: Material, options: AdaptableOptions, run: Run) -> Tensors:
    """Return the change that makes an encoder used to the material's texts; the test part is left out.

    Half of the layers are trained. At most as many texts are read as the steps need.
    """
    set_seed(options.seed)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    every = material.unlabelled or [material.texts[row] for row in split.taught]
    order = np.random.default_rng(options.seed).permutation(len(every))[: options.adapt_steps * BATCH_TEXTS]
    texts = [every[place] for place in order]
    n_frozen = read_shape(material.encoder_dir).n_layers // 2
    with TemporaryDirectory(prefix="trendvane-states-") as folder:
        states = compute_states(
            material.encoder_dir,
            texts,
            Path(folder, "states"),
            n_layers=n_frozen,
            read=Excerpt(MAX_TOKENS),
            on_progress=lambda done: run.watch.phase("reading", done, len(texts)),
        )
        network = pair_network(material.encoder_dir, n_frozen=n_frozen, rank=RANK, dropout=DROPOUT)

        def batches(done: int) -> Iterator[list[int]]:
            return islice(_shuffled(len(texts), options.seed), done, options.adapt_steps)

        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        pairing = Pairing(states, batches, _loss, f"{digest} {read_encoder(material.encoder_dir).hash}")
        learn_pairs(
            network, pairing, PairOptions(options.adapt_steps, LEARNING_RATE, 0.0, options.seed), run, "adapting"
        )
    return lora_tensors(network.encoder, n_frozen=n_frozen)


def _loss(network: UpperClassifier, inputs: Tensor, mask: Tensor, _rows: Sequence[int]) -> Tensor:
    return alike_in_two_readings(network.vectors(inputs, mask), network.vectors(inputs, mask), temperature=TEMPERATURE)


def _shuffled(n: int, seed: int) -> Iterator[list[int]]:
    """Yield batches without end, every text once before any comes again."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(n)
        for start in range(0, max(1, n - BATCH_TEXTS + 1), BATCH_TEXTS):
            yield order[start : start + BATCH_TEXTS].tolist()
