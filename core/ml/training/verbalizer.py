"""The words by which a masked-LM head says a label, as the first rows of a classifier's head.

A row is the mean of the output embeddings of the label's words, so that before any training a label's score is the
mean score that the head gives those words at the mask. That rows of several words may be trained on follows
Hambardzumyan et al. 2021 (WARP); the words themselves are the label's names (Schick and Schütze 2021).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from core.domain.taxonomy import Label
from core.ml.masked_lm import output_words
from core.ml.training.linear import MAX_STEPS, Linear
from core.ml.weights import open_weights


def verbalizer(encoder_dir: Path, labels: Sequence[Label]) -> Linear:
    """Return a head for vectors at the mask whose scores are the masked-LM head's own, see `label_words`.

    A label without any word that the encoder knows has a row of zeros.
    """
    tokenizer = Tokenizer.from_file(str(encoder_dir / "tokenizer.json"))
    rows, biases = [], []
    with open_weights(encoder_dir) as weights:
        for label in labels:
            said = [output_words(weights, ids) for ids in label_words(tokenizer, label)]
            width = weights.stored("embeddings.LayerNorm.weight").shape[0]
            means = [(words.mean(0), bias.mean()) for words, bias in said] or [(torch.zeros(width), torch.zeros(()))]
            rows.append(torch.stack([row for row, _ in means]).mean(0))
            biases.append(torch.stack([bias for _, bias in means]).mean())
    return Linear(torch.stack(rows).numpy(), torch.stack(biases).numpy())


def label_words(tokenizer: Tokenizer, label: Label) -> list[list[int]]:
    """Return the tokens of a label's names, a list for each language in which the encoder knows some.

    Marks between the words say nothing, and neither does what an encoder of one language makes of the other's signs.
    """
    special = {id_ for id_, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    found = []
    for name in (label.name_en, label.name_zh):
        inner = f" {name}"  # as a word within a sentence is read
        encoding = tokenizer.encode(inner, add_special_tokens=False)
        ids = [
            id_
            for id_, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
            if id_ not in special and any(sign.isalnum() for sign in inner[start:end])
        ]
        found.append(ids)
    return [ids for ids in found if ids]


def levelled(start: Linear, vectors: NDArray[np.float32], labels: NDArray[np.float32], *, penalty: float) -> Linear:
    """Return a verbalizer with one factor for all labels, above 0, and a bias for each, fitted to labelled texts.

    How often a word is met in print is not how often a label holds. Which of two texts a label fits better stays as the
    masked-LM head says. The penalty, times half the square of the factor's logarithm, keeps the factor near 1.
    """
    scores = torch.from_numpy(start.scores(vectors))
    middle = scores.mean(0)
    y = torch.from_numpy(labels)
    positives = y.sum(0).clamp(min=0.5)
    bias = (positives / (len(y) - positives).clamp(min=0.5)).log().requires_grad_()
    log_factor = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_factor, bias], max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = log_factor.exp() * (scores - middle) + bias
        value = functional.binary_cross_entropy_with_logits(logits, y) + penalty / 2 * log_factor.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    factor = log_factor.detach().exp()
    shifted = factor * (torch.from_numpy(start.bias) - middle) + bias.detach()
    return Linear(start.weight * factor.numpy(), shifted.numpy().astype(np.float32))
