"""Method `few_shot`: the upper layers learn from pairs of texts what is alike, then a head is fitted.

Made for 8 to 64 texts a label: n texts give about n² / 2 pairs, so that there is much more to learn from than the
texts one by one. (SetFit, Tunstall et al. 2022; what a pair teaches is in contrast.py.) The lower layers' results
are computed once, as `lora` does.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import torch
from torch import Tensor
from transformers import set_seed

from core.ml.batching import Excerpt
from core.ml.encoder import read_encoder
from core.ml.examples import data_hash
from core.ml.training import linear
from core.ml.training.contrast import contrast_loss, drawn_batches, label_weights, likeness
from core.ml.training.finish import Fitted
from core.ml.training.gradient import require_layers, scores_as_served
from core.ml.training.lora import lora_tensors
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import FewShotOptions
from core.ml.training.pairs import Pairing, PairOptions, learn_pairs, pair_network
from core.ml.training.states import Texts, compute_states
from core.ml.training.upper import UpperClassifier, unit_vectors

LEAST_STEPS = 20
"""Even of a handful of texts: the learning rate has to rise and to fall."""


def fit(material: Material, options: FewShotOptions, run: Run) -> Fitted:
    """Train on pairs of most of the texts, fit a head on them and score the others."""
    require_layers(material.encoder_dir, options.frozen_layers)
    set_seed(options.seed)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    texts = [material.texts[row] for row in split.taught]
    true = material.true[split.taught]
    with run.scratch() as folder:
        states = compute_states(
            material.encoder_dir,
            texts,
            folder / "states",
            n_layers=options.frozen_layers,
            read=Excerpt(options.max_tokens),
            on_progress=lambda done: run.watch.phase("reading", done, len(texts)),
        )
        network = pair_network(material.encoder_dir, n_frozen=options.frozen_layers, rank=options.rank, dropout=0.0)
        _learn(network, states, material, options, run)
        head = linear.fit(unit_vectors(network, states, np.arange(len(texts))), true, penalty=options.head_penalty)
    adapter = lora_tensors(network.encoder, n_frozen=options.frozen_layers)
    n_trainable = sum(weight.numel() for weight in network.encoder.parameters() if weight.requires_grad)
    scores = scores_as_served(material, np.concatenate([split.validation, split.test]), head, adapter, run)
    held_out, test = np.split(scores, [len(split.validation)])
    return Fitted(
        linear=head,
        held_out=held_out,
        rows=split.validation,
        test=test,
        test_rows=split.test,
        n_trainable=n_trainable + head.weight.size + head.bias.size,
        adapter=adapter,
        found={"taught": len(texts), "steps": _n_steps(options, len(texts))},
    )


def _n_steps(options: FewShotOptions, n_taught: int) -> int:
    """Return how many batches are learnt from."""
    return max(LEAST_STEPS, math.ceil(options.epochs * n_taught / options.batch_size))


def _learn(network: UpperClassifier, states: Texts, material: Material, options: FewShotOptions, run: Run) -> None:
    """Let the network learn how alike the taught texts are, which the states are of."""
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    true = material.true[split.taught]
    device = network.head.weight.device
    labels, weights = torch.from_numpy(true.astype(np.float32)).to(device), label_weights(true).to(device)

    n_steps = _n_steps(options, len(true))

    def batches(done: int) -> Iterator[list[int]]:
        drawn = drawn_batches(true, n_batches=n_steps, batch_size=options.batch_size, seed=options.seed)
        return islice(drawn, done, None)

    def loss(network: UpperClassifier, inputs: Tensor, mask: Tensor, rows: Sequence[int]) -> Tensor:
        wanted = likeness(labels[list(rows)], weights)
        return contrast_loss(network.vectors(inputs, mask), wanted, temperature=options.temperature)

    decisive = replace(options, checkpoint_seconds=0.0)
    said = f"{data_hash(material.examples)} {read_encoder(material.encoder_dir).hash} {decisive}"
    identity = hashlib.sha256(said.encode()).hexdigest()
    how = PairOptions(n_steps, options.learning_rate, options.weight_decay, options.seed, options.checkpoint_seconds)
    learn_pairs(network, Pairing(states, batches, loss, identity), how, run, "training")
