"""Why the champion says what it says of a label: asked for one passage at a time, and computed when asked."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.db import documents, models, taggings
from core.domain.documents import Passage
from core.errors import InputError, MissingError
from core.services.registry import require_files
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.explanation import Explanation
    from core.ml.tagger import Tagger


@dataclass(frozen=True)
class ReadPassage:
    """One passage as the model reads it, and what is stored of its document."""

    ordinal: int
    """From 0."""
    text: str
    """The document's title, a line break, the passage; see core.ml.examples.joined."""
    passages: tuple[Passage, ...]
    """Of the whole document."""
    stored: taggings.Tagging


@dataclass(frozen=True)
class PassageExplanation:
    """Why a label holds of a passage, or does not; spans count the characters of `text`."""

    text: str
    ordinal: int
    """From 0."""
    n_passages: int
    found: "Explanation"
    document_holds: bool
    """Whether the model gives the whole document the label, whatever humans said."""
    document_follows: bool
    """Whether the document's label changes, too, with what changes the passage's."""
    model_version: str


def explain(workspace: Workspace, document_id: int, label_id: str, *, passage: int | None = None) -> PassageExplanation:
    """Explain a label of a passage (ordinal from 0), or of the one that speaks most for it.

    The classifier reads the passage about twenty times, in float32 on every machine, so that no rounding shows in the
    differences. Raise MissingError for an unknown document, InputError where it waits to be tagged or the model does
    not know the label, ModelError where the model's files are gone.
    """
    from core.ingest import split_sentences
    from core.ml.explanation import Probe
    from core.ml.explanation import explain as explain_text
    from core.ml.words import without

    version = workspace.champion()
    read = read_passage(workspace, version, document_id, label_id, passage=passage)
    tagger = load_exact(workspace, version)
    sentences = [(sentence.start, sentence.end) for sentence in split_sentences(read.text)]
    found = explain_text(Probe(tagger, workspace.taxonomy, label_id), read.text, sentences)
    holds, follows = label_id in read.stored.labels, False
    if found.change and found.change.decides:
        changed = without(read.text, found.change.spans)
        follows = (label_id in _document_labels(workspace, tagger, read, changed)) != holds
    return PassageExplanation(read.text, read.ordinal, len(read.passages), found, holds, follows, version.id)


def read_passage(
    workspace: Workspace, version: models.ModelVersion, document_id: int, label_id: str, *, passage: int | None
) -> ReadPassage:
    """Return a passage, or the one that speaks most for a label; see `explain` for what is raised."""
    from core.ml.examples import joined

    if label_id not in version.label_ids:
        raise InputError("The model {version} does not know the label {label}.", version=version.id, label=label_id)
    with workspace.database.reading() as connection:
        document = documents.get_document(connection, document_id)
        spans = tuple(documents.get_passages(connection, [document_id])[document_id])
        stored = taggings.get_tagging(connection, document_id, model_version_id=version.id, label_ids=version.label_ids)
    if document is None:
        raise MissingError("There is no document {id}; it may have been removed.", id=document_id)
    if stored is None:
        raise InputError("Document {id} waits to be tagged; ask again once it is.", id=document_id)
    lineage = [i for i, own in enumerate(version.label_ids) if f"{own}.".startswith(f"{label_id}.")]
    best = int(np.argmax(stored.passage_probabilities[:, lineage].max(axis=1)))
    ordinal = passage if passage is not None and 0 <= passage < len(spans) else best
    text = document["text"][spans[ordinal].start : spans[ordinal].end]
    return ReadPassage(ordinal, joined(document["title"], text), spans, stored)


def load_exact(workspace: Workspace, version: models.ModelVersion) -> "Tagger":
    """Return the classifier of a version in float32, loaded once a process."""
    settings = workspace.settings
    return _load(settings.encoder_dir, require_files(workspace, version), settings.threads)


@lru_cache(maxsize=1)
def _load(encoder: Path, folder: Path, threads: int) -> "Tagger":
    from core.ml.tagger import Tagger

    return Tagger.load(encoder, folder, threads=threads, exact=True)


def _document_labels(workspace: Workspace, tagger: "Tagger", read: ReadPassage, changed: str) -> list[str]:
    """Return the labels that a document would have, were the passage changed and the others as they are."""
    from core.ml.aggregate import top_share_mean
    from core.ml.decisions import Rules

    rows = read.stored.passage_probabilities.copy()
    rows[read.ordinal] = tagger.tag([changed])[0]
    whole = top_share_mean(rows, [span.end - span.start for span in read.passages])
    rules = Rules(tagger.label_ids, workspace.taxonomy)
    return rules.names(rules.decisions(whole[None], tagger.thresholds)[0])
