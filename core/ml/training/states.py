"""What an encoder's frozen lower layers make of texts, computed once and kept in a file while the rest is trained.

Owns the token ids that stand in their place where nothing is frozen, and the file's lay-out: the token vectors of all
texts end to end, in half precision, so that memory does not grow with the number of texts.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.ml.batching import Excerpt, TextTokenizer, batches
from core.ml.network import TOKENS_EXPECTED, PackedBert, best_dtype
from core.ml.shape import Shape, read_shape

CHUNK = 512
"""Texts that are tokenised and computed together."""


class Texts(Protocol):
    """What a network in training reads."""

    lengths: list[int]
    """Tokens of each text."""

    def padded(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the texts' inputs [n, longest, ...] and which places are theirs [n, longest]."""


class SomeTexts:
    """Texts that were read for some rows of a whole, under the rows' numbers."""

    def __init__(self, texts: Texts, rows: NDArray[np.intp]) -> None:
        """Take the texts and the row of each."""
        self._texts, self._place = texts, {int(row): place for place, row in enumerate(rows)}
        self.lengths = [0] * (1 + max(self._place, default=-1))
        for row, place in self._place.items():
            self.lengths[row] = texts.lengths[place]

    def padded(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the inputs of rows [n, longest, ...] and which places are theirs [n, longest]."""
        return self._texts.padded([self._place[int(index)] for index in indices])


class TokenIds:
    """Token ids of n texts, for a network that trains the embeddings too."""

    def __init__(self, encoder_dir: Path, texts: Sequence[str], *, max_tokens: int, shape: Shape) -> None:
        """Read the first `max_tokens` tokens of each text."""
        self._ids = TextTokenizer(encoder_dir, max_tokens=shape.max_tokens).beginnings(texts, max_tokens)
        self._padding = max(0, shape.first_position - 1)
        self.lengths = [len(ids) for ids in self._ids]

    def padded(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return ids [n, longest] and which of them are the texts' own [n, longest]."""
        longest = max(self.lengths[index] for index in indices)
        ids = torch.full((len(indices), longest), self._padding)
        mask = torch.zeros(len(indices), longest, dtype=torch.long)
        for row, index in enumerate(indices):
            ids[row, : self.lengths[index]] = torch.tensor(self._ids[index])
            mask[row, : self.lengths[index]] = 1
        return ids, mask


class TokenStates:
    """Token vectors of n texts, in the texts' order."""

    def __init__(self, path: Path, lengths: Sequence[int], width: int) -> None:
        self.lengths = list(lengths)
        """Tokens of each text."""
        self._starts = np.concatenate([[0], np.cumsum(lengths)])
        self._tokens = np.memmap(path, dtype=np.float16, mode="r", shape=(int(self._starts[-1]), width))

    def of(self, index: int) -> NDArray[np.float16]:
        """Return a text's vectors [tokens, width]."""
        return self._tokens[self._starts[index] : self._starts[index + 1]]

    def padded(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the texts' vectors [n, longest, width] and which of them are theirs [n, longest]."""
        longest = max(self.lengths[index] for index in indices)
        states = torch.zeros(len(indices), longest, self._tokens.shape[1])
        mask = torch.zeros(len(indices), longest, dtype=torch.long)
        for row, index in enumerate(indices):
            own = self.of(index)
            states[row, : len(own)] = torch.from_numpy(own.astype(np.float32))
            mask[row, : len(own)] = 1
        return states, mask


def compute_states(
    encoder_dir: Path,
    texts: Sequence[str],
    file: Path,
    *,
    n_layers: int,
    read: Excerpt,
    on_progress: Callable[[int], None] | None = None,
) -> TokenStates:
    """Run the lower layers over an excerpt of each text and keep the result in the file."""
    return states_of(encoder_dir, token_ids(encoder_dir, texts, read), file, n_layers=n_layers, on_progress=on_progress)


def token_ids(encoder_dir: Path, texts: Sequence[str], read: Excerpt) -> Iterator[list[list[int]]]:
    """Yield the ids of an excerpt of each text, CHUNK texts at a time."""
    tokenizer = TextTokenizer(encoder_dir, max_tokens=read_shape(encoder_dir).max_tokens, cloze=read.cloze)
    for start in range(0, len(texts), CHUNK):
        yield tokenizer.beginnings(texts[start : start + CHUNK], read.max_tokens)


def states_of(
    encoder_dir: Path,
    chunks: Iterable[list[list[int]]],
    file: Path,
    *,
    n_layers: int,
    on_progress: Callable[[int], None] | None = None,
) -> TokenStates:
    """Run the lower layers over token ids, as `token_ids` yields them, and keep the result in the file."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = PackedBert(encoder_dir, dtype=best_dtype(device), device=device)
    return layer_states(network, chunks, {n_layers: file}, on_progress=on_progress)[n_layers]


def layer_states(
    network: PackedBert,
    chunks: Iterable[list[list[int]]],
    files: Mapping[int, Path],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> dict[int, TokenStates]:
    """Run a network over token ids and keep its states after some numbers of layers, each in a file of its own."""
    numbers = sorted(files)
    n_threads = 1 if network.device.type == "cuda" else os.cpu_count() or 1
    lengths: list[int] = []
    with (
        ExitStack() as opened,
        ThreadPoolExecutor(n_threads, "states", initializer=partial(torch.set_num_threads, 1)) as pool,
    ):
        targets = [opened.enter_context(files[number].open("wb")) for number in numbers]
        for chunk in chunks:
            groups = batches([len(ids) for ids in chunk], token_budget=TOKENS_EXPECTED, at_once=n_threads)
            computed = pool.map(
                partial(network.states_after, numbers=numbers), ([chunk[index] for index in group] for group in groups)
            )
            own: dict[int, list[NDArray[np.float16]]] = {}
            # closing: where progress ends the work by an exception, the batches that wait are not computed first
            with closing(computed):  # type: ignore[type-var]
                for group, states in zip(groups, computed, strict=True):
                    sizes = [len(chunk[index]) for index in group]
                    parts = zip(*(torch.split(each.half().cpu(), sizes) for each in states), strict=True)
                    own.update(
                        (index, [each.numpy() for each in part]) for index, part in zip(group, parts, strict=True)
                    )
                    if on_progress:
                        on_progress(len(lengths) + len(own))
            for index, ids in enumerate(chunk):
                for target, part in zip(targets, own[index], strict=True):
                    target.write(part.tobytes())
                lengths.append(len(ids))
    return {number: TokenStates(files[number], lengths, network.shape.hidden_size) for number in numbers}
