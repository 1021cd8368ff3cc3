"""The way into a file: its format found out, its reader chosen, its records streamed."""

import importlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

from core.config import get_settings
from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError, MachineError
from core.ingest.detect import Format, detect_format
from core.ingest.readers.tables import TablePreview, preview_of

_READERS = {
    Format.TEXT: "plain",
    Format.MARKDOWN: "markdown",
    Format.HTML: "web",
    Format.PDF: "pdf",
    Format.WORD: "word",
    Format.SLIDES: "slides",
    Format.WORKBOOK: "workbook",
    Format.DELIMITED: "delimited",
    Format.JSON_LINES: "json_lines",
    Format.JSON: "json_array",
    Format.PARQUET: "parquet",
    Format.FEED: "feed",
}
_TABLES = (Format.DELIMITED, Format.WORKBOOK, Format.PARQUET)
_SKIPPING = (*_TABLES, Format.JSON_LINES)


def read_file(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Stream the documents of a file and the problems with single records, in the order of the file.

    `name` is the name the user gave the file, which `path` need not bear. `skip` records are passed over,
    for an import that is resumed. Raises InputError for a file that cannot be used, MachineError when it
    cannot be opened; both at once or, where the damage shows late, while records are drawn.
    """
    file_format = _checked_format(path, name)
    if file_format is Format.ZIP:
        from core.ingest.readers import archive

        return islice(archive.read(path, name=name, options=options, read_member=_read_member), skip, None)
    return _read(file_format, path, name, options, skip)


def preview_table(path: Path, *, name: str) -> TablePreview:
    """Return the first 20 rows of a csv, tsv, xlsx or parquet file, and what its columns seem to hold."""
    file_format = _checked_format(path, name)
    if file_format not in _TABLES:
        raise InputError("{name} is no table; expected CSV, TSV, XLSX or Parquet.", name=name)
    return preview_of(_reader(file_format).open_tables(path, name=name), name=name)


def _read(
    file_format: Format, path: Path, name: str, options: ReadOptions, skip: int
) -> Iterator[RawDocument | Problem]:
    """Call the reader of a format."""
    reader = _reader(file_format)
    if file_format in _SKIPPING:
        records: Iterator[RawDocument | Problem] = reader.read(path, name=name, options=options, skip=skip)
        return records
    return islice(reader.read(path, name=name, options=options), skip, None)


def _read_member(path: Path, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Read a file out of an archive; archives within archives are refused."""
    file_format = _checked_format(path, name)
    if file_format is Format.ZIP:
        raise InputError("{name} is an archive within an archive; unpack it first.", name=name)
    return _read(file_format, path, name, options, 0)


def _reader(file_format: Format) -> ModuleType:
    """Import the reader of a format, whose libraries are loaded only now."""
    return importlib.import_module(f"core.ingest.readers.{_READERS[file_format]}")


def _checked_format(path: Path, name: str) -> Format:
    """Return the format of a file that exists, may be read and is not too large."""
    limit = get_settings().max_file_mb
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError("{name} is a folder; choose the files in it.", name=name)
        if size > limit * 1_000_000:
            raise InputError(
                "{name} has {found} MB; files up to {limit} MB are read. Split it.",
                name=name,
                found=size // 10**6,
                limit=limit,
            )
        return detect_format(path, name)
    except OSError as error:
        raise MachineError(
            "{name} cannot be opened: {detail}.", name=name, detail=error.strerror or str(error)
        ) from error
