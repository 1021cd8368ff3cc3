"""Where champion and candidate differ: on the labelled texts they are measured on, and on the user's documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.db import documents, taggings
from core.db.models import ModelVersion
from core.services import measuring
from core.services.gate import Trial
from core.services.measuring import unheard
from core.services.registry import find_model, require_files
from core.services.workspace import Workspace

SAMPLE = 200
"""Documents that are tagged for a comparison where the candidate has not tagged history."""
MOST = 4000
"""Documents that are compared where both have."""
LONGEST = 20_000
"""Characters of a document that is compared: a book would take as long as all the others."""
SHOWN = 100
COLUMNS = ("document_id", "text_id", "text", "lang", "label_id", "champion", "candidate", "n_labels", "true")

Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Disagreements:
    """Texts that two versions decide differently about, the strongest differences first, at most SHOWN."""

    frame: pd.DataFrame
    """document_id (or None), text_id, text (title or beginning), lang; label_id: the label with the largest difference;
    champion, candidate: its probabilities; n_labels that differ; true: whether it holds, None where nobody said."""
    n: int
    """Texts compared."""
    n_differing: int
    """Those of them with at least one label decided differently."""


@dataclass(frozen=True)
class _Text:
    document_id: int | None
    text_id: str
    title: str
    lang: str
    labels: frozenset[str] | None


@dataclass(frozen=True)
class _Said:
    """What one version says of texts, [n, labels of the tree]."""

    probabilities: Floats
    held: Flags


def on_test(workspace: Workspace, tried: Trial) -> Disagreements:
    """Return where both differ on a trial's texts, which they have been asked about; see gate.judge."""
    texts = [(example.title, example.text) for example in tried.examples]
    rows = [
        _Text(None, example.id, example.title or example.text, example.lang, example.labels)
        for example in tried.examples
    ]
    pair = [_measured(workspace, version, texts) for version in (tried.champion, tried.candidate)]
    return _differing(workspace, rows, pair[0], pair[1])


def compared_documents(workspace: Workspace, candidate: str) -> list[int]:
    """Return the documents to compare on: those that both have tagged, or else a sample of the champion's."""
    pair = [workspace.champion().id, find_model(workspace, candidate).id]
    with workspace.database.reading() as connection:
        both = taggings.tagged_by_all(connection, pair, limit=MOST, longest=LONGEST)
        if len(both) >= SAMPLE:
            return both
        return taggings.tagged_by_all(connection, pair[:1], limit=SAMPLE, longest=LONGEST)


def count_untagged(workspace: Workspace, candidate: str) -> int:
    """Return how many of the documents to compare on the candidate has still to tag."""
    return len(_untagged(workspace, find_model(workspace, candidate), compared_documents(workspace, candidate)))


def on_documents(
    workspace: Workspace, candidate: str, *, on_progress: Callable[[int, int], None] = unheard
) -> Disagreements:
    """Return where both differ on the user's documents; the candidate tags those of a sample that it has not tagged.

    What it says of a sample counts in no chart. on_progress is `gate.judge`'s.
    """
    champion, version = workspace.champion(), find_model(workspace, candidate)
    ids = compared_documents(workspace, candidate)
    if waiting := _untagged(workspace, version, ids):
        require_files(workspace, version)
        measuring.measure(workspace, version, waiting, on_progress=on_progress)
    with workspace.database.reading() as connection:
        found = documents.texts_of(connection, ids)
    rows = [_Text(row.id, f"document-{row.id}", row.title, row.lang, None) for row in found]
    texts = {row.id: (row.title, row.text) for row in found}
    pair = [_stored(workspace, one, texts) for one in (champion, version)]
    return _differing(workspace, rows, pair[0], pair[1])


def _untagged(workspace: Workspace, version: ModelVersion, ids: Sequence[int]) -> list[measuring.Text]:
    with workspace.database.reading() as connection:
        done = taggings.tagged_among(connection, ids, model_version_id=version.id)
        texts = documents.texts_of(connection, [id_ for id_ in ids if id_ not in done])
    return measuring.unmeasured(workspace, version, [(row.title, row.text) for row in texts])


def _measured(workspace: Workspace, version: ModelVersion, texts: Sequence[measuring.Text]) -> _Said:
    probabilities = measuring.probabilities_of(workspace, version, texts)
    held = measuring.decisions_of(workspace, version, probabilities)
    return _Said(measuring.in_tree_order(workspace, version, probabilities), held)


def _stored(workspace: Workspace, version: ModelVersion, texts: dict[int, measuring.Text]) -> _Said:
    """Return what a version says of documents: as it tagged them, else as it was asked for a comparison."""
    with workspace.database.reading() as connection:
        stored = taggings.whole_taggings(connection, list(texts), model_version_id=version.id)
    rest = [document_id for document_id in texts if document_id not in stored]
    asked = _measured(workspace, version, [texts[document_id] for document_id in rest])
    place = {document_id: row for row, document_id in enumerate(rest)}
    shape = (len(texts), len(workspace.taxonomy.labels))
    said = _Said(np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=bool))
    for row, document_id in enumerate(texts):
        if document_id in stored:
            probabilities, labels = stored[document_id]
            said.probabilities[row] = measuring.in_tree_order(workspace, version, probabilities[None])[0]
            said.held[row] = [label.id in labels for label in workspace.taxonomy.labels]
        else:
            said.probabilities[row] = asked.probabilities[place[document_id]]
            said.held[row] = asked.held[place[document_id]]
    return said


def _differing(workspace: Workspace, texts: Sequence[_Text], before: _Said, after: _Said) -> Disagreements:
    differs = before.held != after.held
    strength = np.where(differs, np.abs(after.probabilities - before.probabilities), -1.0)
    rows = np.flatnonzero(differs.any(axis=1))
    strongest = rows[np.argsort(-strength[rows].max(axis=1, initial=-1.0), kind="stable")][:SHOWN]
    found = []
    for row in strongest:
        text, column = texts[row], int(strength[row].argmax())
        label_id = workspace.taxonomy.labels[column].id
        found.append(
            (
                text.document_id,
                text.text_id,
                " ".join(text.title.split())[:160],
                text.lang,
                label_id,
                float(before.probabilities[row, column]),
                float(after.probabilities[row, column]),
                int(differs[row].sum()),
                None if text.labels is None else label_id in text.labels,
            )
        )
    frame = pd.DataFrame(found, columns=list(COLUMNS)).astype({"document_id": "Int64", "true": "boolean"})
    return Disagreements(frame, len(texts), len(rows))
