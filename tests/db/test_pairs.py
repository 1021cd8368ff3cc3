import runpy
from collections.abc import Callable
from datetime import date

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from core.db import documents, models, pairs, taggings
from core.db.engine import Database
from core.db.migrate import _FOLDER, upgrade
from core.db.tables import rollup_total
from core.domain.dates import Grain
from core.domain.filters import Filter
from tests.builders import NOW, prepared
from tests.db.conftest import LABELS, MODEL, TREE
from tests.db.test_rollups import _certain, tag_by_another

SOURCES = ("Wire", "Paper")


@pytest.fixture
def filled(database: Database, add: Callable[..., int]) -> Database:
    add(prepared("a", date="2024-05-17"), labels=("market", "sector.finance"))
    add(prepared("b", date="2024-05", lang="zh"), labels=("market", "technology", "technology.training"))
    add(prepared("c", date="2024", source="Paper"), labels=("market", "sector.finance", "technology"))
    lead = add(prepared("d", date="2024-06-01", source="Paper"), labels=("technology",))
    add(prepared("d again", date="2024-07-01"), labels=("technology", "market"), story=lead)
    add(prepared("cooking", date="2024-06-02"), labels=())
    return database


def counted(database: Database, grain: Grain = Grain.YEAR, labels: tuple[str, ...] = (), **chosen: object) -> dict:
    with database.reading() as connection:
        frame = pairs.count_pairs(
            connection, model_version_id=MODEL, grain=grain, chosen=Filter(**chosen), labels=labels
        )  # type: ignore[arg-type]
    return {tuple(map(str, row[:3] if labels else row[:2])): row[3] for row in frame.itertuples(index=False) if row[3]}


def test_stories_are_counted_by_what_they_carry_together(filled: Database) -> None:
    assert counted(filled) == {
        ("", "*"): 4,
        ("", "sector.*"): 2,
        ("", "market"): 3,
        ("", "sector.finance"): 2,
        ("", "technology"): 3,
        ("", "technology.training"): 1,
        ("market", "sector.finance"): 2,
        ("market", "technology"): 2,
        ("market", "technology.training"): 1,
        ("sector.finance", "technology"): 1,
        ("technology", "technology.training"): 1,
    }
    assert counted(filled, Grain.MONTH)[("market", "technology")] == 1
    assert counted(filled, Grain.MONTH, labels=("technology", "market")) == {
        ("", "*", "2024-05-01"): 2,
        ("", "*", "2024-06-01"): 1,
        ("", "market", "2024-05-01"): 2,
        ("", "technology", "2024-05-01"): 1,
        ("", "technology", "2024-06-01"): 1,
        ("market", "technology", "2024-05-01"): 1,
    }


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.MONTH, Grain.YEAR])
@pytest.mark.parametrize("chosen", [{}, {"langs": ("en",)}, {"first": date(2024, 1, 1)}])
def test_a_filter_that_needs_a_scan_counts_alike(filled: Database, grain: Grain, chosen: dict[str, object]) -> None:
    scanned = {"sources": SOURCES, **chosen}
    assert counted(filled, grain, **chosen) == counted(filled, grain, **scanned)
    own, theirs = (counted(filled, grain, ("market", "technology"), **asked) for asked in (chosen, scanned))
    assert sum(own.values()) == sum(theirs.values()) > 0


def test_a_sector_narrows_the_counts(filled: Database) -> None:
    assert counted(filled, sector="sector.finance")[("market", "technology")] == 1


def test_removed_documents_and_corrected_labels_leave_the_counts(filled: Database, add: Callable[..., int]) -> None:
    before = counted(filled)
    added = add(prepared("short-lived"), labels=("market", "sector.health"))
    assert counted(filled)[("market", "sector.health")] == 1
    with filled.writing() as connection:
        documents.remove_documents(connection, [added])
    assert counted(filled) == before


def test_the_migration_counts_what_is_stored(any_database: Database) -> None:
    assert upgrade(any_database)
    with any_database.writing() as connection:
        models.add_model_version(connection, models.ModelVersion(MODEL, "1", "head", LABELS, {}, {}, "m", NOW))
        sources = documents.source_ids(connection, ["Wire"])
        facts = {"source_id": sources["Wire"], "job_item_id": None, "now": NOW}
        ids = [
            documents.add_document(connection, prepared(f"dated {day}", date=day, lang=lang), **facts)
            for day, lang in (("2024-05-17", "en"), ("2024-05", "zh"), ("2024", "en"), ("", "en"))
        ]
        found = [
            taggings.Tagging(id_, *_certain(labels), NOW)
            for id_, labels in zip(ids, [("market", "sector.finance", "technology"), ("market",), ()], strict=False)
        ]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=LABELS, taxonomy=TREE)
    for document_id in ids:
        tag_by_another(any_database, document_id)
    migration = runpy.run_path(str(_FOLDER / "versions" / "0008_rollup_total.py"))
    with any_database.writing() as connection:
        right = sorted(connection.execute(select(rollup_total)).all(), key=str)
        for statement in (
            "DROP TABLE rollup_total",
            "DROP INDEX ix_document_found",
            "DROP INDEX ix_document_label_document_model",
            "CREATE INDEX ix_document_day_id ON document (day, id)",
            "CREATE INDEX ix_document_label_document_id ON document_label (document_id)",
        ):
            connection.exec_driver_sql(statement)
        with Operations.context(MigrationContext.configure(connection)):
            migration["upgrade"]()
        assert right and sorted(connection.execute(select(rollup_total)).all(), key=str) == right
