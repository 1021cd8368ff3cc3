"""Predictions: which documents wait for a model version, what it said of the others, and the labels that hold.

`tagging` keeps the model's own decision; `document_label` holds it with the standing annotations laid over it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, select

from core.db.annotations import standing_verdicts
from core.db.counting import add_to_rollup, lock_documents, recounted
from core.db.own_labels import ZeroShot, zero_shot_of
from core.db.own_labels import waiting as waiting_for_labels
from core.db.tables import document, document_label, job_item, model_version, passage, tagging
from core.domain.annotations import laid_over
from core.domain.taxonomy import Taxonomy


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
    """The model's decision, parents included."""
    tagged_at: datetime


def _waiting(model_version_id: str, job_id: int | None) -> ColumnElement[bool]:
    done = exists().where(tagging.c.document_id == document.c.id, tagging.c.model_version_id == model_version_id)
    if job_id is None:
        return ~done
    return and_(~done, document.c.job_item_id.in_(select(job_item.c.id).where(job_item.c.job_id == job_id)))


def count_uncompared(connection: Connection, *, label_ids: Sequence[str], job_id: int | None = None) -> int:
    """Return how many documents (of a job, or in all) have not been compared with the descriptions of all labels."""
    query = select(func.count()).select_from(document).where(waiting_for_labels(label_ids, job_id))
    return int(connection.execute(query).scalar_one())


def list_uncompared(
    connection: Connection, *, label_ids: Sequence[str], limit: int, job_id: int | None = None
) -> list[Untagged]:
    """Return documents (of a job, or any) that wait to be compared with labels' descriptions, lowest id first."""
    return _cut(connection, waiting_for_labels(label_ids, job_id), limit)


def count_untagged(connection: Connection, *, model_version_id: str, job_id: int | None = None) -> int:
    """Return how many documents (of a job, or in all) the model version has not tagged."""
    query = select(func.count()).select_from(document)
    if job_id is not None:
        return int(connection.execute(query.where(_waiting(model_version_id, job_id))).scalar_one())
    tagged = select(func.count()).select_from(tagging).where(tagging.c.model_version_id == model_version_id)
    return int(connection.execute(query).scalar_one()) - int(connection.execute(tagged).scalar_one())


