"""Texts of one story with different labels by humans: which of them counts, and what is told of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.domain.taxonomy import Taxonomy
from core.services.label_sources import Labelled

if TYPE_CHECKING:
    from core.ml.examples import Example


class Resolution(StrEnum):
    """What is done about labels that contradict each other."""

    AUTHORITY = "authority"
    """Corrections count before imported labels, and these before bundled ones; the other text is left out."""
    NEWER = "newer"
    """Both are imported or both bundled, word for word the same: the one that came last counts."""
    BOTH = "both"
    """They tell the same story in other words: both are used until somebody decides."""


@dataclass(frozen=True)
class Side:
    """One of two texts that contradict each other."""

    source: str
    id: str
    document_id: int | None
    text: str
    """Its title, or how it begins."""
    labels: tuple[str, ...]
    """Those that the other does not have, in tree order."""


@dataclass(frozen=True)
class Contradiction:
    """Two texts of one story with different labels by humans."""

    used: Side
    other: Side
    resolution: Resolution


def text_key(example: "Example") -> str:
    """Return 16 hex digits that are the same for texts that differ in white space, case and width alone."""
    from core.ingest import content_hash

    return content_hash("", example.text)[:16]


def settled(told: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return the texts of one story that are used, and those that are left out: the highest authority, latest first."""
    if len(told) == 1:
        return list(told), []
    highest = max(one.authority for one in told)
    used = list({text_key(one.example): one for one in told if one.authority is highest}.values())
    return used, [one for one in told if one not in used]


def contradictions_of(
    used: Sequence[Labelled], left_out: Sequence[Labelled], taxonomy: Taxonomy
) -> Iterable[Contradiction]:
    """Yield each text of a story whose labels are not those of the first one that is used."""
    winner = used[0]
    for other in (*used[1:], *left_out):
        own, others = _differing(winner, other), _differing(other, winner)
        if own or others:
            resolution = (
                Resolution.BOTH
                if other in used
                else Resolution.NEWER
                if other.authority is winner.authority
                else Resolution.AUTHORITY
            )
            yield Contradiction(_side(winner, own, taxonomy), _side(other, others, taxonomy), resolution)


def _differing(one: Labelled, other: Labelled) -> set[str]:
    """Return the labels that one has and the other lacks, as far as humans judged them on both."""
    found = set(one.example.labels - other.example.labels)
    for judged in (one.judged, other.judged):
        found &= judged if judged is not None else found
    return found


def _side(one: Labelled, labels: set[str], taxonomy: Taxonomy) -> Side:
    example = one.example
    text = " ".join((example.title or example.text).split())[:120]
    return Side(example.source, example.id, one.document_id, text, taxonomy.in_tree_order(labels))
