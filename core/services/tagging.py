"""Tagging: stored documents that wait, and a text that someone has just pasted."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.db import models, taggings
from core.domain.documents import Passage
from core.errors import InputError
from core.services.workspace import Workspace, model_folder, now

if TYPE_CHECKING:
    from core.ml.tagger import Tagger

BATCH_DOCUMENTS = 64
BATCH_PASSAGES = 400
one_at_a_time = threading.Lock()
"""Held while texts are read by an encoder: two jobs on one machine would only fight for its cores."""


@dataclass(frozen=True)
class TextTagging:
    """What the model says of a text that is not stored."""

    labels: tuple[str, ...]
    """Labels that hold, most probable first, parents included; none means off topic."""
    probabilities: dict[str, float]
    passages: tuple[tuple[Passage, dict[str, float]], ...]
    model_version: str
    lang: str
    seconds: float


def load_tagger(workspace: Workspace, version: models.ModelVersion) -> "Tagger":
    """Return the classifier of a version, loaded once a process."""
    settings = workspace.settings
    return _load(settings.encoder_dir, model_folder(version, settings), settings.threads)


@lru_cache(maxsize=2)
def _load(encoder: Path, folder: Path, threads: int) -> "Tagger":
    from core.ml.tagger import Tagger

    return Tagger.load(encoder, folder, threads=threads)


def tag_waiting(workspace: Workspace, *, job_id: int | None) -> int:
    """Tag one batch of documents (of a job, or any) that the champion has not tagged; return how many were tagged."""
    version = workspace.champion()
    with workspace.database.reading() as connection:
        waiting = taggings.list_untagged(connection, model_version_id=version.id, limit=BATCH_DOCUMENTS, job_id=job_id)
    batch = within(waiting)
    if not batch:
        return 0
    found = _tag(workspace, version, batch)
    with workspace.database.writing() as connection:
        n_saved = taggings.save_taggings(
            connection,
            found,
            model_version_id=version.id,
            label_ids=version.label_ids,
            taxonomy=workspace.taxonomy,
        )
        models.bump_revision(connection)
    return n_saved


def within(waiting: list[taggings.Untagged]) -> list[taggings.Untagged]:
    """Return the first documents, at least one, that make up a batch of at most BATCH_PASSAGES passages."""
    batch: list[taggings.Untagged] = []
    for document in waiting:
        if batch and sum(len(d.passages) for d in batch) + len(document.passages) > BATCH_PASSAGES:
            break
        batch.append(document)
    return batch


def _tag(workspace: Workspace, version: models.ModelVersion, batch: list[taggings.Untagged]) -> list[taggings.Tagging]:
    from core.ml.aggregate import top_share_mean
    from core.ml.decisions import Rules
    from core.ml.examples import joined

    tagger = load_tagger(workspace, version)
    with one_at_a_time:
        flat = tagger.tag([joined(document.title, part) for document in batch for part in document.passages])
    cuts = np.cumsum([len(document.passages) for document in batch])
    of_passages = np.split(flat, cuts[:-1])
    lengths = [[len(passage) for passage in document.passages] for document in batch]
    rules = Rules(version.label_ids, workspace.taxonomy)
    whole = rules.consistent(np.stack([top_share_mean(*own) for own in zip(of_passages, lengths, strict=True)]))
    held = rules.decisions(whole, tagger.thresholds)
    return [
        taggings.Tagging(document.document_id, whole[row], of_passages[row], tuple(rules.names(held[row])), now())
        for row, document in enumerate(batch)
    ]


def tag_texts(
    workspace: Workspace, version: models.ModelVersion, texts: Sequence[tuple[str, str]]
) -> list[TextTagging]:
    """Tag texts, given as (title, text), without storing them; a text without words gets no label."""
    from core.ingest import detect_language, split_passages
    from core.ingest.clean import clean_text

    started = time.perf_counter()
    cleaned = [clean_text(text) or title for title, text in texts]
    cuts = [split_passages(text) for text in cleaned]
    waiting = [
        taggings.Untagged(i, title, tuple(text[p.start : p.end] for p in cut) or ("",))
        for i, ((title, _), text, cut) in enumerate(zip(texts, cleaned, cuts, strict=True))
    ]
    found = _tag(workspace, version, waiting)
    seconds = (time.perf_counter() - started) / max(1, len(texts))
    return [
        _text_tagging(version, tagging, cut, detect_language(text), seconds)
        for tagging, cut, text in zip(found, cuts, cleaned, strict=True)
    ]


def tag_text(workspace: Workspace, text: str, *, title: str = "") -> TextTagging:
    """Tag one text without storing it; raise InputError where it holds no words."""
    if not text.strip():
        raise InputError("The text is empty; paste some text and try again.")
    return tag_texts(workspace, workspace.champion(), [(title, text)])[0]


def _text_tagging(
    version: models.ModelVersion, tagging: taggings.Tagging, cut: tuple[Passage, ...], lang: str, seconds: float
) -> TextTagging:
    order = np.argsort(-tagging.probabilities, kind="stable")
    return TextTagging(
        labels=tuple(version.label_ids[i] for i in order if version.label_ids[i] in tagging.labels),
        probabilities=_named(version, tagging.probabilities),
        passages=tuple((p, _named(version, row)) for p, row in zip(cut, tagging.passage_probabilities, strict=False)),
        model_version=version.id,
        lang=lang,
        seconds=seconds,
    )


def _named(version: models.ModelVersion, probabilities: NDArray[np.float32]) -> dict[str, float]:
    return {label: float(p) for label, p in zip(version.label_ids, probabilities, strict=True)}
