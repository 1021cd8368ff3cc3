"""The vectors that a classifier has of labelled texts, kept in a file, and which of them are near another text's.

Owns the file: one a model version, written whole or not at all. Which texts there are is not known here.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import MachineError
from core.ml.tagger import Tagger

Vectors = NDArray[np.float32]
AT_ONCE = 32


class VectorFile:
    """Vectors by the hash of their text, in half precision; a file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._vectors = _read(path)

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return the texts whose vectors are not here yet, in order."""
        return [text for text in dict.fromkeys(texts) if text_key(text) not in self._vectors]

    def add(self, texts: Sequence[str], tagger: Tagger, *, on_progress: Callable[[int, int], None]) -> None:
        """Compute the vectors of texts and write the file; on_progress gets how many are done, and how many there are.

        Cut short, it keeps what is done. What another process wrote meanwhile may be lost, and is computed again when
        it is needed. Raise MachineError where the file cannot be written.
        """
        try:
            for start in range(0, len(texts), AT_ONCE):
                part = texts[start : start + AT_ONCE]
                found = tagger.embedder.embed(part).astype(np.float16)
                self._vectors |= dict(zip(map(text_key, part), found, strict=True))
                on_progress(start + len(part), len(texts))
        finally:
            _write(self._path, self._vectors)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts [n, width], all of which are here."""
        return np.stack([self._vectors[text_key(text)] for text in texts]).astype(np.float32)


def text_key(text: str) -> str:
    """Return what a text is known by: 16 hex digits of its SHA-256.

    >>> text_key("chips")
    'd9705d8ee25f3f78'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def nearest(vector: Vectors, others: Vectors, n: int) -> list[tuple[int, float]]:
    """Return the n vectors nearest to one, as (index, cosine), nearest first.

    >>> nearest(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [0.8, 0.6]]), 1)
    [(1, 0.8)]
    """
    cosines = others @ vector / (np.linalg.norm(others, axis=1) * np.linalg.norm(vector))
    return [(int(i), float(cosines[i])) for i in np.argsort(-cosines, kind="stable")[:n]]


def _read(path: Path) -> dict[str, NDArray[np.float16]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            keys, vectors = file["keys"], file["vectors"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    return dict(zip(map(str, keys), vectors, strict=False))


def _write(path: Path, vectors: dict[str, NDArray[np.float16]]) -> None:
    if not vectors:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".vectors-") as scratch:
            whole = Path(scratch, path.name)
            np.savez(whole, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
            whole.replace(path)
    except OSError as error:
        raise MachineError("{path} cannot be written ({cause}).", path=str(path), cause=error.strerror or "") from error
