"""What labelled texts are told apart by when one part of them is left out."""

from enum import StrEnum


class DomainKind(StrEnum):
    """What texts are told apart by."""

    SOURCE = "source"
    LANGUAGE = "language"
    SECTOR = "sector"
