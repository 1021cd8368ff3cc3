"""The record of promotions, on every database that is at hand."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.db import models, promotions
from core.db.engine import Connection, Database
from core.db.promotions import Promotion
from tests.builders import NOW
from tests.db.conftest import MODEL


def promoted(connection: Connection, to: str, from_: str, *, undoes: Promotion | None = None) -> Promotion:
    said = Promotion(0, to, from_, "Ann", "better", NOW, undoes.id if undoes else None)
    return promotions.add_promotion(connection, said)


@pytest.fixture
def connection(database: Database):
    with database.writing() as connection:
        for name in ("m2", "m3"):
            models.add_model_version(connection, replace(models.get_model_version(connection, MODEL), id=name))
        yield connection


def test_the_last_promotion_that_stands_is_the_one_a_rollback_undoes(connection: Connection) -> None:
    first, second = promoted(connection, "m2", MODEL), promoted(connection, "m3", "m2")
    assert promotions.last_standing(connection, "m3") == second
    undone = promoted(connection, "m2", "m3", undoes=second)
    assert promotions.last_standing(connection, "m2") == first
    assert promotions.last_standing(connection, "m3") is None
    assert promotions.list_promotions(connection) == [undone, second, first]


def test_a_promotion_is_undone_once(database: Database, connection: Connection) -> None:
    first = promoted(connection, "m2", MODEL)
    promoted(connection, MODEL, "m2", undoes=first)
    with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
        promoted(connection, MODEL, "m2", undoes=first)


def test_an_alias_stands_for_one_version_and_a_champion_is_no_candidate(connection: Connection) -> None:
    for name in ("m2", "m3"):
        models.set_alias(connection, models.CANDIDATE, name)
    assert models.list_aliases(connection) == {"candidate": "m3", "champion": MODEL}
    models.set_champion(connection, "m2")
    assert models.list_aliases(connection) == {"candidate": "m3", "champion": "m2"}
    models.set_champion(connection, "m3")
    assert models.list_aliases(connection) == {"champion": "m3"}
