from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db.engine import Database
from core.services.workspace import Workspace
from tests.conftest import make_workspace
from tests.db.conftest import POSTGRESQL


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def workspace(
    request: pytest.FixtureRequest, tmp_path: Path, tiny_encoder: Path, tiny_model: Path
) -> Iterator[Workspace]:
    """A data directory on each kind of database that is at hand."""
    url = POSTGRESQL if request.param == "postgresql" else ""
    if url:
        emptied = Database(url)
        with emptied.writing() as connection:
            connection.exec_driver_sql(
                "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS dbos CASCADE"
            )
        emptied.close()
    workspace = make_workspace(tmp_path / "home", tiny_encoder, tiny_model, url)
    yield workspace
    workspace.database.close()
