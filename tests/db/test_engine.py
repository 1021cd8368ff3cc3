import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.db import engine, models, promotions
from core.db.engine import Database
from core.db.migrate import _FOLDER, upgrade
from core.db.tables import metadata
from core.errors import MachineError


def test_migrations_give_the_tables_that_queries_use(database: Database) -> None:
    inspector = sa.inspect(database.engine)
    for table in metadata.sorted_tables:
        found = {column["name"] for column in inspector.get_columns(table.name)}
        assert found == {column.name for column in table.columns}, table.name
    assert not upgrade(database)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        models.bump_revision(connection)
        raise ZeroDivisionError
    with database.reading() as connection:
        assert models.get_revision(connection) == 0


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """A migrated SQLite database."""
    database = Database(f"sqlite:///{tmp_path / 'trendvane.db'}")
    upgrade(database)
    return database


def test_a_locked_database_is_said_to_be_locked(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.1)
    impatient = Database(sqlite.url)
    holder = sqlite3.connect(sqlite.url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(MachineError, match="locked by another program"), impatient.writing():
        pass
    holder.close()
    with impatient.writing() as connection:
        models.bump_revision(connection)


def test_a_full_disk_is_said_and_loses_nothing(sqlite: Database) -> None:
    with sqlite.reading() as connection:
        size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with pytest.raises(MachineError, match="full"), sqlite.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={size + 2}")
        connection.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(1000000) AS blob")
    sqlite.close()
    with sqlite.reading() as connection:
        assert models.get_revision(connection) == 0


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(MachineError, match=r"x\.db"):
        upgrade(Database(f"sqlite:///{tmp_path / 'x.db'}"))


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MachineError, match="newer"):
        upgrade(database)


def test_an_older_database_gets_what_is_new_and_keeps_what_it_had(any_database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with any_database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql(
            "INSERT INTO model_version VALUES ('m1', '1', 'head', '[]', '{}', '{}', 'm', '2024-05-01')"
        )
        connection.exec_driver_sql("INSERT INTO model_alias VALUES ('champion', 'm1')")
    assert upgrade(any_database)
    with any_database.reading() as connection:
        champion = models.find_champion(connection)
        assert champion is not None
        assert champion.id == "m1"
        assert promotions.list_promotions(connection) == []
