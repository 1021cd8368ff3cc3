"""Getting used to documents by masked words, where the encoder has the head that it was pre-trained with.

Of a text's tokens 15 % are chosen; of these 80 % are hidden behind the mask, 10 % become a random word and 10 % stay.
The head, which is not trained, has to say what stood there (Devlin et al. 2019, BERT, section 3.1).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoTokenizer

from core.ml.masked_lm import MaskTransform, has_masked_lm, output_words
from core.ml.shape import read_shape
from core.ml.training.states import Texts
from core.ml.training.upper import UpperClassifier
from core.ml.weights import WORDS, Weights, open_weights

CHOSEN, HIDDEN, REPLACED = 0.15, 0.8, 0.1
Ids = NDArray[np.int64]


class MaskedWords:
    """Masks texts and asks the network what stood at the masks."""

    name = "masked words"
    most_held_out = 64
    most_readings = 10
    """So often a text is masked anew, as in BERT, where there are fewer texts than the steps read."""

    def __init__(self, weights: Weights, encoder_dir: Path, seed: int) -> None:
        """Read the head and the output embeddings of all words; see `masked_words_of`."""
        tokenizer = AutoTokenizer.from_pretrained(encoder_dir)
        n_words = len(weights.stored(f"{WORDS}.weight"))
        self._seed, self._mask = seed, tokenizer.mask_token_id
        self._special = np.unique([*tokenizer.all_special_ids, *tokenizer("")["input_ids"]])
        self._ordinary = np.setdiff1d(np.arange(min(n_words, len(tokenizer))), self._special)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._transform = MaskTransform(weights, read_shape(encoder_dir).eps).to(device)
        words, biases = output_words(weights, range(n_words))
        self._words, self._biases = words.to(device), biases.to(device)
        self._asked: list[tuple[Ids, Ids]] = []
        """Of each text that was masked, the places and what stood there."""

    def hidden(self, chunks: Iterable[list[list[int]]]) -> Iterator[list[list[int]]]:
        """Yield texts' token ids with some of them masked; what follows speaks of the texts by their place in these."""
        rng = np.random.default_rng(self._seed)
        self._asked = []
        for chunk in chunks:
            yield [self._masked(np.array(ids), rng) for ids in chunk]

    def _masked(self, ids: Ids, rng: np.random.Generator) -> list[int]:
        free = np.flatnonzero(~np.isin(ids, self._special))
        places = rng.choice(free, min(len(free), max(1, round(CHOSEN * len(free)))), replace=False)
        self._asked.append((places, ids[places]))
        drawn, found = rng.random(len(places)), ids.copy()
        found[places[drawn < HIDDEN]] = self._mask
        replaced = places[drawn >= 1 - REPLACED]
        found[replaced] = rng.choice(self._ordinary, len(replaced))
        return [int(id_) for id_ in found]

    def loss(self, network: UpperClassifier, inputs: Tensor, mask: Tensor, rows: Sequence[int]) -> Tensor:
        """Return the mean cross-entropy of a batch's masked words over all words, 0 where nothing is masked."""
        losses = self._losses(network, inputs, mask, rows)
        return losses.sum() / max(1, len(losses))

    def _losses(self, network: UpperClassifier, inputs: Tensor, mask: Tensor, rows: Sequence[int]) -> Tensor:
        asked = [self._asked[row] for row in rows]
        texts = torch.arange(len(rows)).repeat_interleave(torch.tensor([len(places) for places, _ in asked]))
        places, wanted = (torch.from_numpy(np.concatenate(parts)) for parts in zip(*asked, strict=True))
        states = network.encoder(inputs_embeds=inputs, attention_mask=mask).last_hidden_state
        said = self._transform(states[texts, places]) @ self._words.T + self._biases
        return functional.cross_entropy(said, wanted.to(said.device), reduction="none")

    @torch.inference_mode()
    def measured(self, network: UpperClassifier, texts: Texts, rows: Sequence[int]) -> NDArray[np.float64]:
        """Return the mean cross-entropy of each text's masked words, of those texts that have any."""
        network.eval()
        device = network.head.weight.device

        def losses_of(row: int) -> Tensor:
            inputs, mask = texts.padded([row])
            return self._losses(network, inputs.to(device), mask.to(device), [row])

        each = map(losses_of, rows)
        return np.array([losses.mean().item() for losses in each if len(losses)])


def masked_words_of(encoder_dir: Path, *, seed: int) -> MaskedWords | None:
    """Return what teaches an encoder by masked words, None where it has no masked-LM head or no mask."""
    with open_weights(encoder_dir) as weights:
        mask = AutoTokenizer.from_pretrained(encoder_dir).mask_token_id
        if not has_masked_lm(weights) or mask is None or mask >= len(weights.stored(f"{WORDS}.weight")):
            return None
        return MaskedWords(weights, encoder_dir, seed)
