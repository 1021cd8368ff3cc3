"""Connections and transactions on SQLite or PostgreSQL; which tables there are is none of its business."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

from core.errors import AppError, MachineError

__all__ = ["Connection", "Database"]

BUSY_TIMEOUT_SECONDS = 20


class Database:
    """One engine; `reading()` and `writing()` are the only ways to a connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _create(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one consistent state."""
        with _translated(self.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together at the end, or not at all.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE): a transaction that reads first and
        writes later would otherwise fail instead of waiting.
        """
        with _translated(self.url), self.engine.connect() as plain:
            connection = plain.execution_options(trendvane_writing=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _create(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if parsed.database:
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            "The data directory {folder} cannot be created ({cause}); set TRENDVANE_HOME to a folder you may write to.",
            folder=str(folder),
            cause=error.strerror or str(error),
        ) from error


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event decides how a transaction starts
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("trendvane_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise  # faults of ours, not of the machine
    except DatabaseError as error:
        raise _explain(str(error.orig), url) from error


def _explain(cause: str, url: str) -> AppError:
    place = make_url(url).render_as_string(hide_password=True)
    if "locked" in cause:
        return MachineError(
            "The database {place} has been locked by another program for over {seconds} seconds; "
            "close that program, or wait, and try again.",
            place=place,
            seconds=BUSY_TIMEOUT_SECONDS,
        )
    if "disk is full" in cause:
        return MachineError("The disk that holds {place} is full; free some space and try again.", place=place)
    if "readonly" in cause or "unable to open" in cause:
        return MachineError(
            "The database {place} cannot be written ({cause}); "
            "check the folder's permissions or set TRENDVANE_HOME to a folder you may write to.",
            place=place,
            cause=cause,
        )
    if "not a database" in cause or "malformed" in cause:
        return MachineError(
            "{place} is damaged or no database ({cause}); restore it from a copy, or move it away to start afresh.",
            place=place,
            cause=cause,
        )
    return MachineError("The database {place} does not answer: {cause}", place=place, cause=cause)
