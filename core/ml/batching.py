"""Texts to token windows, and windows to batches of like length.

Owns the tokenizer and the rule that no text is cut short: what exceeds the encoder's limit becomes several windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TypeVar

from tokenizers import Tokenizer

from core.errors import ModelError
from core.ml.cloze import Cloze

T = TypeVar("T")


@dataclass(frozen=True)
class Window:
    """Token ids of one text, or of one stretch of a long text, with the special tokens at both ends."""

    text_index: int
    ids: list[int]


@dataclass(frozen=True)
class Excerpt:
    """What is read of each text where training need not see all of it."""

    max_tokens: int
    """The first so many tokens, what stands around them included."""
    cloze: Cloze | None = None


class TextTokenizer:
    """An encoder folder's tokenizer, used in bulk; a cloze stands around every window."""

    def __init__(self, encoder_dir: Path, *, max_tokens: int, cloze: Cloze | None = None) -> None:
        path = encoder_dir / "tokenizer.json"
        if not path.is_file():
            raise ModelError("The encoder's {path} is missing: run `python -m core init`.", path=str(path))
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        first, last = self._tokenizer.encode("").ids
        self._before = [first, *(cloze.before if cloze else ())]
        self._after = [*(cloze.after if cloze else ()), last]
        self._n_around = len(self._before) + len(self._after)
        self.max_content = max_tokens - self._n_around
        if self.max_content < 1:
            raise ModelError("The cloze of {n} tokens leaves no room for a text.", n=self._n_around)

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Return every text's windows, in order; a text that fits, even an empty one, has exactly one."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            Window(index, [*self._before, *part, *self._after])
            for index, encoding in enumerate(encodings)
            for part in split_evenly(encoding.ids, self.max_content)
        ]

    def located(self, text: str) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Return a text's windows as (ids, where each lies in the text); what is around them lies nowhere, (0, 0)."""
        before, after = ([(0, 0)] * len(ids) for ids in (self._before, self._after))
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        parts = zip(
            *(split_evenly(list(own), self.max_content) for own in (encoding.ids, encoding.offsets)), strict=True
        )
        return [([*self._before, *ids, *self._after], [*before, *places, *after]) for ids, places in parts]

    def beginnings(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Return the ids of each text's first tokens, at most so many with what is around them."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        limit = min(max_tokens - self._n_around, self.max_content)
        return [[*self._before, *encoding.ids[:limit], *self._after] for encoding in encodings]


def split_evenly(ids: list[T], limit: int) -> list[list[T]]:
    """Cut into the fewest parts of at most the limit, of like length: a short last part would say little.

    >>> split_evenly([1, 2, 3, 4, 5], 3)
    [[1, 2, 3], [4, 5]]
    >>> split_evenly([], 3)
    [[]]
    """
    n_parts = max(1, ceil(len(ids) / limit))
    size = max(1, ceil(len(ids) / n_parts))
    return [ids[start : start + size] for start in range(0, max(1, len(ids)), size)]


def batches(lengths: Sequence[int], *, token_budget: int, at_once: int) -> list[list[int]]:
    """Return indices, longest first, in groups of about equally many tokens, about the budget at most.

    Their number is a multiple of how many are computed at once, so that none of the workers ends up idle while
    another has a last group to itself.

    >>> batches([5, 1, 9, 2, 3], token_budget=100, at_once=2)
    [[2], [0, 4, 3, 1]]
    """
    n_groups = at_once * ceil(sum(lengths) / (token_budget * at_once))
    share = sum(lengths) / n_groups
    groups: list[list[int]] = [[] for _ in range(n_groups)]
    before = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        groups[min(n_groups - 1, int((before + lengths[index] / 2) / share))].append(index)
        before += lengths[index]
    return [group for group in groups if group]
