"""Bringing documents in: staging what was uploaded, asking for an import, undoing one."""

import re
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.db import documents, models
from core.db import jobs as job_rows
from core.domain.dates import PartialDate
from core.domain.documents import ReadOptions, Reason
from core.domain.jobs import JobKind
from core.errors import AppError, InputError, MachineError
from core.services.workspace import Workspace, now

if TYPE_CHECKING:
    from core.ingest import TablePreview

TABLE_EXTENSIONS = (".csv", ".tsv", ".xlsx", ".parquet")


@dataclass(frozen=True)
class Upload:
    """A file as the browser hands it over."""

    name: str
    content: BinaryIO


@dataclass(frozen=True)
class StagedFile:
    """A file that waits on this machine's disk to be read."""

    name: str
    path: str
    size: int


@dataclass(frozen=True)
class Staged:
    """What could be staged, and what not."""

    files: list[StagedFile]
    refused: list[tuple[str, Reason]]


def supported_extensions() -> tuple[str, ...]:
    """Return the endings of files that can be read, with their dots."""
    from core.ingest import SUPPORTED_EXTENSIONS

    return SUPPORTED_EXTENSIONS


def stage_uploads(workspace: Workspace, uploads: Iterable[Upload]) -> Staged:
    """Write uploads into the data directory under names of our own; refuse the empty and the too large."""
    staged = Staged([], [])
    for upload in uploads:
        try:
            staged.files.append(_stage(workspace, upload))
        except AppError as error:
            staged.refused.append((display_name(upload.name), Reason(error.message, error.params)))
    return staged


def display_name(name: str) -> str:
    r"""Return a file name without folders, control characters or excess length; emoji and other scripts stay.

    >>> display_name("../../etc/pass\x00wd.txt")
    'passwd.txt'
    """
    plain = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if len(plain) > 150:
        plain = plain[:100] + "…" + plain[-49:]
    return plain if plain not in ("", ".", "..") else "unnamed"


def _stage(workspace: Workspace, upload: Upload) -> StagedFile:
    name = display_name(upload.name)
    suffix = re.sub(r"[^a-z0-9.]", "", Path(name).suffix.lower())[:10]
    path = workspace.settings.uploads_dir / f"{uuid.uuid4().hex}{suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            shutil.copyfileobj(upload.content, target, 2**20)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise MachineError(
            "{name} could not be written to {folder} ({cause}); free some space there and upload it again.",
            name=name,
            folder=str(path.parent),
            cause=error.strerror or str(error),
        ) from error
    size = path.stat().st_size
    problem = _size_problem(name, size, workspace.settings.max_file_mb)
    if problem:
        path.unlink()
        raise problem
    return StagedFile(name, str(path), size)


def _size_problem(name: str, size: int, max_mb: int) -> InputError | None:
    if size == 0:
        return InputError("{name} is empty (0 bytes); choose a file with text in it.", name=name)
    if size > max_mb * 2**20:
        return InputError(
            "{name} has {size} MB and at most {limit} MB are read; split it, or raise TRENDVANE_MAX_FILE_MB.",
            name=name,
            size=size // 2**20,
            limit=max_mb,
        )
    return None


def preview_table(_workspace: Workspace, staged: StagedFile) -> "TablePreview":
    """Return a table's first rows and what its columns seem to hold; raise InputError where it is no table."""
    from core.ingest import preview_table as preview

    return preview(Path(staged.path), name=staged.name)


def request_import(
    workspace: Workspace,
    files: Sequence[StagedFile],
    *,
    options: ReadOptions,
    columns: Mapping[str, dict[str, str]] | None = None,
) -> int:
    """Queue files to be read and tagged, with the confirmed columns of tables by path; return the job's id."""
    if not files:
        raise InputError("No file was given; choose at least one.")
    chosen = columns or {}
    items = [(f.name, f.path, asdict(options) | {"columns": chosen.get(f.path, options.columns)}) for f in files]
    title = files[0].name if len(files) == 1 else f"{files[0].name} + {len(files) - 1}"
    with workspace.database.writing() as connection:
        job_id = job_rows.add_job(connection, kind=JobKind.IMPORT, title=title, params={}, now=now())
        job_rows.add_items(connection, job_id, items)
    return job_id


def request_paste(
    workspace: Workspace, text: str, *, title: str = "", date: str = "", url: str = "", options: ReadOptions
) -> int:
    """Queue a pasted text as a document; raise InputError for an empty text or a date that is none."""
    import json

    if not text.strip():
        raise InputError("The text is empty; paste some text and try again.")
    if date:
        try:
            PartialDate.parse(date.strip())
        except ValueError as error:
            raise InputError(
                "{date} is no date; write 2024, 2024-05 or 2024-05-17, or leave it empty.", date=date
            ) from error
    path = workspace.settings.uploads_dir / f"{uuid.uuid4().hex}.jsonl"
    record = {"text": text, "title": title.strip(), "date": date.strip(), "url": url.strip()}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    name = title.strip() or " ".join(text.split())[:60]
    return request_import(workspace, [StagedFile(name, str(path), path.stat().st_size)], options=options)


def collect_files(paths: Sequence[Path], *, max_mb: int) -> Staged:
    """Return the readable files under the paths, folders walked in name order, hidden files left out."""
    staged = Staged([], [])
    for path in paths:
        if not path.exists():
            reason = Reason("{path} does not exist; check the spelling.", {"path": str(path)})
            staged.refused.append((str(path), reason))
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        visible = [
            p for p in inside if p == path or not any(part.startswith(".") for part in p.relative_to(path).parts)
        ]
        for file in visible:
            size = file.stat().st_size
            problem = _size_problem(file.name, size, max_mb)
            if problem:
                staged.refused.append((str(file), Reason(problem.message, problem.params)))
            else:
                staged.files.append(StagedFile(display_name(file.name), str(file.resolve()), size))
    return staged


def undo_import(workspace: Workspace, job_id: int) -> int:
    """Remove every document that a job added, and return how many there were."""
    removed = 0
    while True:
        with workspace.database.writing() as connection:
            ids = documents.document_ids_of_job(connection, job_id, limit=200)
            documents.remove_documents(connection, ids)
            models.bump_revision(connection)
        removed += len(ids)
        if not ids:
            return removed
