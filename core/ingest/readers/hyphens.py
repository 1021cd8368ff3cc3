"""Words broken at a line's end: put together with or without their hyphen, as the document writes them elsewhere."""

import re
from collections import Counter
from collections.abc import Iterable

BROKEN = "\x02\ufffe"
"""What pdfium writes for a hyphen at the end of a line."""
_BREAK = re.compile(rf"[{BROKEN}]$|(?<=[^\W_])-$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NO_WHOLE_WORD = re.compile(rf"\S*[{BROKEN}](?:\n\S*)?|\S+-\n\S+")
_OFTEN_SECOND = frozenset(
    str.split(
        "based driven enabled powered specific related level wide term made friendly oriented generated focused ready "
        "aware led scale edge quality risk making user facing"
    )
)


def ends_broken(line: str, following: str) -> bool:
    """Say whether a line ends within a word that the following line goes on with.

    >>> ends_broken("a general-", "purpose model"), ends_broken("in 2024-", "2025"), ends_broken("pre-", "Brexit")
    (True, True, False)
    """
    if line[-1:] in BROKEN:
        return bool(line)
    return bool(_BREAK.search(line)) and (
        following[:1].islower() or (line[-2:-1].isdigit() and following[:1].isdigit())
    )


def whole_words(lines: Iterable[str]) -> Counter[str]:
    """Count the words of a document in lower case, those broken at a line's end left out."""
    return Counter(word.lower() for word in _WORD.findall(_NO_WHOLE_WORD.sub(" ", "\n".join(lines))))


def mended(line: str, following: str, known: Counter[str]) -> str:
    """Return a line that ends broken together with the following one.

    >>> mended("of large mod-", "els", Counter()), mended("an AI-", "powered tool", Counter())
    ('of large models', 'an AI-powered tool')
    """
    kept, blank, left = line[:-1].rpartition(" ")
    right, _, rest = following.partition(" ")
    hyphen = "-" if _keeps_hyphen(left, right, known) else ""
    return f"{kept}{blank}{left}{hyphen}{right}{' ' if rest else ''}{rest}"


def _keeps_hyphen(left: str, right: str, known: Counter[str]) -> bool:
    """Decide whether a hyphen at a line's end belongs to the word: by how the document writes it elsewhere."""
    head = re.search(r"[^\W\d_]*$", left)
    tail = re.match(r"[^\W\d_]*", right)
    first, second = head[0] if head else "", tail[0] if tail else ""
    if not first or not second or "/" in left or right[:1].isupper() or (len(first) > 1 and first.isupper()):
        return True
    first, second = first.lower(), second.lower()
    if known[first + second] and known[first + second] >= known[f"{first}-{second}"]:
        return False
    if known[f"{first}-{second}"] or (known[first] and second in _OFTEN_SECOND):
        return True
    return min(known[first], known[second]) > 0 and min(len(first), len(second)) > 2
