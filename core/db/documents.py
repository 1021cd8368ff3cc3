"""Storing, finding and removing documents and their passages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from core.db import search
from core.db.counting import add_to_rollup
from core.db.matching import label_sets, matching, n_labelled
from core.db.stories import choose_lead
from core.db.tables import document, document_band, document_label, job_item, passage, source
from core.domain.dates import PartialDate, Precision
from core.domain.documents import Passage, PreparedDocument
from core.domain.filters import DocumentFilter


def known_hashes(connection: Connection, hashes: Iterable[str]) -> set[str]:
    """Return those content hashes that are stored already."""
    query = select(document.c.content_hash).where(document.c.content_hash.in_(list(hashes)))
    return set(connection.execute(query).scalars())


def source_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Return the ids of sources by name, adding those that are new."""
    wanted = set(names)
    known = {n: i for i, n in connection.execute(select(source.c.id, source.c.name).where(source.c.name.in_(wanted)))}
    for name in sorted(wanted - known.keys()):
        known[name] = connection.execute(insert(source).values(name=name).returning(source.c.id)).scalar_one()
    return known


def add_document(
    connection: Connection, prepared: PreparedDocument, *, source_id: int, job_item_id: int | None, now: datetime
) -> int:
    """Store one document with its passages and index words, as a story of its own; return its id."""
    row = {
        "content_hash": prepared.content_hash,
        "is_lead": True,
        "title": prepared.title,
        "lang": prepared.lang,
        "day": prepared.date.day if prepared.date else None,
        "date_precision": prepared.date.precision.value if prepared.date else None,
        "source_id": source_id,
        "jurisdiction": prepared.jurisdiction,
        "url": prepared.url,
        "external_id": prepared.external_id,
        "locator": prepared.locator,
        "job_item_id": job_item_id,
        "n_characters": len(prepared.text),
        "added_at": now,
        "minhash": prepared.minhash,
        "text": prepared.text,
    }
    document_id = int(connection.execute(insert(document).values(row).returning(document.c.id)).scalar_one())
    connection.execute(update(document).where(document.c.id == document_id).values(story_id=document_id))
    _add_parts(connection, document_id, prepared)
    return document_id


def _add_parts(connection: Connection, document_id: int, prepared: PreparedDocument) -> None:
    passages = [
        {"document_id": document_id, "ordinal": i, "start": p.start, "end": p.end}
        for i, p in enumerate(prepared.passages)
    ]
    connection.execute(insert(passage), passages)
    bands = [{"band": i, "hash": h, "document_id": document_id} for i, h in enumerate(prepared.signature)]
    if bands:
        connection.execute(insert(document_band), bands)
    search.add_to_index(connection, [(document_id, prepared.title, prepared.text)])


def remove_documents(connection: Connection, document_ids: Sequence[int]) -> None:
    """Remove documents with everything derived from them; the rest of a story gets a new lead."""
    rows = connection.execute(
        select(document.c.id, document.c.title, document.c.text, document.c.story_id).where(
            document.c.id.in_(document_ids)
        )
    ).all()
    add_to_rollup(connection, document_ids, sign=-1)
    search.remove_from_index(connection, [(r.id, r.title, r.text) for r in rows])
    connection.execute(delete(document).where(document.c.id.in_(document_ids)))
    for story_id in {r.story_id for r in rows}:
        choose_lead(connection, story_id)


_LISTED = (
    document.c.id,
    document.c.title,
    document.c.lang,
    document.c.day,
    document.c.date_precision,
    source.c.name.label("source"),
    document.c.jurisdiction,
    document.c.url,
    document.c.story_id,
    document.c.is_lead,
    document.c.n_characters,
    document.c.added_at,
    func.substr(document.c.text, 1, 400).label("opening"),
)


def sample_openings(connection: Connection, n: int, *, n_characters: int) -> list[tuple[str, str]]:
    """Return titles of up to n documents and how their texts begin, drawn evenly: by a hash of what they say."""
    opening = func.substr(document.c.text, 1, n_characters)
    query = select(document.c.title, opening).order_by(document.c.content_hash).limit(n)
    return [(title, text) for title, text in connection.execute(query)]


def list_documents(
    connection: Connection,
    chosen: DocumentFilter,
    *,
    model_version_id: str,
    limit: int,
    offset: int = 0,
    newest_added: bool = False,
) -> pd.DataFrame:
    """Return documents that fit, newest date first (or newest arrival first), undated last; one row a document.

    Columns: id, title, lang, day, date_precision, source, jurisdiction, url, story_id, is_lead, n_characters,
    added_at, opening (the first 400 characters).
    """
    order = (document.c.id.desc(),) if newest_added else (document.c.day.desc().nulls_last(), document.c.id.desc())
    query = matching(connection, select(*_LISTED).join_from(document, source), chosen, model_version_id)
    rows = connection.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    return pd.DataFrame(rows, columns=[c.name for c in _LISTED])


