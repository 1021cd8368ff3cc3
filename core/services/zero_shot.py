"""Comparing documents with the descriptions of labels that no model was trained for yet."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.config import BUNDLED_DATA
from core.db import models, taggings
from core.db import own_labels as rows
from core.domain.taxonomy import Label
from core.domain.taxonomy_file import load_taxonomy
from core.services.own_labels import untrained_labels
from core.services.tagging import BATCH_DOCUMENTS, one_at_a_time, within
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.zero_shot import Descriptions


def compare_waiting(workspace: Workspace, *, job_id: int | None) -> int:
    """Compare one batch of documents (of a job, or any) with the untrained labels; return how many there were."""
    own = untrained_labels(workspace, workspace.champion())
    if not own:
        return 0
    label_ids = [one.id for one in own]
    with workspace.database.reading() as connection:
        waiting = taggings.list_uncompared(connection, label_ids=label_ids, limit=BATCH_DOCUMENTS, job_id=job_id)
    batch = within(waiting)
    if not batch:
        return 0
    found = _compare(workspace, tuple(one.as_label() for one in own), batch)
    with workspace.database.writing() as connection:
        present = {one.id for one in rows.list_own_labels(connection)}
        rows.save_zero_shot(connection, [one for one in found if one.label_id in present])
        taggings.relabel(connection, [document.document_id for document in batch], taxonomy=workspace.taxonomy)
        models.bump_revision(connection)
    return len(batch)


def count_waiting(workspace: Workspace, *, job_id: int | None) -> int:
    """Return how many documents (of a job, or in all) have not been compared with all untrained labels."""
    own = untrained_labels(workspace, workspace.champion())
    if not own:
        return 0
    with workspace.database.reading() as connection:
        return taggings.count_uncompared(connection, label_ids=[one.id for one in own], job_id=job_id)


def _compare(workspace: Workspace, labels: tuple[Label, ...], batch: list[taggings.Untagged]) -> list[rows.ZeroShot]:
    from core.ml.aggregate import top_share_mean
    from core.ml.examples import joined

    settings = workspace.settings
    with one_at_a_time:
        descriptions = _load(settings.encoder_dir, settings.home, labels, settings.threads)
        flat = descriptions.probabilities([joined(d.title, part) for d in batch for part in d.passages])
    of_passages = np.split(flat, np.cumsum([len(d.passages) for d in batch])[:-1])
    found = []
    for document, own in zip(batch, of_passages, strict=True):
        whole = top_share_mean(own, [len(passage) for passage in document.passages])
        found += [
            rows.ZeroShot(document.document_id, label.id, float(chance), bool(chance >= descriptions.threshold))
            for label, chance in zip(labels, whole, strict=True)
        ]
    return found


@lru_cache(maxsize=1)
def _load(encoder: Path, home: Path, labels: tuple[Label, ...], threads: int) -> "Descriptions":
    from core.ml.examples import read_examples
    from core.ml.zero_shot import Bundled, Descriptions

    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    files = [file for part in ("training", "chronicle") for file in sorted((BUNDLED_DATA / part).glob("*.jsonl"))]
    bundled = Bundled(lambda: read_examples(files, taxonomy), taxonomy)
    return Descriptions.load(encoder, labels, bundled, keep_in=home, threads=threads)
