"""What model versions say of texts that they are measured on: asked once, kept, and never asked again."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.db import models, text_scores
from core.services.tagging import tag_texts
from core.services.workspace import Workspace

AT_ONCE = 64
"""Texts after which what was found is stored: what is cut off goes on from there."""
Text = tuple[str, str]
"""Title and text."""


def unheard(_done: int, _total: int) -> None:
    """Take progress and say nothing."""


def measure(
    workspace: Workspace,
    version: models.ModelVersion,
    texts: Sequence[Text],
    *,
    on_progress: Callable[[int, int], None] = unheard,
) -> None:
    """Ask a version about those of the texts that it has not been asked about; see tag_texts."""
    waiting = unmeasured(workspace, version, texts)
    for start in range(0, len(waiting), AT_ONCE):
        on_progress(start, len(waiting))
        batch = waiting[start : start + AT_ONCE]
        found = tag_texts(workspace, version, batch)
        scores = {
            key_of(text): np.array([tagging.probabilities[label] for label in version.label_ids], dtype=np.float32)
            for text, tagging in zip(batch, found, strict=True)
        }
        with workspace.database.writing() as connection:
            text_scores.save_scores(connection, version.id, scores)
    on_progress(len(waiting), len(waiting))


def unmeasured(workspace: Workspace, version: models.ModelVersion, texts: Sequence[Text]) -> list[Text]:
    """Return those of the texts that a version has not been asked about, each once."""
    by_key = {key_of(text): text for text in texts}
    with workspace.database.reading() as connection:
        known = text_scores.scores_of(connection, version.id, list(by_key))
    return [text for key, text in by_key.items() if key not in known]


def probabilities_of(workspace: Workspace, version: models.ModelVersion, texts: Sequence[Text]) -> NDArray[np.float32]:
    """Return what a version says of texts that it was asked about, [n, n_labels of the version]."""
    keys = [key_of(text) for text in texts]
    with workspace.database.reading() as connection:
        known = text_scores.scores_of(connection, version.id, list(dict.fromkeys(keys)))
    found = [known[key] for key in keys]
    return np.stack(found) if found else np.zeros((0, len(version.label_ids)), dtype=np.float32)


def decisions_of(
    workspace: Workspace, version: models.ModelVersion, probabilities: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return which labels hold by a version's thresholds, [n, labels of the tree]; those that it lacks do not."""
    from core.ml.decisions import Rules

    thresholds = np.array([version.thresholds[label] for label in version.label_ids], dtype=np.float32)
    held = Rules(version.label_ids, workspace.taxonomy).decisions(probabilities, thresholds)
    return in_tree_order(workspace, version, held)


def in_tree_order(workspace: Workspace, version: models.ModelVersion, columns: NDArray[Any]) -> NDArray[Any]:
    """Return columns in a version's order as columns of the tree; a label that the version lacks has zeros."""
    place = {label.id: index for index, label in enumerate(workspace.taxonomy.labels)}
    found = np.zeros((len(columns), len(place)), dtype=columns.dtype)
    for index, label_id in enumerate(version.label_ids):
        if label_id in place:
            found[:, place[label_id]] = columns[:, index]
    return found


def key_of(text: Text) -> str:
    """Return the key that what is said of a text is kept under."""
    return hashlib.sha256("\n".join(text).encode("utf-8", "replace")).hexdigest()[:32]
