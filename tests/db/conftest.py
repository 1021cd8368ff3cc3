import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, text

from core.db import documents, models, stories, taggings
from core.db.engine import Database
from core.db.migrate import upgrade
from core.domain.documents import PreparedDocument
from core.domain.taxonomy import Label, LabelKind, Taxonomy
from tests.builders import NOW

LABELS = ["technology", "technology.training", "market", "sector.finance"]
MODEL = "m1"
_KINDS = (LabelKind.DIMENSION, LabelKind.ASPECT, LabelKind.DIMENSION, LabelKind.SECTOR)
_PARENTS = (None, "technology", None, None)
TREE = Taxonomy(
    "1",
    tuple(Label(id_, kind, up, id_, id_, "", "") for id_, kind, up in zip(LABELS, _KINDS, _PARENTS, strict=True)),
)


def _own_postgresql() -> str:
    """Return the URL of a PostgreSQL database that these tests may wipe, '' where CI names none.

    Tests that run beside each other have one each, made on the server that TRENDVANE_TEST_POSTGRESQL names.
    """
    named, worker = os.environ.get("TRENDVANE_TEST_POSTGRESQL", ""), os.environ.get("PYTEST_XDIST_WORKER", "")
    if not named or not worker:
        return named
    server = create_engine(make_url(named).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        if worker not in names:
            connection.execute(text(f"CREATE DATABASE {worker}"))
    server.dispose()
    return make_url(named).set(database=worker).render_as_string(hide_password=False)


POSTGRESQL = _own_postgresql()


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind that is at hand."""
    database = Database(POSTGRESQL if request.param == "postgresql" else f"sqlite:///{tmp_path / 'trendvane.db'}")
    if not database.is_sqlite:
        with database.writing() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    yield database
    database.close()


@pytest.fixture
def database(any_database: Database) -> Database:
    """A migrated database with one model version."""
    database = any_database
    upgrade(database)
    version = models.ModelVersion(MODEL, "1", "head", LABELS, {}, {}, "models/m1", NOW)
    with database.writing() as connection:
        models.add_model_version(connection, version)
        models.set_champion(connection, MODEL)
    return database


@pytest.fixture
def add(database: Database) -> Callable[..., int]:
    """Store a document and, where labels are given, what the model says of it."""

    def add(document: PreparedDocument, *, labels: tuple[str, ...] | None = None, story: int | None = None) -> int:
        with database.writing() as connection:
            sources = documents.source_ids(connection, [document.source])
            document_id = documents.add_document(
                connection, document, source_id=sources[document.source], job_item_id=None, now=NOW
            )
            if story is not None:
                stories.join_story(connection, document_id, story)
            if labels is not None:
                chances = np.array([float(label in labels) for label in LABELS], dtype=np.float32)
                found = taggings.Tagging(document_id, chances, chances[None], labels, NOW)
                taggings.save_taggings(connection, [found], model_version_id=MODEL, label_ids=LABELS, taxonomy=TREE)
        return document_id

    return add
