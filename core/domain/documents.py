"""What is read, and what is kept of it."""

from dataclasses import dataclass, field
from typing import Any

from core.domain.dates import PartialDate


@dataclass(frozen=True)
class Reason:
    """Why something was refused: an English template that the catalogues translate, and its parameters."""

    message: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the English text."""
        return self.message.format(**self.params)


class Reasons(tuple[Reason, ...]):
    """Several reasons as one parameter of another message, so that each can be translated."""

    def __str__(self) -> str:
        """Return the English texts, one after the other."""
        return " ".join(map(str, self))


@dataclass(frozen=True)
class RawDocument:
    """One document as a reader found it, before cleaning; empty fields were not stated in the file."""

    text: str
    locator: str
    """Where in the file: '' for a whole file, else 'line 3', 'row 17', 'sheet A row 2', 'inner/name.pdf'."""
    title: str = ""
    date: PartialDate | None = None
    lang: str = ""
    source: str = ""
    url: str = ""
    jurisdiction: str = ""
    external_id: str = ""
    warnings: tuple[Reason, ...] = ()
    """What the reader could not make out about it, such as a date in no known form."""


@dataclass(frozen=True)
class Problem:
    """One record of a file that cannot be used; the reader goes on after it."""

    locator: str
    reason: Reason


@dataclass(frozen=True)
class Passage:
    """A stretch of a document's text cut at sentence borders: text[start:end]."""

    start: int
    end: int


@dataclass(frozen=True)
class PreparedDocument:
    """A document ready to be stored: cleaned, dated, its language known, cut into passages."""

    text: str
    title: str
    lang: str
    """ISO 639-1 code of the main language."""
    date: PartialDate | None
    source: str
    url: str
    jurisdiction: str
    external_id: str
    locator: str
    passages: tuple[Passage, ...]
    content_hash: str
    """SHA-256 hex of the normalised title and text: equal means an exact duplicate."""
    signature: tuple[int, ...]
    """MinHash band hashes (signed 64-bit): a shared band makes two documents candidates for one story."""
    minhash: bytes
    """The whole MinHash, to estimate the Jaccard similarity of candidates."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file before it is read."""

    columns: dict[str, str] = field(default_factory=dict)
    """For tables: field (text, title, date, lang, source, url, jurisdiction, id) to column name; empty means guess."""
    source: str = ""
    jurisdiction: str = ""
    lang: str = ""
