"""Where each token goes when sequences of many lengths are computed together without padding every product.

The products with weights take all tokens laid end to end. Attention takes sequences of like length side by side.
Both round their sizes up a little: the matrix library compiles a kernel for every size it meets, which costs a
megabyte and a millisecond each time, so a stream of texts must not keep bringing new ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

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
    """Lay out a batch."""
    lengths = np.array([len(sequence) for sequence in sequences])
    starts = np.cumsum(lengths) - lengths
    n_tokens = _rounded(int(lengths.sum()), TOKEN_STEP)
    ids = np.full(n_tokens, sequences[0][0])
    ids[: lengths.sum()] = np.concatenate([np.asarray(sequence) for sequence in sequences])
    positions = np.zeros(n_tokens, dtype=np.int64)
    positions[: lengths.sum()] = np.concatenate([np.arange(length) for length in lengths])
    buckets = np.array([_rounded(length, LENGTH_STEP) for length in lengths])
    heads = np.arange(n_heads)
    gather: list[list[np.ndarray]] = [[], [], []]
    scatter = np.zeros((n_tokens, n_heads), dtype=np.int64)
    groups, start = [], 0
    for bucket in np.unique(buckets):
        members = np.flatnonzero(buckets == bucket)
        places = np.minimum(np.arange(bucket), lengths[members, None] - 1)
        tokens = starts[members, None] + places
        for part in range(3):
            rows = (tokens[:, None, :] * 3 + part) * n_heads + heads[:, None]
            gather[part].append(rows.ravel())
        own = np.arange(bucket) < lengths[members, None]
        rows = start + np.arange(len(members) * n_heads * bucket).reshape(len(members), n_heads, bucket)
        scatter[tokens[own]] = rows.transpose(0, 2, 1)[own]
        blank = None if own.all() else torch.from_numpy(~own)[:, None, None, :]
        groups.append(Group(start, len(members), int(bucket), blank))
        start += rows.size
    return Packing(
        ids=torch.from_numpy(ids),
        positions=torch.from_numpy(positions),
        gather=torch.from_numpy(np.concatenate([rows for part in gather for rows in part])),
        scatter=torch.from_numpy(scatter.ravel()),
        groups=tuple(groups),
    )


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