def count_documents(connection: Connection, chosen: DocumentFilter, *, model_version_id: str) -> int:
    """Return how many documents fit."""
    query = matching(connection, select(func.count()).select_from(document), chosen, model_version_id)
    sets = label_sets(chosen)
    if sets and replace(chosen, labels=(), together=False, sector="") == DocumentFilter():
        query = _count_of_labels(connection, sets, model_version_id)
    return int(connection.execute(query).scalar_one())


def _count_of_labels(connection: Connection, sets: list[Sequence[str]], model_version_id: str) -> Select[Any]:
    """Return the count of documents that carry a label of each set, from the labels alone, rarest set first."""
    first, *others = sorted(sets, key=lambda labels: n_labelled(connection, labels, model_version_id))
    query = select(func.count(document_label.c.document_id.distinct()))
    query = query.where(document_label.c.model_version_id == model_version_id, document_label.c.label_id.in_(first))
    for labels in others:
        other = document_label.alias()
        own = (other.c.document_id == document_label.c.document_id, other.c.label_id.in_(labels))
        query = query.where(exists().where(other.c.model_version_id == model_version_id, *own))
    return query


def document_ids_of_job(connection: Connection, job_id: int, *, limit: int) -> list[int]:
    """Return ids of documents that a job added, lowest first."""
    query = select(document.c.id).join_from(document, job_item).where(job_item.c.job_id == job_id)
    return list(connection.execute(query.order_by(document.c.id).limit(limit)).scalars())


def get_document(connection: Connection, document_id: int) -> dict[str, Any] | None:
    """Return one document with its whole text, or None."""
    columns = [c for c in _LISTED if c.name != "opening"]
    query = select(*columns, document.c.text, document.c.external_id, document.c.locator).join_from(document, source)
    row = connection.execute(query.where(document.c.id == document_id)).mappings().one_or_none()
    return dict(row) if row else None


def get_passages(connection: Connection, document_ids: Sequence[int]) -> dict[int, list[Passage]]:
    """Return the passages of documents, in order."""
    query = (
        select(passage)
        .where(passage.c.document_id.in_(document_ids))
        .order_by(passage.c.document_id, passage.c.ordinal)
    )
    found: dict[int, list[Passage]] = {id_: [] for id_ in document_ids}
    for row in connection.execute(query):
        found[row.document_id].append(Passage(row.start, row.end))
    return found


def corpus_facts(connection: Connection) -> dict[str, int]:
    """Return n_documents, n_stories, n_passages and n_undated."""

    def count(table: Table, *conditions: ColumnElement[bool]) -> int:
        return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

    n_documents = count(document)
    return {
        "n_documents": n_documents,
        "n_stories": n_documents - count(document, ~document.c.is_lead),
        "n_passages": count(passage),
        "n_undated": count(document, document.c.day.is_(None)),
    }


def filter_choices(connection: Connection) -> dict[str, list[str]]:
    """Return the values that occur, for pickers: sources (by name), langs, jurisdictions (without the empty one)."""
    sources = connection.execute(select(source.c.name).order_by(source.c.name)).scalars()
    # from one pair to the next along the index: reading every document's takes long where there are many
    lang, place = document.c.lang, document.c.jurisdiction
    query, found = select(lang, place).order_by(lang, place).limit(1), set()
    row = connection.execute(query).one_or_none()
    while row:
        found.add((row.lang, row.jurisdiction))
        after = connection.execute(query.where(lang == row.lang, place > row.jurisdiction)).one_or_none()
        row = after or connection.execute(query.where(lang > row.lang)).one_or_none()
    langs, places = ({each[i] for each in found} - {""} for i in range(2))
    return {"sources": list(sources), "langs": sorted(langs), "jurisdictions": sorted(places)}


def first_documents(connection: Connection, job_id: int) -> dict[int, dict[str, str | None]]:
    """Return title, date and lang of the first document of each item of a job, by item id."""
    firsts = (
        select(func.min(document.c.id))
        .join_from(document, job_item)
        .where(job_item.c.job_id == job_id)
        .group_by(document.c.job_item_id)
    )
    columns = (document.c.job_item_id, document.c.title, document.c.day, document.c.date_precision, document.c.lang)
    found: dict[int, dict[str, str | None]] = {}
    for item_id, title, day, precision, lang in connection.execute(select(*columns).where(document.c.id.in_(firsts))):
        date = str(PartialDate(day, Precision(precision))) if day else None
        found[item_id] = {"title": title, "date": date, "lang": lang}
    return found


def texts_of(connection: Connection, document_ids: Sequence[int]) -> list[Row[Any]]:
    """Return id, title, text, lang of documents, in the order of the ids."""
    columns = (document.c.id, document.c.title, document.c.text, document.c.lang)
    rows: list[Row[Any]] = list(connection.execute(select(*columns).where(document.c.id.in_(document_ids))))
    found = {row.id: row for row in rows}
    return [found[document_id] for document_id in document_ids if document_id in found]
