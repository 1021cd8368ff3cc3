"""Labelled texts that somebody brings along, and the named sets that they are kept in."""

from dataclasses import dataclass, field
from datetime import datetime

from core.domain.documents import Problem


@dataclass(frozen=True)
class LabelledText:
    """A text and what a human says that it is about."""

    external_id: str
    lang: str
    date: str
    """As precise as it is known, `2024-05`; '' where it is not."""
    title: str
    text: str
    labels: tuple[str, ...]
    """In tree order, parents included; none means off topic."""
    minhash: bytes = field(repr=False)
    """Of the text, see core.ingest.duplicates."""


@dataclass(frozen=True)
class LabelledFile:
    """What a file of labelled texts holds: those that can be used, those that cannot, and what was mended."""

    texts: list[LabelledText]
    refused: list[Problem]
    notes: list[Problem]
    """Records that are used, but not quite as they stand."""


@dataclass(frozen=True)
class LabelledSet:
    """A named collection of imported labelled texts."""

    id: int
    name: str
    taxonomy_version: str
    created_at: datetime
    n: int
    """Texts in it."""
