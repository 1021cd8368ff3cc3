from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from alembic import command
from alembic.config import Config

from core.db import annotations, documents, models, taggings
from core.db.engine import Database
from core.db.migrate import _FOLDER, upgrade
from core.domain.annotations import Annotation, Verdict
from core.domain.dates import Grain
from tests.builders import NOW, prepared
from tests.db.conftest import MODEL, TREE
from tests.db.test_rollups import counted

MAY = "2024-05-01"
Say = Callable[..., Annotation]


@pytest.fixture
def say(database: Database) -> Say:
    """Store a person's word and let labels and roll-ups follow."""

    def say(document_id: int, label_id: str, verdict: Verdict, *, passage: int | None = None) -> Annotation:
        said = Annotation(0, document_id, passage, label_id, verdict, "Ann", NOW, MODEL, "1")
        with database.writing() as connection:
            stored = annotations.add_annotation(connection, said)
            taggings.relabel(connection, [document_id], taxonomy=TREE)
        return stored

    return say


def labels(database: Database, document_id: int, *, model: str = MODEL, human: bool = False) -> list[str]:
    found = taggings.human_labels_of if human else taggings.labels_of
    with database.reading() as connection:
        return sorted(found(connection, [document_id], model_version_id=model).get(document_id, []))


def revoke(database: Database, said: Annotation) -> None:
    with database.writing() as connection:
        assert annotations.revoke_annotation(connection, said.id, now=NOW + timedelta(hours=1)) is not None
        taggings.relabel(connection, [said.document_id], taxonomy=TREE)


def test_a_correction_moves_labels_and_counts_and_revoking_it_restores_both(
    database: Database, add: Callable[..., int], say: Say
) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    before = {grain: counted(database, grain) for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)}
    removed = say(document_id, "market", Verdict.ABSENT)
    added = say(document_id, "technology.training", Verdict.PRESENT)
    assert labels(database, document_id) == ["technology", "technology.training"]
    assert labels(database, document_id, human=True) == ["technology", "technology.training"]
    assert counted(database) == {("", MAY): 1, ("technology", MAY): 1, ("technology.training", MAY): 1}
    revoke(database, added)
    assert labels(database, document_id) == []
    assert counted(database) == {("", MAY): 1}
    revoke(database, removed)
    assert labels(database, document_id) == ["market"]
    assert {grain: counted(database, grain) for grain in before} == before


def test_counts_within_a_sector_follow(database: Database, add: Callable[..., int], say: Say) -> None:
    first, _ = (add(prepared(f"bank {i}"), labels=("market", "sector.finance")) for i in range(2))
    say(first, "sector.finance", Verdict.ABSENT)
    assert counted(database, sector="sector.finance")[("market", MAY)] == 1
    assert counted(database)[("market", MAY)] == 2


def test_a_confirmation_marks_the_label_and_counts_nothing_twice(
    database: Database, add: Callable[..., int], say: Say
) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    say(document_id, "market", Verdict.PRESENT)
    say(document_id, "market", Verdict.PRESENT)
    assert labels(database, document_id, human=True) == ["market"]
    assert counted(database) == {("", MAY): 1, ("market", MAY): 1}


def test_what_is_said_of_a_passage_leaves_the_document_alone(
    database: Database, add: Callable[..., int], say: Say
) -> None:
    document_id = add(prepared("about money, and more", cuts=2), labels=("market",))
    say(document_id, "market", Verdict.ABSENT, passage=0)
    say(document_id, "technology", Verdict.PRESENT, passage=1)
    assert labels(database, document_id) == ["market"]
    assert labels(database, document_id, human=True) == []


def test_a_copy_of_a_story_is_corrected_without_being_counted(
    database: Database, add: Callable[..., int], say: Say
) -> None:
    lead = add(prepared("original", date="2024-05-02"), labels=("market",))
    copy = add(prepared("reprint", date="2024-07-01"), labels=("market",), story=lead)
    say(copy, "market", Verdict.ABSENT)
    assert labels(database, copy) == []
    assert counted(database) == {("", MAY): 1, ("market", MAY): 1}
    with database.writing() as connection:
        documents.remove_documents(connection, [lead])
    assert counted(database) == {("", "2024-07-01"): 1}


