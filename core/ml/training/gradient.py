"""What every method that trains the encoder does around its loop: states, first head, training, scores as served."""

import hashlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import set_seed

from core.errors import InputError
from core.ml.adapter import Adapter
from core.ml.batching import Excerpt
from core.ml.embedder import Embedder
from core.ml.encoder import read_encoder
from core.ml.examples import data_hash
from core.ml.shape import Shape, read_shape
from core.ml.training.change import Change
from core.ml.training.finish import Fitted
from core.ml.training.lesson import Lesson
from core.ml.training.linear import Linear
from core.ml.training.loop import MOST_VALIDATED, learn
from core.ml.training.losses import loss_named
from core.ml.training.material import Material, Rows
from core.ml.training.methods import Run
from core.ml.training.options import GradientOptions
from core.ml.training.states import SomeTexts, Texts, TokenIds, compute_states
from core.ml.training.upper import UpperClassifier, unit_vectors, upper_layers

MakeChange = Callable[[Any, nn.Module], Change]
"""From upper layers and embeddings to what is trained of them."""


@dataclass(frozen=True)
class Wanted:
    """What is taught where it is not all taught texts with the labels that they were given."""

    taught: Rows
    labels: NDArray[np.float32]
    """How much each example should have each label, from 0 to 1, [n, n_labels]."""


def fit(
    material: Material,
    options: GradientOptions,
    run: Run,
    make: MakeChange,
    *,
    with_ids: bool = False,
    wanted: Wanted | None = None,
) -> Fitted:
    """Train on the taught texts; `with_ids` gives the network token ids, so that it can train the embeddings.

    The held-out texts are scored by the very code that will tag, the changes laid over the encoder: what is
    calibrated is what is served.
    """
    shape = require_layers(material.encoder_dir, options.frozen_layers)
    set_seed(options.seed)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    wanted = wanted or Wanted(split.taught, material.true.astype(np.float32))
    with run.scratch() as folder:
        mixed = np.random.default_rng(options.seed).permutation(split.validation)[:MOST_VALIDATED]
        read = np.concatenate([wanted.taught, mixed])
        texts = SomeTexts(_texts(material, read, options, run, shape, folder if not with_ids else None), read)
        change = make(*upper_layers(material.encoder_dir, n_frozen=options.frozen_layers, dropout=options.dropout))
        network = _network(change, texts, wanted)
        identity = hashlib.sha256(read.tobytes() + wanted.labels[wanted.taught].tobytes())
        identity.update((data_hash(material.examples) + read_encoder(material.encoder_dir).hash).encode())
        lesson = Lesson(texts, wanted.labels, wanted.taught, mixed, identity.hexdigest(), folder)
        found = learn(network, change, lesson, run)
    head, adapter = network.linear(), change.tensors()
    n_trainable = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    del network, change
    scores = scores_as_served(material, np.concatenate([split.validation, split.test]), head, adapter, run)
    held_out, test = np.split(scores, [len(split.validation)])
    return Fitted(head, held_out, split.validation, test, split.test, n_trainable, adapter, found)


def require_layers(encoder_dir: Path, n_frozen: int) -> Shape:
    """Return the encoder's shape; raise InputError where no layer would be left to train."""
    shape = read_shape(encoder_dir)
    if n_frozen >= shape.n_layers:
        raise InputError(
            "The encoder has {n} layers: `frozen_layers` has to be less, found {found}.",
            n=shape.n_layers,
            found=n_frozen,
        )
    return shape


def n_steps(options: GradientOptions, n_taught: int) -> int:
    """Return how many steps the optimizer does; of many processes each takes a batch a step."""
    n_batches = math.ceil(n_taught / options.batch_size)
    return options.epochs * math.ceil(n_batches / int(os.environ.get("WORLD_SIZE", "1")))


def _texts(
    material: Material, rows: Rows, options: GradientOptions, run: Run, shape: Shape, folder: Path | None
) -> Texts:
    texts, n = [material.texts[row] for row in rows], len(rows)
    if folder is None:
        return TokenIds(material.encoder_dir, texts, max_tokens=options.max_tokens, shape=shape)
    return compute_states(
        material.encoder_dir,
        texts,
        folder / "states",
        n_layers=options.frozen_layers,
        read=Excerpt(options.max_tokens, material.cloze),
        on_progress=lambda done: run.watch.phase("reading", done, n),
    )


def _network(change: Change, texts: Texts, wanted: Wanted) -> UpperClassifier:
    """Return the network with a head fitted to the encoder as it is, so that first steps do not spoil the encoder."""
    labels = wanted.labels[wanted.taught]
    loss = loss_named(change.options.loss, torch.from_numpy(labels))
    network = UpperClassifier(
        change.encoder, embeddings=change.embeddings, at_mask=change.at_mask, n_labels=labels.shape[1], loss=loss
    )
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    network.begin_with(change.first_head(unit_vectors(network, texts, wanted.taught), labels))
    return network


def scores_as_served(
    material: Material, rows: Rows, head: Linear, adapter: dict[str, Tensor], run: Run
) -> NDArray[np.float32]:
    """Return scores before calibration [n_rows, n_labels]."""
    embedder = Embedder.load(material.encoder_dir, adapter=Adapter(adapter))
    texts = [material.texts[row] for row in rows]
    vectors = embedder.embed(texts, on_progress=lambda done: run.watch.phase("evaluating", done, len(texts)))
    return head.scores(vectors)
