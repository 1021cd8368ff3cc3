"""Bring a database to the newest schema; each migration runs whole or not at all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.db.engine import Database
from core.errors import MachineError

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> bool:
    """Apply missing migrations; return whether there were any.

    Raise MachineError where the database was written by a newer Trendvane.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.writing() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return False
        _refuse_newer(config, current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def _refuse_newer(config: Config, current: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise MachineError(
            "The database has schema version {found}, which this Trendvane does not know; "
            "it was written by a newer one. Update Trendvane, or set TRENDVANE_HOME to another folder.",
            found=current,
        )
