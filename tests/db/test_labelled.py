"""Imported sets and what versions say of texts, on every database that is at hand."""

import numpy as np

from core.db import labelled, text_scores
from core.db.engine import Database
from core.domain.labelled import LabelledText
from tests.builders import NOW
from tests.db.conftest import MODEL


def text(id_: str) -> LabelledText:
    return LabelledText(id_, "zh", "2024-05", "规划", f"Text {id_}", ("market",), b"\0\1")


def test_a_set_goes_with_its_texts_and_leaves_the_others(database: Database) -> None:
    with database.writing() as connection:
        first = labelled.add_set(connection, "first", [text("a"), text("b")], taxonomy_version="1", now=NOW)
        second = labelled.add_set(connection, "second", [text("a")], taxonomy_version="1", now=NOW)
        assert labelled.list_sets(connection) == [first, second]
        assert [found.n for found in labelled.list_sets(connection)] == [2, 1]
        assert labelled.texts_of_sets(connection)[:2] == [(first.id, text("a")), (first.id, text("b"))]
        labelled.remove_set(connection, first.id)
        assert labelled.list_sets(connection) == [second]
        assert labelled.texts_of_sets(connection) == [(second.id, text("a"))]


def test_what_a_version_says_of_a_text_is_kept_once(database: Database) -> None:
    said = {f"hash-{n}": np.array([n / 2000, 0.25], dtype=np.float32) for n in range(1200)}
    with database.writing() as connection:
        assert not text_scores.has_scores(connection, MODEL)
        text_scores.save_scores(connection, MODEL, said)
        text_scores.save_scores(connection, MODEL, {"hash-1": np.ones(2, dtype=np.float32)})
        assert text_scores.has_scores(connection, MODEL)
        found = text_scores.scores_of(connection, MODEL, [*said, "unknown"])
        assert text_scores.scores_of(connection, "another", list(said)) == {}
    assert found.keys() == said.keys()
    assert all(np.array_equal(found[key], said[key]) for key in said)
