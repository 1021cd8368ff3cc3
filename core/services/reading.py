"""Reading one file of an import into the database, batch by batch; a killed import goes on after its last batch."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.db import documents, models, stories
from core.db import jobs as job_rows
from core.db.engine import Connection
from core.domain.documents import PreparedDocument, Problem, RawDocument, ReadOptions, Reason
from core.domain.jobs import ItemStatus, JobItem
from core.errors import AppError, InputError, MissingError
from core.services.workspace import Workspace, now

BATCH_RECORDS = 100
BATCH_CHARACTERS = 4_000_000
SAME_STORY_SIMILARITY = 0.7
_one_reader = threading.Lock()  # pdfium must not be entered by two threads at once


@dataclass
class _Batch:
    """Records that are committed together."""

    n_records: int = 0
    prepared: list[PreparedDocument] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_item(workspace: Workspace, item_id: int, *, should_stop: Callable[[], bool]) -> None:
    """Read a file to its end, or until told to stop; what it holds is stored exactly once however often this runs.

    A file that cannot be used at all is marked refused with the reason; a bad record is listed and passed over.
    """
    with workspace.database.reading() as connection:
        item = job_rows.get_item(connection, item_id)
    if item.status not in (ItemStatus.WAITING, ItemStatus.READING):
        return
    try:
        finished = _read_batches(workspace, item, should_stop)
    except (InputError, MissingError) as error:
        _refuse(workspace, item_id, error)
    else:
        if finished:
            _settle(workspace, item_id)


def _read_batches(workspace: Workspace, item: JobItem, should_stop: Callable[[], bool]) -> bool:
    from core.ingest import read_file

    if not Path(item.path).exists():
        raise MissingError("{name} is no longer at {path}; add it again.", name=item.name, path=item.path)
    options = ReadOptions(**item.options)
    with _one_reader:
        records = iter(read_file(Path(item.path), name=item.name, options=options, skip=item.position))
    position = item.position
    while not should_stop():
        with _one_reader:
            batch = _next_batch(records, options)
        if batch.n_records == 0:
            return True
        if not _store(workspace, item.id, position, batch):
            return False  # another worker took this file over
        position += batch.n_records
    return False


def _next_batch(records: Iterable[RawDocument | Problem], options: ReadOptions) -> _Batch:
    from core.ingest import prepare

    batch = _Batch()
    n_characters = 0
    for record in islice(records, BATCH_RECORDS):
        batch.n_records += 1
        if isinstance(record, Problem):
            batch.problems.append(record)
            continue
        try:
            document, warnings = prepare(record, options=options, today=now().date())
        except InputError as error:
            batch.problems.append(Problem(record.locator, Reason(error.message, error.params)))
            continue
        batch.prepared.append(document)
        batch.problems.extend(Problem(record.locator, warning) for warning in warnings)
        n_characters += len(document.text)
        if n_characters > BATCH_CHARACTERS:
            break
    return batch


def _store(workspace: Workspace, item_id: int, position: int, batch: _Batch) -> bool:
    with workspace.database.writing() as connection:
        job_rows.lock_imports(connection)
        item = job_rows.get_item(connection, item_id)
        if item.position != position or item.status not in (ItemStatus.WAITING, ItemStatus.READING):
            return False
        added = _add_new(connection, batch.prepared, item_id)
        job_rows.update_item(
            connection,
            item_id,
            status=ItemStatus.READING.value,
            position=position + batch.n_records,
            n_documents=item.n_documents + len(added),
            n_passages=item.n_passages + sum(len(p.passages) for p in added),
            n_duplicates=item.n_duplicates + len(batch.prepared) - len(added),
            n_characters=item.n_characters + sum(len(p.text) for p in added),
            n_problems=item.n_problems + len(batch.problems),
            problems=(item.problems + [_as_row(p) for p in batch.problems])[: job_rows.MAX_PROBLEMS_KEPT],
        )
        if added:
            models.bump_revision(connection)
    return True


def _as_row(problem: Problem) -> dict[str, Any]:
    return {"locator": problem.locator, "message": problem.reason.message, "params": problem.reason.params}


def _add_new(connection: Connection, prepared: Sequence[PreparedDocument], item_id: int) -> list[PreparedDocument]:
    known = documents.known_hashes(connection, {p.content_hash for p in prepared})
    fresh = list({p.content_hash: p for p in reversed(prepared) if p.content_hash not in known}.values())[::-1]
    sources = documents.source_ids(connection, {p.source for p in fresh})
    finder = _StoryFinder(stories.story_candidates(connection, [p.signature for p in fresh]))
    for index, document in enumerate(fresh):
        document_id = documents.add_document(
            connection, document, source_id=sources[document.source], job_item_id=item_id, now=now()
        )
        story_id = finder.find(index, document)
        if story_id is not None:
            stories.join_story(connection, document_id, story_id)
        finder.remember(document, story_id if story_id is not None else document_id)
    return fresh


class _StoryFinder:
    """Finds the story that a new document re-publishes, among stored documents and earlier ones of its batch."""

    def __init__(self, candidates: Sequence[tuple[int, int, bytes]]) -> None:
        self._stored: dict[int, list[tuple[int, bytes]]] = {}
        for index, story_id, minhash in candidates:
            self._stored.setdefault(index, []).append((story_id, minhash))
        self._batch: dict[tuple[int, int], list[tuple[int, bytes]]] = {}

    def find(self, index: int, document: PreparedDocument) -> int | None:
        """Return the story of the most similar candidate that is similar enough."""
        from core.ingest import minhash_similarity

        candidates = list(self._stored.get(index, []))
        for band in enumerate(document.signature):
            candidates.extend(self._batch.get(band, []))
        rated = [(minhash_similarity(document.minhash, minhash), -story_id) for story_id, minhash in candidates]
        best = max(rated, default=(0.0, 0))
        return -best[1] if best[0] >= SAME_STORY_SIMILARITY else None

    def remember(self, document: PreparedDocument, story_id: int) -> None:
        """Let later documents of the batch find this one."""
        for band in enumerate(document.signature):
            self._batch.setdefault(band, []).append((story_id, document.minhash))


def _refuse(workspace: Workspace, item_id: int, error: AppError) -> None:
    reason = {"message": error.message, "params": error.params}
    with workspace.database.writing() as connection:
        job_rows.update_item(connection, item_id, status=ItemStatus.REFUSED.value, reason=reason)


def _settle(workspace: Workspace, item_id: int) -> None:
    """Give a file that was read to its end its final status, and remove the upload's copy."""
    with workspace.database.writing() as connection:
        item = job_rows.get_item(connection, item_id)
        reason = None
        if item.n_documents:
            status = ItemStatus.ADDED
        elif item.n_duplicates:
            status = ItemStatus.DUPLICATE
        else:
            status = ItemStatus.REFUSED
            message = "{name} holds no readable document ({n} records could not be used)."
            reason = {"message": message, "params": {"name": item.name, "n": item.n_problems}}
        job_rows.update_item(connection, item_id, status=status.value, reason=reason)
    path = Path(item.path)
    if status is not ItemStatus.REFUSED and path.parent == workspace.settings.uploads_dir:
        path.unlink(missing_ok=True)
