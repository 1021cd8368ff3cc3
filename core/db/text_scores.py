"""What model versions say of texts that they are measured on or compared by, which need not be documents."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select

from core.db.tables import text_score

_AT_ONCE = 500
"""Values of one query: SQLite takes a limited number."""


def save_scores(connection: Connection, model_version_id: str, scores: Mapping[str, NDArray[np.float32]]) -> None:
    """Store probabilities [n_labels] by the text's hash; those that are stored already stay as they are."""
    fresh = scores.keys() - scores_of(connection, model_version_id, list(scores)).keys()
    rows = [
        {"model_version_id": model_version_id, "text_hash": key, "probabilities": scores[key].astype("<f4").tobytes()}
        for key in sorted(fresh)
    ]
    if rows:
        connection.execute(insert(text_score), rows)


def has_scores(connection: Connection, model_version_id: str) -> bool:
    """Return whether a version has been asked about any text."""
    query = select(text_score.c.text_hash).where(text_score.c.model_version_id == model_version_id).limit(1)
    return connection.execute(query).first() is not None


def scores_of(
    connection: Connection, model_version_id: str, text_hashes: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """Return the probabilities [n_labels] of those texts that the version has been asked about."""
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(text_hashes), _AT_ONCE):
        own = (
            text_score.c.model_version_id == model_version_id,
            text_score.c.text_hash.in_(text_hashes[start : start + _AT_ONCE]),
        )
        for row in connection.execute(select(text_score.c.text_hash, text_score.c.probabilities).where(*own)):
            found[row.text_hash] = np.frombuffer(row.probabilities, "<f4").astype(np.float32)
    return found
