"""Texts to vectors: the one encoder pass that tagging and the training of heads share."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from core.ml.adapter import Adapter
from core.ml.batching import TextTokenizer, batches
from core.ml.encoder import EncoderInfo, read_encoder
from core.ml.network import TOKENS_EXPECTED, PackedBert, best_dtype

T = TypeVar("T")

CUDA_TOKENS = 32_768
CHUNK = 512
"""Texts that are tokenised and sorted together: bounds memory whatever the number of texts."""


class Embedder:
    """An encoder ready to run.

    Each thread takes whole batches and computes on one core. Sharing each product among the cores instead is no
    faster alone, and several times slower as soon as another program wants a core, because all wait for the last.
    """

    def __init__(self, encoder: EncoderInfo, network: PackedBert, *, threads: int) -> None:
        self.encoder = encoder
        self._at_once = threads
        self._pool = ThreadPoolExecutor(threads, "embed", initializer=partial(torch.set_num_threads, 1))
        self.network = network
        self.tokenizer = TextTokenizer(encoder.path, max_tokens=network.shape.max_tokens, cloze=network.cloze)
        self._budget = CUDA_TOKENS if network.device.type == "cuda" else TOKENS_EXPECTED
        self.width = network.shape.hidden_size

    @classmethod
    def load(
        cls, encoder_dir: Path, *, threads: int = 0, adapter: Adapter | None = None, exact: bool = False
    ) -> "Embedder":
        """Read an encoder and what changes it; use CUDA where there is some, else so many threads (0: one a core).

        Where it is to be exact, it computes in float32 even where the hardware prefers bfloat16 or weights are bytes.
        """
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        info = read_encoder(encoder_dir)
        dtype = torch.float32 if exact else best_dtype(device)
        network = PackedBert(encoder_dir, dtype=dtype, device=device, adapter=adapter, in_bytes=not exact)
        return cls(info, network, threads=1 if device.type == "cuda" else threads or os.cpu_count() or 1)

    def on_one_core(self, compute: Callable[[], T]) -> T:
        """Return what a computation with the network returns, done by one of the threads that share no product."""
        return self._pool.submit(compute).result()

    def embed(self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Return vectors [n, width] in the order of the texts: unit vectors, or with a cloze those at the mask.

        A text over the encoder's limit is read in windows of like length; its vector is their mean, which is what
        mean pooling over the whole text would be but for attention across the cuts. Vectors at a mask keep their
        lengths, on which the masked-LM head's own opinion depends.
        """
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            tell = on_progress and partial(_tell_from, on_progress, start, len(part))
            vectors[start : start + len(part)] = self._embed_chunk(part, tell)
        return vectors

    def _embed_chunk(self, texts: Sequence[str], tell: Callable[[float], None] | None) -> NDArray[np.float32]:
        windows = self.tokenizer.windows(texts)
        lengths = [len(window.ids) for window in windows]
        sums = np.zeros((len(texts), self.width), dtype=np.float32)
        groups = batches(lengths, token_budget=self._budget, at_once=self._at_once)
        pooled = self._pool.map(self.network, ([windows[index].ids for index in group] for group in groups))
        n_done = 0
        # closing: where progress ends the work by an exception, the batches that wait are not computed first
        with closing(pooled):  # type: ignore[type-var]
            for group, vectors in zip(groups, pooled, strict=True):
                np.add.at(sums, [windows[index].text_index for index in group], vectors.numpy())
                n_done += len(group)
                if tell:
                    tell(n_done / len(windows))
        if self.network.cloze:
            sums /= np.bincount([window.text_index for window in windows])[:, None]
        else:
            sums /= np.linalg.norm(sums, axis=1, keepdims=True)
        return sums


def _tell_from(on_progress: Callable[[int], None], start: int, n: int, share: float) -> None:
    """Tell how many texts are done when a share of the windows of n texts from the start is."""
    on_progress(start + int(n * share))
