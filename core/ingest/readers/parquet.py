"""Parquet files: one table with named columns, read in small batches of each row group."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.readers.tables import Row, Table, documents

_BATCH_ROWS = 256
_DAMAGE = (OSError, ValueError, ArithmeticError, TypeError, KeyError)
"""What pyarrow raises besides its own errors, such as for a column name that is no UTF-8."""


def read(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each row."""
    return documents(open_tables(path, name=name), name=name, options=options, skip=skip)


def open_tables(path: Path, *, name: str) -> list[Table]:
    """Return the file as its one table, nested and binary columns left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, *_DAMAGE) as error:
        raise InputError(
            "{name} is no complete Parquet file ({detail}). Copy or export it again.", name=name, detail=str(error)
        ) from error
    columns = tuple(
        field.name for field in schema if not (pa.types.is_nested(field.type) or pa.types.is_binary(field.type))
    )
    return [Table(partial(_rows, path, columns, name), columns=columns)]


def _rows(path: Path, columns: tuple[str, ...], name: str) -> Iterator[Row]:
    """Yield the cells of each row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns)):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (pa.ArrowException, *_DAMAGE) as error:
        raise InputError(
            "{name} is damaged ({detail}). Copy or export it again.", name=name, detail=str(error)
        ) from error
