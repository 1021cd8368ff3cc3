"""XLSX workbooks: every sheet a table, read row by row; formulas count by their last value."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.ingest.readers.office import refusing_damage
from core.ingest.readers.sizes import check_office_zip
from core.ingest.readers.tables import Row, Table, documents


def read(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each row of each sheet."""
    return documents(open_tables(path, name=name), name=name, options=options, skip=skip)


def open_tables(path: Path, *, name: str) -> list[Table]:
    """Return the sheets of a workbook in order."""
    import openpyxl
    from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

    check_office_zip(path, name=name)
    with refusing_damage(name, InvalidFileException, CellCoordinatesException):
        # an open file, since openpyxl judges a path by its extension, which a stored upload or a member does not have
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True)
        sheets = [(sheet, sheet.title) for sheet in book.worksheets]
    return [Table(partial(_rows, sheet, name), sheet=title if len(sheets) > 1 else "") for sheet, title in sheets]


def _rows(sheet: Any, name: str) -> Iterator[Row]:
    """Yield the cells of each row of a sheet from the top."""
    from openpyxl.utils.exceptions import CellCoordinatesException

    with refusing_damage(name, CellCoordinatesException):
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
