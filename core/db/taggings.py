"""Predictions: which documents wait for a model version, and what it said of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, select

from core.db.rollups import add_to_rollup
from core.db.tables import document, document_label, job_item, passage, tagging


@dataclass(frozen=True)
class Untagged:
    """A document that waits to be tagged, cut into its passages."""

    document_id: int
    title: str
    passages: tuple[str, ...]


@dataclass(frozen=True)
class Tagging:
    """What a model version says of a document."""

    document_id: int
    probabilities: NDArray[np.float32]
    """[n_labels]"""
    passage_probabilities: NDArray[np.float32]
    """[n_passages, n_labels]"""
    labels: tuple[str, ...]
    """Labels that hold, parents included."""
    tagged_at: datetime


def _waiting(model_version_id: str, job_id: int | None) -> ColumnElement[bool]:
    done = exists().where(tagging.c.document_id == document.c.id, tagging.c.model_version_id == model_version_id)
    if job_id is None:
        return ~done
    return and_(~done, document.c.job_item_id.in_(select(job_item.c.id).where(job_item.c.job_id == job_id)))


def count_untagged(connection: Connection, *, model_version_id: str, job_id: int | None = None) -> int:
    """Return how many documents (of a job, or in all) the model version has not tagged."""
    query = select(func.count()).select_from(document).where(_waiting(model_version_id, job_id))
    return int(connection.execute(query).scalar_one())


def list_untagged(
    connection: Connection, *, model_version_id: str, limit: int, job_id: int | None = None
) -> list[Untagged]:
    """Return documents (of a job, or any) that the model version has not tagged, lowest id first."""
    query = select(document.c.id, document.c.title, document.c.text).where(_waiting(model_version_id, job_id))
    rows = connection.execute(query.order_by(document.c.id).limit(limit)).all()
    cuts: dict[int, list[tuple[int, int]]] = {row.id: [] for row in rows}
    spans = (
        select(passage).where(passage.c.document_id.in_(list(cuts))).order_by(passage.c.document_id, passage.c.ordinal)
    )
    for span in connection.execute(spans):
        cuts[span.document_id].append((span.start, span.end))
    return [Untagged(row.id, row.title, tuple(row.text[a:b] for a, b in cuts[row.id])) for row in rows]


def save_taggings(
    connection: Connection, taggings: Sequence[Tagging], *, model_version_id: str, label_ids: Sequence[str]
) -> int:
    """Store taggings, count them into the roll-ups, and return how many were new.

    A document that this model version has tagged already is left as it is, so that a repeated batch changes nothing.
    """
    wanted = [t.document_id for t in taggings]
    present = set(connection.execute(select(document.c.id).where(document.c.id.in_(wanted))).scalars())
    own = (tagging.c.document_id.in_(wanted), tagging.c.model_version_id == model_version_id)
    done = set(connection.execute(select(tagging.c.document_id).where(*own)).scalars())
    fresh = [t for t in taggings if t.document_id in present - done]
    if not fresh:
        return 0
    connection.execute(insert(tagging), [_row(t, model_version_id) for t in fresh])
    place = {label: i for i, label in enumerate(label_ids)}
    labels = [
        {
            "document_id": t.document_id,
            "model_version_id": model_version_id,
            "label_id": label,
            "probability": float(t.probabilities[place[label]]),
        }
        for t in fresh
        for label in t.labels
    ]
    if labels:
        connection.execute(insert(document_label), labels)
    add_to_rollup(connection, [t.document_id for t in fresh])
    return len(fresh)


def _row(t: Tagging, model_version_id: str) -> dict[str, object]:
    return {
        "document_id": t.document_id,
        "model_version_id": model_version_id,
        # half precision: three decimals of a probability are all that is ever shown
        "probabilities": t.probabilities.astype("<f2").tobytes(),
        "passage_probabilities": t.passage_probabilities.astype("<f2").tobytes(),
        "tagged_at": t.tagged_at,
    }


def get_tagging(
    connection: Connection, document_id: int, *, model_version_id: str, label_ids: Sequence[str]
) -> Tagging | None:
    """Return what the model version says of a document, or None where it has not been tagged."""
    own = (tagging.c.document_id == document_id, tagging.c.model_version_id == model_version_id)
    row = connection.execute(select(tagging).where(*own)).one_or_none()
    if row is None:
        return None
    return Tagging(
        document_id=document_id,
        probabilities=np.frombuffer(row.probabilities, "<f2").astype(np.float32),
        passage_probabilities=np.frombuffer(row.passage_probabilities, "<f2")
        .astype(np.float32)
        .reshape(-1, len(label_ids)),
        labels=tuple(labels_of(connection, [document_id], model_version_id=model_version_id).get(document_id, ())),
        tagged_at=row.tagged_at,
    )


def labels_of(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> dict[int, list[str]]:
    """Return the labels that hold for each of the documents, most probable first."""
    query = (
        select(document_label.c.document_id, document_label.c.label_id)
        .where(document_label.c.document_id.in_(document_ids), document_label.c.model_version_id == model_version_id)
        .order_by(document_label.c.document_id, document_label.c.probability.desc(), document_label.c.label_id)
    )
    found: dict[int, list[str]] = {}
    for document_id, label_id in connection.execute(query):
        found.setdefault(document_id, []).append(label_id)
    return found


def tagged_among(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> set[int]:
    """Return those of the documents that the model version has tagged."""
    own = (tagging.c.document_id.in_(document_ids), tagging.c.model_version_id == model_version_id)
    return set(connection.execute(select(tagging.c.document_id).where(*own)).scalars())
