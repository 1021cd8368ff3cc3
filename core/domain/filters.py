"""What an analyst narrows documents and trends down to."""

from dataclasses import dataclass
from datetime import date

from core.domain.dates import Grain, Precision

PRECISIONS_OF_GRAIN = {
    Grain.DAY: (Precision.DAY,),
    Grain.WEEK: (Precision.DAY,),
    Grain.MONTH: (Precision.DAY, Precision.MONTH),
    Grain.QUARTER: (Precision.DAY, Precision.MONTH),
    Grain.YEAR: (Precision.DAY, Precision.MONTH, Precision.YEAR),
}
"""Which dates are precise enough to be counted at a grain."""


@dataclass(frozen=True)
class Filter:
    """Narrow down by facts of the document; an empty field means any."""

    first: date | None = None
    last: date | None = None
    sources: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    sector: str = ""
    """One sector's label id."""


@dataclass(frozen=True)
class DocumentFilter(Filter):
    """Narrow down a list of documents."""

    query: str = ""
    """Words, "quoted phrases", -excluded words, in either language."""
    labels: tuple[str, ...] = ()
    """Any of these labels."""
    together: bool = False
    """All of the labels rather than any."""
    off_topic: bool = False
    """Only documents that were tagged and got no label."""
    counted_at: Grain | None = None
    """Only what a trend of that grain counts: one document a story, dated precisely enough."""
    job_id: int | None = None
    """Only documents that this job added."""
    ids: tuple[int, ...] = ()
    """Only these documents."""
    one_in: float = 0.0
    """Only one document of so many (1.5: two of three), drawn evenly and always the same ones; 0: all."""
