"""XLSX workbooks: every sheet a table, read row by row; formulas count by their last value."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.readers.office import DAMAGE
from core.ingest.readers.sizes import check_office_zip
from core.ingest.readers.tables import Row, Table, documents


def read(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each row of each sheet."""
    return documents(open_tables(path, name=name), name=name, options=options, skip=skip)


def open_tables(path: Path, *, name: str) -> list[Table]:
    """Return the sheets of a workbook in order."""
    import openpyxl

    check_office_zip(path, name=name)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except DAMAGE as error:
        raise InputError(
            "{name} is damaged and cannot be opened ({detail}). Open it in Excel, save it again and retry.",
            name=name,
            detail=str(error),
        ) from error
    sheets = book.worksheets
    return [Table(partial(_rows, sheet, name), sheet=sheet.title if len(sheets) > 1 else "") for sheet in sheets]


def _rows(sheet: Any, name: str) -> Iterator[Row]:
    """Yield the cells of each row of a sheet from the top."""
    try:
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
    except DAMAGE as error:
        raise InputError(
            "{name} is damaged in sheet {sheet} ({detail}). Open it in Excel, save it again and retry.",
            name=name,
            sheet=sheet.title,
            detail=str(error),
        ) from error
