"""Imported sets of labelled texts: a set comes and goes as a whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from core.db.tables import labelled_set, labelled_text
from core.domain.labelled import LabelledSet, LabelledText


def add_set(
    connection: Connection, name: str, texts: Sequence[LabelledText], *, taxonomy_version: str, now: datetime
) -> LabelledSet:
    """Store a set with its texts and return it; its name must be free."""
    values = {"name": name, "taxonomy_version": taxonomy_version, "created_at": now}
    query = insert(labelled_set).values(values).returning(labelled_set.c.id)
    set_id = int(connection.execute(query).scalar_one())
    rows = [{"set_id": set_id, **vars(text), "labels": list(text.labels)} for text in texts]
    connection.execute(insert(labelled_text), rows)
    return LabelledSet(set_id, name, taxonomy_version, now, len(rows))


def list_sets(connection: Connection) -> list[LabelledSet]:
    """Return the sets, oldest first."""
    n = func.count(labelled_text.c.id).label("n")
    query = select(labelled_set, n).join(labelled_text, isouter=True).group_by(labelled_set.c.id)
    return [LabelledSet(**row) for row in connection.execute(query.order_by(labelled_set.c.id)).mappings()]


def remove_set(connection: Connection, set_id: int) -> None:
    """Remove a set with its texts."""
    connection.execute(delete(labelled_set).where(labelled_set.c.id == set_id))


def texts_of_sets(connection: Connection) -> list[tuple[int, LabelledText]]:
    """Return every imported text with the id of its set, sets oldest first, texts as they came."""
    query = select(labelled_text).order_by(labelled_text.c.set_id, labelled_text.c.id)
    return [(row.set_id, _text(row)) for row in connection.execute(query)]


def _text(row: Row[Any]) -> LabelledText:
    fields = {name: value for name, value in row._mapping.items() if name not in ("id", "set_id")}
    return LabelledText(**{**fields, "labels": tuple(row.labels)})
