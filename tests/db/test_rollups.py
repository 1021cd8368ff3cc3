import runpy
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from core.db import documents, models, rollups, taggings
from core.db.engine import Database
from core.db.migrate import _FOLDER, upgrade
from core.db.tables import rollup
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from tests.builders import NOW, prepared
from tests.db.conftest import LABELS, MODEL, TREE


def counted(database: Database, grain: Grain = Grain.MONTH, **chosen: object) -> dict[tuple[str, str], int]:
    with database.reading() as connection:
        frame = rollups.count_stories(connection, model_version_id=MODEL, grain=grain, chosen=Filter(**chosen))  # type: ignore[arg-type]
    return {(row.label_id, str(row.bin)): row.n for row in frame.itertuples()}


def test_untagged_documents_are_not_counted(database: Database, add: Callable[..., int]) -> None:
    add(prepared("waits"))
    assert counted(database) == {}


def test_off_topic_counts_in_the_denominator_only(database: Database, add: Callable[..., int]) -> None:
    add(prepared("about training"), labels=("technology", "technology.training"))
    add(prepared("about cooking"), labels=())
    assert counted(database) == {
        ("", "2024-05-01"): 2,
        ("technology", "2024-05-01"): 1,
        ("technology.training", "2024-05-01"): 1,
    }


def test_a_date_counts_only_at_grains_it_is_precise_enough_for(database: Database, add: Callable[..., int]) -> None:
    for day in ("2024-05-17", "2024-05", "2024", ""):
        add(prepared(f"dated {day}", date=day), labels=("market",))
    assert counted(database, Grain.DAY)[("", "2024-05-17")] == 1
    assert counted(database, Grain.MONTH) == {("", "2024-05-01"): 2, ("market", "2024-05-01"): 2}
    assert counted(database, Grain.YEAR)[("", "2024-01-01")] == 3
    with database.reading() as connection:
        left_out = {
            grain: rollups.count_imprecise(connection, model_version_id=MODEL, grain=grain, chosen=Filter())
            for grain in (Grain.WEEK, Grain.QUARTER, Grain.YEAR)
        }
    assert left_out == {Grain.WEEK: 2, Grain.QUARTER: 1, Grain.YEAR: 0}


def test_filters_narrow_the_counts(database: Database, add: Callable[..., int]) -> None:
    add(prepared("a", lang="zh", source="A", jurisdiction="CN"), labels=("market", "sector.finance"))
    add(prepared("b", lang="en", source="B", jurisdiction="US", date="2024-06-02"), labels=("market",))
    assert counted(database, langs=("zh",))[("market", "2024-05-01")] == 1
    assert ("market", "2024-06-01") not in counted(database, langs=("zh",))
    assert list(counted(database, sources=("B",))) == [("", "2024-06-01"), ("market", "2024-06-01")]
    assert next(iter(counted(database, jurisdictions=("CN", "EU")))) == ("", "2024-05-01")
    assert counted(database, sector="sector.finance")[("", "2024-05-01")] == 1
    assert list(counted(database, first=date(2024, 6, 1))) == [("", "2024-06-01"), ("market", "2024-06-01")]


def test_a_story_counts_once_on_its_earliest_date(database: Database, add: Callable[..., int]) -> None:
    late = add(prepared("reprint", date="2024-07-01"), labels=("market",))
    add(prepared("original", date="2024-05-02"), labels=("market",), story=late)
    add(prepared("another reprint", date="2024-09-09"), labels=("market",), story=late)
    assert counted(database) == {("", "2024-05-01"): 1, ("market", "2024-05-01"): 1}


def test_removing_the_lead_moves_the_story_to_the_next(database: Database, add: Callable[..., int]) -> None:
    lead = add(prepared("original", date="2024-05-02"), labels=("market",))
    add(prepared("reprint", date="2024-07-01"), labels=("market",), story=lead)
    with database.writing() as connection:
        documents.remove_documents(connection, [lead])
    assert counted(database) == {("", "2024-07-01"): 1, ("market", "2024-07-01"): 1}


def test_removing_everything_leaves_no_count(database: Database, add: Callable[..., int]) -> None:
    ids = [add(prepared(f"text {i}"), labels=("market",)) for i in range(3)]
    with database.writing() as connection:
        documents.remove_documents(connection, ids)
    assert counted(database) == {}


