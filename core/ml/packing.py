"""Where each token goes when sequences of many lengths are computed together without padding every product.

The products with weights take all tokens laid end to end. Attention takes sequences of like length side by side.
Both round their sizes up a little: the matrix library compiles a kernel for every size it meets, which costs a
megabyte and a millisecond each time, so a stream of texts must not keep bringing new ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]

TOKEN_STEP = 64
LENGTH_STEP = 32


@dataclass(frozen=True)
class Group:
    """Sequences that attention takes together, `count` of them in rows of `length` places."""

    start: int
    """First row of the group in the gathered queries (and keys, and values)."""
    count: int
    length: int
    blank: Tensor | None
    """Which places hold no token of their own, [count, 1, 1, length]; None where all do."""


@dataclass(frozen=True)
class Packing:
    """The places of a batch's tokens, the same for every layer."""

    ids: Tensor
    """Token ids [tokens], rounded up with copies of the first."""
    positions: Tensor
    """Each token's place in its sequence [tokens], counted from 0."""
    gather: Tensor
    """Rows of [tokens * 3 * heads, head size] in the order (query, key, value) x group x sequence x head x place."""
    scatter: Tensor
    """Rows of the gathered context [rows, head size] in the order token x head."""
    groups: tuple[Group, ...]

    def to(self, device: torch.device) -> "Packing":
        """Return the same places on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("ids", "positions", "gather", "scatter")}
        groups = (
            replace(group, blank=None if group.blank is None else group.blank.to(device)) for group in self.groups
        )
        return Packing(**moved, groups=tuple(groups))


def pack(sequences: Sequence[Sequence[int]], n_heads: int) -> Packing:
    """Lay out a batch of sequences, each of at least one token."""
    lengths = np.array([len(sequence) for sequence in sequences])
    n_own = int(lengths.sum())
    n_tokens = _rounded(n_own, TOKEN_STEP)
    ids = np.full(n_tokens, sequences[0][0])
    ids[:n_own] = np.concatenate([np.asarray(sequence) for sequence in sequences])
    positions = np.zeros(n_tokens, dtype=np.int64)
    positions[:n_own] = np.concatenate([np.arange(length) for length in lengths])
    gather: list[Indices] = []
    scatter = np.zeros((n_tokens, n_heads), dtype=np.int64)
    groups: list[Group] = []
    buckets = np.array([_rounded(length, LENGTH_STEP) for length in lengths])
    starts, start = np.cumsum(lengths) - lengths, 0
    for bucket in np.unique(buckets):
        members = buckets == bucket
        own = np.arange(bucket) < lengths[members, None]
        tokens = starts[members, None] + np.minimum(np.arange(bucket), lengths[members, None] - 1)
        rows = start + np.arange(own.size * n_heads).reshape(len(own), n_heads, bucket)
        scatter[tokens[own]] = rows.transpose(0, 2, 1)[own]
        gather.append(_rows_of(tokens, n_heads))
        blank = None if own.all() else torch.from_numpy(~own)[:, None, None, :]
        groups.append(Group(start, len(own), int(bucket), blank))
        start += rows.size
    return Packing(
        ids=torch.from_numpy(ids),
        positions=torch.from_numpy(positions),
        gather=torch.from_numpy(np.concatenate(gather, axis=1).ravel()),
        scatter=torch.from_numpy(scatter.ravel()),
        groups=tuple(groups),
    )


def _rows_of(tokens: Indices, n_heads: int) -> Indices:
    """Return the rows [3, sequences * heads * places] of the tokens' queries, keys and values, heads outside places."""
    parts = np.arange(3)[:, None, None, None]
    rows = (tokens[:, None, :] * 3 + parts) * n_heads + np.arange(n_heads)[:, None]
    return rows.reshape(3, -1)


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