def test_the_humans_word_stands_over_every_model_version_earlier_and_later(
    database: Database, add: Callable[..., int], say: Say
) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    waiting = add(prepared("not tagged so far"))
    said = say(document_id, "market", Verdict.ABSENT)
    say(waiting, "technology.training", Verdict.PRESENT)
    assert labels(database, waiting) == []
    with database.writing() as connection:
        old = models.get_model_version(connection, MODEL)
        models.add_model_version(connection, replace(old, id="m2", label_ids=["market", "technology"]))
        chances = np.array([0.9, 0.1], dtype=np.float32)
        found = [taggings.Tagging(id_, chances, chances[None], ("market",), NOW) for id_ in (document_id, waiting)]
        taggings.save_taggings(
            connection, found, model_version_id="m2", label_ids=["market", "technology"], taxonomy=TREE
        )
    assert labels(database, document_id, model="m2") == []
    assert labels(database, waiting, model="m2") == ["market", "technology", "technology.training"]
    revoke(database, said)
    assert labels(database, document_id) == labels(database, document_id, model="m2") == ["market"]


def test_two_people_correct_one_document_at_once(database: Database, add: Callable[..., int], say: Say) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    wanted = [("market", Verdict.ABSENT), ("technology.training", Verdict.PRESENT), ("sector.finance", Verdict.PRESENT)]
    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(lambda word: say(document_id, *word), wanted))
    assert labels(database, document_id) == ["sector.finance", "technology", "technology.training"]
    counts = {("", MAY): 1, ("sector.finance", MAY): 1, ("technology", MAY): 1, ("technology.training", MAY): 1}
    assert counted(database) == counted(database, sector="sector.finance") == counts


def test_an_annotation_is_revoked_once_and_never_lost(database: Database, add: Callable[..., int], say: Say) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    said = say(document_id, "market", Verdict.ABSENT)
    revoke(database, said)
    with database.writing() as connection:
        assert annotations.revoke_annotation(connection, said.id, now=NOW) is None
        (kept,) = annotations.list_annotations(connection, document_id)
        assert annotations.count_annotated(connection) == 0
    assert kept == replace(said, revoked_at=NOW + timedelta(hours=1))


def test_a_removed_document_takes_its_annotations_along(database: Database, add: Callable[..., int], say: Say) -> None:
    document_id = add(prepared("about money"), labels=("market",))
    say(document_id, "technology", Verdict.PRESENT)
    with database.writing() as connection:
        documents.remove_documents(connection, [document_id])
        assert annotations.list_annotations(connection, document_id) == []
    assert counted(database) == {}


def test_the_migration_keeps_what_the_model_had_decided(any_database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with any_database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in _OLD_ROWS.strip().splitlines():
            connection.exec_driver_sql(statement)
    assert upgrade(any_database)
    with any_database.reading() as connection:
        decided = taggings.decisions_of(connection, [1, 2], model_version_id=MODEL)
        assert taggings.human_labels_of(connection, [1, 2], model_version_id=MODEL) == {}
    assert {id_: sorted(own) for id_, own in decided.items()} == {1: ["market", "technology"], 2: []}


_DOCUMENT = (
    "INSERT INTO document (id, content_hash, is_lead, title, lang, source_id, jurisdiction, url, external_id, locator, "
    "n_characters, added_at, minhash, text) VALUES ({id}, 'h{id}', true, 't', 'en', 1, '', '', '', '', 1, "
    "'2024-05-01', '', 't')"
)
_OLD_ROWS = f"""
INSERT INTO source (id, name) VALUES (1, 'Wire')
INSERT INTO model_version VALUES ('{MODEL}', '1', 'head', '[]', '{{}}', '{{}}', 'm', '2024-05-01')
{_DOCUMENT.format(id=1)}
{_DOCUMENT.format(id=2)}
INSERT INTO tagging VALUES (1, '{MODEL}', '', '', '2024-05-01'), (2, '{MODEL}', '', '', '2024-05-01')
INSERT INTO document_label VALUES ('{MODEL}', 'market', 1, 0.9), ('{MODEL}', 'technology', 1, 0.8)
"""
