"""Cutting a cleaned text into passages at sentence borders, within what the encoder reads at once.

Works on an estimate of the encoder's tokens, so that reading needs no tokenizer.
"""

import re
from dataclasses import dataclass

from core.domain.documents import Passage

MAX_TOKENS = 220
MIN_TOKENS = 40
_GOOD_TOKENS = 120
_TOKENS_PER_CJK = 0.75
_CHARACTERS_PER_TOKEN = 3.6

_CJK = re.compile("[\u3000-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]")
_CLOSERS = "”’\"'」』）)】》]"
_BORDER = re.compile(
    rf"(?P<paragraph>\n\s*\n\s*)|(?P<line>\n\s*)|[。！？；…]+[{re.escape(_CLOSERS)}]*"
    rf"|(?P<stop>[.!?]+[{re.escape(_CLOSERS)}]*)(?=\s|[\u3400-\u9fff]|$)"
)
_ABBREVIATIONS = frozenset(
    str.split(
        "e.g i.e eg ie cf vs etc al mr mrs ms dr prof st sr jr inc ltd co corp llc plc u.s u.k e.u u.n d.c ph.d a.m "
        "p.m fig figs eq eqs sec sect art arts para paras ch vol approx est dept gov sen rep gen rev no nos pp p ed "
        "eds ver v jan feb mar apr jun jul aug sep sept oct nov dec"
    )
)
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*$")
_WRAPPED_LINE = 50
_SOFT_BREAK = re.compile(r"[\s,，、;:：)）]")


@dataclass(frozen=True)
class _Unit:
    """A sentence with the white space that follows it, its estimated tokens, and whether a paragraph ends with it."""

    start: int
    end: int
    tokens: float
    ends_paragraph: bool


def estimate_tokens(text: str) -> float:
    """Estimate how many tokens the encoder makes of a text.

    >>> estimate_tokens("监管"), estimate_tokens("regulation of AI")
    (1.5, 3.888888888888889)
    """
    n_cjk = 0 if text.isascii() else len(text) - len(_CJK.sub("", text))
    n_other = len(text) - n_cjk - text.count(" ") - text.count("\n")
    return n_cjk * _TOKENS_PER_CJK + n_other / _CHARACTERS_PER_TOKEN


def split_passages(text: str) -> tuple[Passage, ...]:
    """Cut a cleaned text into ordered passages that together hold all of it but white space at their borders.

    A passage has at most about 220 tokens, and ends with a paragraph where one ends past 120 tokens.

    >>> split_passages("One. Two.")
    (Passage(start=0, end=9),)
    """
    if estimate_tokens(text) <= MAX_TOKENS:
        spans = [(0, len(text))]
    else:
        groups = _merge_tail(_group(_units(text)))
        spans = [(group[0].start, group[-1].end) for group in groups]
    return tuple(Passage(start, end) for start, end in (_trim(text, *span) for span in spans) if start < end)


def split_sentences(text: str) -> tuple[Passage, ...]:
    r"""Cut a text into its sentences, in order, without the white space around them; a line by itself counts as one.

    Very long sentences come in pieces.

    >>> split_sentences("Rates rise\nThe bank acts. 央行宣布。")
    (Passage(start=0, end=10), Passage(start=11, end=25), Passage(start=26, end=31))
    """
    spans = (_trim(text, unit.start, unit.end) for unit in _units(text))
    return tuple(Passage(start, end) for start, end in spans if start < end)


def _units(text: str) -> list[_Unit]:
    """Return the sentences of a text, those too long for one passage cut into pieces."""
    units: list[_Unit] = []
    start = 0
    for match in _BORDER.finditer(text):
        if match.end() > start and _is_border(text, match):
            units.extend(_sized(text, start, match.end(), ends_paragraph=match["paragraph"] is not None))
            start = match.end()
    if start < len(text):
        units.extend(_sized(text, start, len(text), ends_paragraph=True))
    return units


def _is_border(text: str, match: re.Match[str]) -> bool:
    """Tell a sentence's end from an abbreviation's dot and from a line that was only wrapped."""
    if match["line"] is not None:
        line_start = text.rfind("\n", 0, match.start()) + 1
        following = text[match.end() : match.end() + 1]
        return not (match.start() - line_start >= _WRAPPED_LINE and following.islower())
    if match["stop"] is None or match["stop"][0] != ".":
        return True
    following = text[match.end() : match.end() + 12].lstrip(" " + _CLOSERS + "“‘（(\"'[")
    if following[:1].islower():
        return False
    word = _LAST_WORD.search(text, max(0, match.start() - 12), match.start())
    if word is None:
        return True
    letters = word[0].lower()
    return not (len(letters) == 1 and word[0].isupper()) and letters not in _ABBREVIATIONS


def _sized(text: str, start: int, end: int, *, ends_paragraph: bool) -> list[_Unit]:
    """Return one sentence as a unit, or as even pieces where it is longer than a passage may be."""
    tokens = estimate_tokens(text[start:end])
    if tokens <= MAX_TOKENS:
        return [_Unit(start, end, tokens, ends_paragraph)]
    n_pieces = int(tokens // (MAX_TOKENS * 0.8)) + 1
    middle = _soft_break(text, start, end, start + (end - start) * (n_pieces // 2) // n_pieces)
    return [
        *_sized(text, start, middle, ends_paragraph=False),
        *_sized(text, middle, end, ends_paragraph=ends_paragraph),
    ]


def _soft_break(text: str, start: int, end: int, wanted: int) -> int:
    """Return the place after a comma or blank nearest before the wanted one, or the wanted one itself."""
    floor = max(start + 1, wanted - max(40, (end - start) // 8))
    for at in range(wanted, floor, -1):
        if _SOFT_BREAK.match(text, at - 1):
            return at
    return max(wanted, start + 1)


def _group(units: list[_Unit]) -> list[list[_Unit]]:
    """Fill passages with sentences in order, ending at a paragraph's end when one comes late enough."""
    groups: list[list[_Unit]] = []
    current: list[_Unit] = []
    tokens = 0.0
    for unit in units:
        if current and tokens + unit.tokens > MAX_TOKENS:
            kept = _last_good_end(current)
            groups.append(current[:kept])
            current = current[kept:]
            tokens = sum(each.tokens for each in current)
        current.append(unit)
        tokens += unit.tokens
    if current:
        groups.append(current)
    return groups


def _last_good_end(units: list[_Unit]) -> int:
    """Return how many sentences to keep: up to the last paragraph's end past 120 tokens, else all."""
    best, tokens = len(units), 0.0
    for index, unit in enumerate(units, start=1):
        tokens += unit.tokens
        if unit.ends_paragraph and tokens >= _GOOD_TOKENS:
            best = index
    return best


def _merge_tail(groups: list[list[_Unit]]) -> list[list[_Unit]]:
    """Join a tiny last passage to the one before it, or share their sentences out evenly where that is too long."""
    if len(groups) < 2 or sum(unit.tokens for unit in groups[-1]) >= MIN_TOKENS:
        return groups
    joined = groups[-2] + groups[-1]
    total = sum(unit.tokens for unit in joined)
    if total <= MAX_TOKENS:
        return [*groups[:-2], joined]
    tokens, distances = 0.0, []
    for unit in joined[:-1]:
        tokens += unit.tokens
        distances.append(abs(tokens - total / 2))
    cut = distances.index(min(distances)) + 1
    return [*groups[:-2], joined[:cut], joined[cut:]]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
