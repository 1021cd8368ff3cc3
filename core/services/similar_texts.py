"""The labelled texts nearest to a passage, as the model sees them: where a decision may come from.

They are the bundled training texts and chronicle, and the documents that humans corrected. Their vectors are computed
when they are first needed, a label at a time, and kept in the data directory.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from core.config import BUNDLED_DATA
from core.domain.taxonomy import Taxonomy
from core.services.annotations import labelled_examples
from core.services.explaining import load_exact, read_passage
from core.services.registry import describe
from core.services.workspace import Workspace

MOST = 400
"""Labelled texts that a passage is compared with; of more, a part is drawn that stays the same."""
READ_CHARACTERS = 2_000
"""Of a corrected document, which may be long; bundled texts are shorter."""


@dataclass(frozen=True)
class LabelledText:
    """A text with the labels that a human gave it, or looked at."""

    id: str
    text: str
    """With its title, as the model reads it."""
    lang: str
    labels: tuple[str, ...]
    """In tree order, parents included."""
    document_id: int | None
    """Of a corrected document; None for a bundled text."""


@dataclass(frozen=True)
class SimilarTexts:
    """The labelled texts nearest to a passage."""

    texts: tuple[tuple[LabelledText, float], ...]
    """Nearest first, with the cosine of the two vectors; the text itself may be among them, with 1."""
    read: str
    """The passage, as the model reads it."""
    n_compared: int
    n_labelled: int
    """Labelled texts that have the label."""
    learnt: bool
    """Whether the model learnt from just these bundled texts; another may have seen some of them, or none."""


def similar_texts(
    workspace: Workspace,
    document_id: int,
    label_id: str,
    *,
    passage: int | None = None,
    n: int = 5,
    on_progress: Callable[[int, int], None],
) -> SimilarTexts:
    """Return the labelled texts that have a label and are nearest to a passage; see explaining.explain for errors.

    The document itself is left out where it was corrected. The first time for a label takes up to about ten seconds
    on two free cores; on_progress gets how many vectors are computed, and how many have to be.
    """
    from core.ml.neighbours import VectorFile, nearest

    version = workspace.champion()
    read = read_passage(workspace, version, document_id, label_id, passage=passage)
    tagger = load_exact(workspace, version)
    having = [own for own in _labelled(workspace) if label_id in own.labels and own.document_id != document_id]
    compared = _drawn(having)
    learnt = describe(workspace, version).get("data_hash") == _bundled(workspace.taxonomy)[1]
    if not compared:
        return SimilarTexts((), read.text, 0, 0, learnt)
    file = VectorFile(workspace.settings.home / "vectors" / f"{version.id}.npz")
    texts = [own.text for own in compared]
    if missing := file.missing(texts):
        file.add(missing, tagger, on_progress=on_progress)
    near = nearest(tagger.embedder.embed([read.text])[0], file.of(texts), n)
    return SimilarTexts(
        tuple((compared[i], cosine) for i, cosine in near), read.text, len(compared), len(having), learnt
    )


def _drawn(texts: list[LabelledText]) -> list[LabelledText]:
    """Return all texts where they are few, else all corrected ones first and a part of the others by their ids."""
    order = sorted(texts, key=lambda own: (own.document_id is None, hashlib.sha256(own.id.encode()).digest()))
    return order[:MOST]


def _labelled(workspace: Workspace) -> list[LabelledText]:
    from core.ml.examples import joined

    corrected = [
        LabelledText(
            id=example["id"],
            text=joined(example["title"], example["text"])[:READ_CHARACTERS],
            lang=example["lang"],
            labels=tuple(example["labels"]),
            document_id=int(example["id"].removeprefix("document-")),
        )
        for example in labelled_examples(workspace)
    ]
    known = {own.text for own in corrected}  # the bundled chronicle is among the documents that can be corrected
    return [*corrected, *(own for own in _bundled(workspace.taxonomy)[0] if own.text not in known)]


@lru_cache(maxsize=1)
def _bundled(taxonomy: Taxonomy) -> tuple[tuple[LabelledText, ...], str]:
    """Return the bundled labelled texts and the hash that a model which learnt from just them has on record."""
    from core.ml.examples import data_hash, joined, read_examples

    files = [path for name in ("training", "chronicle") for path in sorted((BUNDLED_DATA / name).glob("*.jsonl"))]
    examples = read_examples(files, taxonomy)
    texts = tuple(
        LabelledText(own.id, joined(own.title, own.text), own.lang, taxonomy.in_tree_order(own.labels), None)
        for own in examples
    )
    return texts, data_hash(examples)