def test_a_repeated_tagging_changes_nothing(database: Database, add: Callable[..., int]) -> None:
    document_id = add(prepared("once"), labels=("market",))
    with database.writing() as connection:
        found = taggings.get_tagging(connection, document_id, model_version_id=MODEL, label_ids=LABELS)
        assert found is not None
        n_saved = taggings.save_taggings(connection, [found], model_version_id=MODEL, label_ids=LABELS, taxonomy=TREE)
    assert n_saved == 0
    assert counted(database)[("market", "2024-05-01")] == 1


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.MONTH, Grain.YEAR])
def test_documents_behind_a_point_are_as_counted(database: Database, add: Callable[..., int], grain: Grain) -> None:
    lead = add(prepared("a", date="2024-05-17"), labels=("market",))
    add(prepared("b", date="2024-05-18"), labels=("market",), story=lead)
    add(prepared("c", date="2024-05"), labels=("market",))
    add(prepared("d", date="2024"), labels=("market",))
    start = grain.floor(date(2024, 5, 17))
    n = counted(database, grain)[("market", str(start))]
    chosen = DocumentFilter(labels=("market",), counted_at=grain, first=start, last=grain.last_day(start))
    with database.reading() as connection:
        assert documents.count_documents(connection, chosen, model_version_id=MODEL) == n


def test_the_dated_range_spans_what_is_counted(database: Database, add: Callable[..., int]) -> None:
    with database.reading() as connection:
        assert rollups.dated_range(connection, model_version_id=MODEL) is None
    add(prepared("a", date="2020-03-05"), labels=())
    add(prepared("b", date="2019"), labels=())
    add(prepared("c", date="2020-03"), labels=())
    with database.reading() as connection:
        assert rollups.dated_range(connection, model_version_id=MODEL) == (date(2019, 1, 1), date(2020, 3, 5))


def test_empty_counts_keep_their_columns(database: Database) -> None:
    with database.reading() as connection:
        frame = rollups.count_stories(connection, model_version_id=MODEL, grain=Grain.DAY, chosen=Filter())
    pd.testing.assert_index_equal(frame.columns, pd.Index(["label_id", "bin", "n"]))


def test_a_second_models_tagging_leaves_the_counts_of_the_first(database: Database, add: Callable[..., int]) -> None:
    document_id = add(prepared("a"), labels=("market", "sector.finance"))
    before = counted(database)
    tag_by_another(database, document_id)
    assert counted(database) == before


def test_the_migration_counts_anew_what_a_second_model_had_counted_twice(any_database: Database) -> None:
    assert upgrade(any_database)
    with any_database.writing() as connection:
        models.add_model_version(connection, models.ModelVersion(MODEL, "1", "head", LABELS, {}, {}, "m", NOW))
        sources = documents.source_ids(connection, ["Wire"])
        ids = [
            documents.add_document(
                connection,
                prepared(f"dated {day}", date=day, lang=lang),
                source_id=sources["Wire"],
                job_item_id=None,
                now=NOW,
            )
            for day, lang in (("2024-05-17", "en"), ("2024-05", "zh"), ("2024", "en"), ("", "en"))
        ]
        found = [taggings.Tagging(id_, *_certain(("market", "sector.finance")), NOW) for id_ in ids]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=LABELS, taxonomy=TREE)
    for document_id in ids:
        tag_by_another(any_database, document_id)
    migration = runpy.run_path(str(_FOLDER / "versions" / "0004_counts_once.py"))
    with any_database.writing() as connection:
        right = sorted(connection.execute(select(rollup)).all(), key=str)
        connection.execute(rollup.update().where(rollup.c.model_version_id == MODEL).values(n=2 * rollup.c.n))
        with Operations.context(MigrationContext.configure(connection)):
            migration["upgrade"]()
        assert sorted(connection.execute(select(rollup)).all(), key=str) == right


def _certain(labels: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    chances = np.array([float(label in labels) for label in LABELS], dtype=np.float32)
    return chances, chances[None], labels


def tag_by_another(database: Database, document_id: int) -> None:
    """Let another model version tag a document."""
    with database.writing() as connection:
        models.add_model_version(connection, models.ModelVersion("m2", "1", "head", LABELS, {}, {}, "models/m2", NOW))
        found = taggings.Tagging(document_id, *_certain(("market",)), NOW)
        taggings.save_taggings(connection, [found], model_version_id="m2", label_ids=LABELS, taxonomy=TREE)
