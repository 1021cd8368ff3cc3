"""Where the words of a text lie, in both languages: whole words, never the encoder's pieces of them."""

import re
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]
"""First character of a stretch of text, and the one after its last."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"[^\W_{_HAN}]"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|{_LETTER}+(?:[-'’.,&+/]{_LETTER}+)*")


def word_spans(text: str) -> list[Span]:
    """Return where the words of a text lie, in order; punctuation and white space belong to none.

    Letters and digits of other scripts than Chinese make one word with the marks inside it (`GPT-4o`, `don't`).
    Chinese is cut by the dictionary and hidden Markov model of jieba (through rjieba, loaded on first need).

    >>> [("GPT-4o 用于大模型。")[start:end] for start, end in word_spans("GPT-4o 用于大模型。")]
    ['GPT-4o', '用于', '大', '模型']
    """
    return list(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        if run["han"]:
            yield from _cut(run["han"], run.start())
        else:
            yield run.span()


def _cut(run: str, start: int) -> Iterator[Span]:
    import rjieba  # 0.2 s: its dictionary

    for word in rjieba.cut(run):
        yield start, start + len(word)
        start += len(word)


def occurrences(text: str, spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Return every word with all the places where it stands, whatever its case, in order of its first place.

    >>> occurrences("Chips: more chips", [(0, 5), (7, 11), (12, 17)])
    {'chips': [(0, 5), (12, 17)], 'more': [(7, 11)]}
    """
    found: dict[str, list[Span]] = {}
    for start, end in spans:
        found.setdefault(text[start:end].casefold(), []).append((start, end))
    return found


def without(text: str, spans: Iterable[Span]) -> str:
    """Return a text with stretches cut out of it; they do not overlap, and may come in any order.

    >>> without("New chips sell.", [(3, 9)])
    'New sell.'
    """
    parts, position = [], 0
    for start, end in sorted(spans):
        parts.append(text[position:start])
        position = end
    return "".join([*parts, text[position:]])


def share_out(values: Sequence[float], pieces: Sequence[Span], words: Sequence[Span]) -> list[float]:
    """Return each word's part of what was found for pieces of the text, by the characters that they share.

    Both are in order and do not overlap. A piece that lies in no word at all is left out.

    >>> share_out([1.0, 4.0, 8.0], [(0, 2), (2, 6), (6, 7)], [(0, 3), (3, 6)])
    [2.0, 3.0]
    """
    found, first = [0.0] * len(words), 0
    for value, (start, end) in zip(values, pieces, strict=True):
        while first < len(words) and words[first][1] <= start:
            first += 1
        for index in range(first, len(words)):
            shared = min(end, words[index][1]) - max(start, words[index][0])
            if shared <= 0:
                break
            found[index] += value * shared / (end - start)
    return found