def count_tagged(connection: Connection) -> dict[str, int]:
    """Return how many documents each model version has tagged; one that has tagged none is absent."""
    query = select(tagging.c.model_version_id, func.count()).group_by(tagging.c.model_version_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def list_untagged(
    connection: Connection, *, model_version_id: str, limit: int, job_id: int | None = None
) -> list[Untagged]:
    """Return documents (of a job, or any) that the model version has not tagged, lowest id first."""
    return _cut(connection, _waiting(model_version_id, job_id), limit)


def _cut(connection: Connection, wanted: ColumnElement[bool], limit: int) -> list[Untagged]:
    query = select(document.c.id, document.c.title, document.c.text).where(wanted)
    rows = connection.execute(query.order_by(document.c.id).limit(limit)).all()
    cuts: dict[int, list[tuple[int, int]]] = {row.id: [] for row in rows}
    spans = (
        select(passage).where(passage.c.document_id.in_(list(cuts))).order_by(passage.c.document_id, passage.c.ordinal)
    )
    for span in connection.execute(spans):
        cuts[span.document_id].append((span.start, span.end))
    return [Untagged(row.id, row.title, tuple(row.text[a:b] for a, b in cuts[row.id])) for row in rows]


def save_taggings(
    connection: Connection,
    taggings: Sequence[Tagging],
    *,
    model_version_id: str,
    label_ids: Sequence[str],
    taxonomy: Taxonomy,
) -> int:
    """Store taggings, count them into the roll-ups, and return how many were new.

    A document that this model version has tagged already is left as it is, so that a repeated batch changes nothing.
    What humans have said of a document stands over every new tagging.
    """
    wanted = [t.document_id for t in taggings]
    present = lock_documents(connection, wanted)
    own = (tagging.c.document_id.in_(wanted), tagging.c.model_version_id == model_version_id)
    done = set(connection.execute(select(tagging.c.document_id).where(*own)).scalars())
    fresh = [t for t in taggings if t.document_id in present - done]
    if not fresh:
        return 0
    connection.execute(insert(tagging), [_row(t, model_version_id) for t in fresh])
    _write_labels(connection, [(model_version_id, label_ids, t) for t in fresh], taxonomy)
    add_to_rollup(connection, [t.document_id for t in fresh], model_version_id=model_version_id)
    return len(fresh)


def relabel(connection: Connection, document_ids: Sequence[int], *, taxonomy: Taxonomy) -> None:
    """Lay the standing annotations over every model version's decision anew; the roll-ups follow."""
    with recounted(connection, document_ids):
        connection.execute(delete(document_label).where(document_label.c.document_id.in_(document_ids)))
        query = select(tagging, model_version.c.label_ids).join_from(tagging, model_version)
        rows = connection.execute(query.where(tagging.c.document_id.in_(document_ids))).all()
        said = [(row.model_version_id, row.label_ids, _tagging(row, row.label_ids)) for row in rows]
        _write_labels(connection, said, taxonomy)


def _write_labels(
    connection: Connection, said: Iterable[tuple[str, Sequence[str], Tagging]], taxonomy: Taxonomy
) -> None:
    """Store the labels that hold for taggings, each given with its model version and the order of its labels."""
    said = list(said)
    document_ids = [t.document_id for _, _, t in said]
    verdicts, described = standing_verdicts(connection, document_ids), zero_shot_of(connection, document_ids)
    rows = []
    for model_version_id, label_ids, t in said:
        chances = dict(zip(label_ids, t.probabilities, strict=True))
        beside = _beside(t.labels, described.get(t.document_id, {}), taxonomy, known=chances.keys())
        chances |= {label_id: np.float32(own.probability) for label_id, own in beside.items()}
        labels = [*t.labels, *(label_id for label_id, own in beside.items() if own.holds)]
        labelling = laid_over(labels, verdicts.get(t.document_id, ()), taxonomy)
        rows += [
            {
                "document_id": t.document_id,
                "model_version_id": model_version_id,
                "label_id": label_id,
                # the model's, also where a human decided; a label that the model does not know has none
                "probability": float(chances.get(label_id, 0)),
                "by_human": label_id in labelling.human,
            }
            for label_id in labelling.labels
        ]
    if rows:
        connection.execute(insert(document_label), rows)


def _beside(
    labels: Collection[str], described: Mapping[str, ZeroShot], taxonomy: Taxonomy, *, known: Collection[str]
) -> dict[str, ZeroShot]:
    """Return what labels' descriptions say of a document beside a model that does not know these labels.

    Such a label needs the label above it, a sector any label at all: so it never changes what the model said of the
    labels that it was trained for.
    """
    found = {}
    for label_id in described.keys() & taxonomy.by_id.keys() - set(known):
        parent = taxonomy.by_id[label_id].parent
        possible = bool(labels) if parent is None else parent in labels
        found[label_id] = described[label_id]._replace(holds=described[label_id].holds and possible)
    return found


def zero_shot_labels(
    connection: Connection, tagged: Tagging | None, *, label_ids: Sequence[str], taxonomy: Taxonomy
) -> dict[str, float]:
    """Return the labels that a tagged document has by their descriptions alone, with their probabilities."""
    if tagged is None:
        return {}
    described = zero_shot_of(connection, [tagged.document_id]).get(tagged.document_id, {})
    beside = _beside(tagged.labels, described, taxonomy, known=label_ids)
    return {label_id: own.probability for label_id, own in sorted(beside.items()) if own.holds}


def _row(t: Tagging, model_version_id: str) -> dict[str, object]:
    return {
        "document_id": t.document_id,
        "model_version_id": model_version_id,
        # half precision: three decimals of a probability are all that is ever shown
        "probabilities": t.probabilities.astype("<f2").tobytes(),
        "passage_probabilities": t.passage_probabilities.astype("<f2").tobytes(),
        "labels": list(t.labels),
        "tagged_at": t.tagged_at,
    }


def _tagging(row: Row[Any], label_ids: Sequence[str]) -> Tagging:
    of_passages = np.frombuffer(row.passage_probabilities, "<f2").astype(np.float32)
    return Tagging(
        document_id=row.document_id,
        probabilities=np.frombuffer(row.probabilities, "<f2").astype(np.float32),
        passage_probabilities=of_passages.reshape(-1, len(label_ids)),
        labels=tuple(row.labels),
        tagged_at=row.tagged_at,
    )


def get_tagging(
    connection: Connection, document_id: int, *, model_version_id: str, label_ids: Sequence[str]
) -> Tagging | None:
    """Return what the model version says of a document, or None where it has not been tagged."""
    own = (tagging.c.document_id == document_id, tagging.c.model_version_id == model_version_id)
    row = connection.execute(select(tagging).where(*own)).one_or_none()
    return _tagging(row, label_ids) if row else None


def labels_of(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> dict[int, list[str]]:
    """Return the labels that hold for each of the documents, most probable first."""
    return _labels_of(connection, document_ids, document_label.c.model_version_id == model_version_id)


def human_labels_of(
    connection: Connection, document_ids: Sequence[int], *, model_version_id: str
) -> dict[int, list[str]]:
    """Return those labels that hold by a human's word for each of the documents, most probable first."""
    own = and_(document_label.c.model_version_id == model_version_id, document_label.c.by_human)
    return _labels_of(connection, document_ids, own)


def _labels_of(
    connection: Connection, document_ids: Sequence[int], wanted: ColumnElement[bool]
) -> dict[int, list[str]]:
    query = (
        select(document_label.c.document_id, document_label.c.label_id)
        .where(document_label.c.document_id.in_(document_ids), wanted)
        .order_by(document_label.c.document_id, document_label.c.probability.desc(), document_label.c.label_id)
    )
    found: dict[int, list[str]] = {}
    for document_id, label_id in connection.execute(query):
        found.setdefault(document_id, []).append(label_id)
    return found


def decisions_of(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> dict[int, list[str]]:
    """Return the model's own decision on each of the documents that it has tagged."""
    own = (tagging.c.document_id.in_(document_ids), tagging.c.model_version_id == model_version_id)
    return {
        row.document_id: row.labels
        for row in connection.execute(select(tagging.c.document_id, tagging.c.labels).where(*own))
    }


def tagged_among(connection: Connection, document_ids: Sequence[int], *, model_version_id: str) -> set[int]:
    """Return those of the documents that the model version has tagged."""
    own = (tagging.c.document_id.in_(document_ids), tagging.c.model_version_id == model_version_id)
    return set(connection.execute(select(tagging.c.document_id).where(*own)).scalars())


def tagged_by_all(connection: Connection, model_version_ids: Sequence[str], *, limit: int, longest: int) -> list[int]:
    """Return ids of stories' leads that each of the versions has tagged: a sample, the same one each time.

    The order is that of the content's hash, so by chance; documents of more than `longest` characters are left out.
    """
    query = select(document.c.id).where(document.c.is_lead, document.c.n_characters <= longest)
    for version in model_version_ids:
        query = query.where(
            exists().where(tagging.c.document_id == document.c.id, tagging.c.model_version_id == version)
        )
    return list(connection.execute(query.order_by(document.c.content_hash).limit(limit)).scalars())


def whole_taggings(
    connection: Connection, document_ids: Sequence[int], *, model_version_id: str
) -> dict[int, tuple[NDArray[np.float32], list[str]]]:
    """Return what a version said of each of the documents that it has tagged: probabilities and its own decision."""
    own = (tagging.c.document_id.in_(document_ids), tagging.c.model_version_id == model_version_id)
    query = select(tagging.c.document_id, tagging.c.probabilities, tagging.c.labels).where(*own)
    return {
        row.document_id: (np.frombuffer(row.probabilities, "<f2").astype(np.float32), row.labels)
        for row in connection.execute(query)
    }
