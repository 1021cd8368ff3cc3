"""The states of long work, and what an estimate of its end is made of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.domain.documents import Reason


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    TAGGING = "tagging"
    TRAINING = "training"
    COMPRESSION = "compression"
    COMPARISON = "comparison"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Return whether nothing more happens without a request."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


HEAVY = (JobKind.TRAINING, JobKind.COMPRESSION)
"""Kinds of jobs that each want the whole machine: one goes after the other."""


class Phase(StrEnum):
    """What a running job is at; each phase counts its own units."""

    READING = "reading"
    """Files of an import, or texts that the encoder reads for a training."""
    TAGGING = "tagging"
    TRAINING = "training"
    EVALUATING = "evaluating"
    CALIBRATING = "calibrating"
    """Sample texts whose inputs set the scales of 8-bit weights."""
    MEASURING = "measuring"
    """Tries to do without a layer."""
    FITTING = "fitting"
    """Texts from which a head learns."""
    COMPARING = "comparing"
    """Texts that two versions tag."""


class ItemStatus(StrEnum):
    """What became of one file of an import."""

    WAITING = "waiting"
    READING = "reading"
    ADDED = "added"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class Job:
    """One piece of long work, as stored."""

    id: int
    kind: JobKind
    title: str
    state: JobState
    phase: str
    n_done: int
    n_total: int
    attempt: int
    params: dict[str, Any]
    """What was asked for."""
    result: dict[str, Any]
    """What came of it: of a training or compression, remarks and the model version."""
    cancel_requested: bool
    error: Reason | None
    created_at: datetime
    started_at: datetime | None
    phase_started_at: datetime | None
    phase_first_done: int
    finished_at: datetime | None
    worker_id: str | None

    def seconds_left(self, now: datetime) -> float | None:
        """Return the estimated seconds to the end of the phase, from its own mean speed; None before 2 % is done."""
        done = self.n_done - self.phase_first_done
        if self.phase_started_at is None or self.n_total <= 0 or done <= 0 or done / self.n_total < 0.02:
            return None
        return (now - self.phase_started_at).total_seconds() * (self.n_total - self.n_done) / done


@dataclass(frozen=True)
class JobItem:
    """One file of an import, and what became of it."""

    id: int
    job_id: int
    name: str
    path: str
    options: dict[str, Any]
    status: ItemStatus
    position: int
    """Records of the file that are dealt with; a resumed import goes on after them."""
    n_documents: int
    n_passages: int
    n_duplicates: int
    n_problems: int
    n_characters: int
    reason: Reason | None
    problems: list[dict[str, Any]] = field(default_factory=list)
    """The first 200 records that could not be used: locator, message, params."""
