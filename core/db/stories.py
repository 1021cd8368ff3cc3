"""Stories: documents that publish the same text, led by the earliest dated one, which is the one that trends count."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Connection, select, update

from core.db.counting import add_to_rollup
from core.db.tables import document, document_band, source


def story_candidates(connection: Connection, signatures: Sequence[Sequence[int]]) -> list[tuple[int, int, bytes]]:
    """Return stored documents that share a MinHash band with a new one, as (index of the new, story id, minhash)."""
    found: set[tuple[int, int, bytes]] = set()
    for band in range(len(signatures[0]) if signatures else 0):
        owners: dict[int, list[int]] = {}
        for index, signature in enumerate(signatures):
            owners.setdefault(signature[band], []).append(index)
        query = (
            select(document_band.c.hash, document.c.story_id, document.c.minhash)
            .join_from(document_band, document)
            .where(document_band.c.band == band, document_band.c.hash.in_(list(owners)))
        )
        for hash_, story_id, minhash in connection.execute(query):
            found.update((index, story_id, minhash) for index in owners[hash_])
    return sorted(found)


def join_story(connection: Connection, document_id: int, story_id: int) -> None:
    """Make a new document part of a story; the earliest dated document leads it and is the one that trends count."""
    connection.execute(update(document).where(document.c.id == document_id).values(story_id=story_id, is_lead=False))
    choose_lead(connection, story_id)


def choose_lead(connection: Connection, story_id: int) -> None:
    """Let the earliest dated document of a story lead it, moving the counts if the lead changes."""
    query = (
        select(document.c.id, document.c.is_lead)
        .where(document.c.story_id == story_id)
        .order_by(document.c.day.is_(None), document.c.day, document.c.id)
    )
    members = connection.execute(query).all()
    if not members or members[0].is_lead:
        return
    former = [m.id for m in members if m.is_lead]
    add_to_rollup(connection, former, sign=-1)
    connection.execute(update(document).where(document.c.id.in_(former)).values(is_lead=False))
    connection.execute(update(document).where(document.c.id == members[0].id).values(is_lead=True))
    add_to_rollup(connection, [members[0].id])


def get_story(connection: Connection, story_id: int) -> pd.DataFrame:
    """Return the documents of one story, lead first: id, title, day, date_precision, source, is_lead."""
    columns = (
        document.c.id,
        document.c.title,
        document.c.day,
        document.c.date_precision,
        source.c.name,
        document.c.is_lead,
    )
    query = select(*columns).join_from(document, source).where(document.c.story_id == story_id)
    rows = connection.execute(query.order_by(document.c.is_lead.desc(), document.c.day, document.c.id)).all()
    return pd.DataFrame(rows, columns=["id", "title", "day", "date_precision", "source", "is_lead"])
