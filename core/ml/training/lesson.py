"""What a loop is given to learn, and in which order it comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices

from core.ml.training.states import Texts


@dataclass(frozen=True)
class Lesson:
    """The texts, which of them are learnt and which are scored along the way."""

    texts: Texts
    true: NDArray[np.float32]
    """[n, n_labels], 0 or 1, where a method wants it also between."""
    taught: NDArray[np.intp]
    validation: NDArray[np.intp]
    identity: str
    """Of data, encoder and split; checkpoints of another are not taken."""
    scratch: Path
    """A folder for what is not kept."""


class Taught(Dataset[int]):
    """The rows to learn from; a batch of them becomes what the network takes."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson

    def __len__(self) -> int:
        return len(self._lesson.taught)

    def __getitem__(self, place: int) -> int:
        return int(self._lesson.taught[place])

    @property
    def lengths(self) -> list[int]:
        """Return the tokens of each text that is learnt."""
        return [self._lesson.texts.lengths[row] for row in self._lesson.taught]

    def batch(self, rows: list[int]) -> dict[str, Tensor]:
        """Return `inputs`, `mask` and `labels` of rows."""
        inputs, mask = self._lesson.texts.padded(rows)
        return {"inputs": inputs, "mask": mask, "labels": torch.from_numpy(self._lesson.true[rows].astype(np.float32))}


class Order(Sampler[int]):
    """Texts of like length in a batch, in an order that follows from seed and epoch alone, so it can be resumed."""

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self._lengths, self._batch_size, self._seed, self._epoch = lengths, batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Take which epoch comes next."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(1000 * self._seed + self._epoch)
        indices = get_length_grouped_indices(  # type: ignore[no-untyped-call]
            self._lengths, self._batch_size, generator=generator
        )
        return iter(indices)
