"""Recognising the same story again: exact content hashes and MinHash signatures for near-duplicates.

Leaves out looking candidates up and grouping them: that needs the database.
"""

import hashlib
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

N_PERMUTATIONS = 64
N_BANDS = 16
_ROWS = N_PERMUTATIONS // N_BANDS
_SEED = 20240601
_WORDS_PER_SHINGLE = 3
_CHARACTERS_PER_SHINGLE = 4
_MAX_CHARACTERS = 200_000
_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(r"\w+")


def content_hash(title: str, text: str) -> str:
    """Return SHA-256 hex of title and text, blind to case, width (NFKC) and white space.

    >>> content_hash("ＡＩ Act", "In  force") == content_hash("ai act", "in force")
    True
    """
    return hashlib.sha256(f"{_folded(title)}\n{_folded(text)}".encode("utf-8", "replace")).hexdigest()


def minhash(text: str) -> bytes:
    """Return the MinHash of a text: 64 little-endian unsigned 32-bit values over word or character shingles."""
    sketch = _empty().copy()
    sketch.update_batch(_shingles(text[:_MAX_CHARACTERS]))
    return bytes(np.asarray(sketch.hashvalues, dtype="<u4").tobytes())


def band_hashes(sketch: bytes) -> tuple[int, ...]:
    """Return one signed 64-bit hash for each of the 16 bands of a MinHash (locality-sensitive hashing).

    >>> len(band_hashes(bytes(256)))
    16
    """
    width = 4 * _ROWS
    return tuple(
        struct.unpack("<q", hashlib.blake2b(sketch[at : at + width], digest_size=8).digest())[0]
        for at in range(0, len(sketch), width)
    )


def minhash_similarity(a: bytes, b: bytes) -> float:
    """Estimate the Jaccard similarity of two texts from their MinHashes: 0 to 1, standard error about 0.06.

    >>> minhash_similarity(bytes(256), bytes(256))
    1.0
    """
    return float(np.mean(np.frombuffer(a, dtype="<u4") == np.frombuffer(b, dtype="<u4")))


def same_stories(sketches: Sequence[bytes], *, similarity: float) -> list[int]:
    """Return for each MinHash the index of the first one of its story: copies, and copies of copies.

    >>> a, b = minhash("The bank raised its rate again."), minhash("Rain in the north until Thursday night.")
    >>> same_stories([a, b, a], similarity=0.7)
    [0, 1, 0]
    """
    first = list(range(len(sketches)))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    for members in _sharing_a_band(sketches):
        for place, index in enumerate(members):
            for earlier in members[:place]:
                a, b = root(earlier), root(index)
                if a != b and minhash_similarity(sketches[earlier], sketches[index]) >= similarity:
                    first[max(a, b)] = min(a, b)
    return [root(index) for index in range(len(sketches))]


def _sharing_a_band(sketches: Sequence[bytes]) -> Iterator[list[int]]:
    """Yield the indices, ascending, of MinHashes that are equal in one of their bands, where there are several."""
    values = np.frombuffer(b"".join(sketches), dtype="<u4").reshape(len(sketches), N_PERMUTATIONS)
    for band in range(N_BANDS if len(sketches) else 0):
        own = np.ascontiguousarray(values[:, band * _ROWS : (band + 1) * _ROWS]).view(f"V{4 * _ROWS}").ravel()
        _, inverse, counts = np.unique(own, return_inverse=True, return_counts=True)
        order = np.argsort(inverse, kind="stable")
        ends = np.cumsum(counts)
        for which in np.flatnonzero(counts > 1):
            yield order[ends[which] - counts[which] : ends[which]].tolist()


def _folded(text: str) -> str:
    """Return text without differences of width, case and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _shingles(text: str) -> set[bytes]:
    """Return word triples, or runs of four characters where the text is mostly CJK."""
    folded = _folded(text)
    if 3 * len(_CJK.findall(folded)) > len(folded):
        parts, size, joint = list("".join(_WORD.findall(folded))), _CHARACTERS_PER_SHINGLE, ""
    else:
        parts, size, joint = _WORD.findall(folded), _WORDS_PER_SHINGLE, " "
    n_shingles = max(1, len(parts) - size + 1)
    return {joint.join(parts[at : at + size]).encode("utf-8", "replace") for at in range(n_shingles)}


@lru_cache(maxsize=1)
def _empty() -> Any:
    """Return the MinHash of nothing, whose permutations every other one shares."""
    from datasketch import MinHash

    return MinHash(num_perm=N_PERMUTATIONS, seed=_SEED, hashfunc=zlib.crc32, scheme="affine32")
