from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from core.domain.documents import PreparedDocument, Problem, RawDocument, ReadOptions
from core.ingest import prepare, read_file

TODAY = date(2026, 1, 15)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of text or bytes into a temporary folder."""

    def _write(name: str, content: str | bytes, *, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write


@pytest.fixture
def read() -> Callable[..., list[RawDocument | Problem]]:
    """Read a whole file."""

    def _read(path: Path, *, name: str = "", skip: int = 0, **options: object) -> list[RawDocument | Problem]:
        records: Iterator[RawDocument | Problem]
        records = read_file(path, name=name or path.name, options=ReadOptions(**options), skip=skip)  # type: ignore[arg-type]
        return list(records)

    return _read


@pytest.fixture
def prepared() -> Callable[..., PreparedDocument]:
    """Prepare one document, warnings aside."""

    def _prepared(raw: RawDocument, **options: object) -> PreparedDocument:
        return prepare(raw, options=ReadOptions(**options), today=TODAY)[0]  # type: ignore[arg-type]

    return _prepared
