"""Where labelled texts come from: the bundled ones, imported sets, and the corrections of documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import BUNDLED_DATA
from core.db import annotations, labelled, taggings
from core.domain.annotations import implied, laid_over
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.examples import Example

BUNDLED = ("training", "chronicle")
"""Folders of data/ with labelled texts; their names are their examples' source."""
CORRECTION, IMPORT = "correction", "import:"


class Authority(IntEnum):
    """Whose labels win where the same story has several; the highest does."""

    BUNDLED = 0
    IMPORTED = 1
    CORRECTED = 2


@dataclass(frozen=True)
class Labelled:
    """An example with what it takes to weigh it against others."""

    example: "Example"
    authority: Authority
    minhash: bytes = field(repr=False)
    set_id: int | None = None
    document_id: int | None = None
    judged: frozenset[str] | None = None
    """The labels that a human judged; None: all of them."""


def all_labelled(workspace: Workspace) -> list[Labelled]:
    """Return everything that is labelled: bundled texts, sets in order of import, corrections by document.

    What comes later never stands before what was there: the order decides what stories are called.
    """
    found = [*_bundled(), *_imported(workspace)]
    return [*found, *_corrected(workspace, found)]


@lru_cache(maxsize=1)
def _bundled() -> tuple[Labelled, ...]:
    from core.ingest import minhash
    from core.ml.examples import read_examples

    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    return tuple(
        Labelled(replace(example, source=source), Authority.BUNDLED, minhash(example.text))
        for source in BUNDLED
        for example in read_examples(_files(source), taxonomy)
    )


def _files(source: str) -> list[Path]:
    return sorted((BUNDLED_DATA / source).glob("*.jsonl"))


def _imported(workspace: Workspace) -> Iterable[Labelled]:
    from core.ml.examples import Example

    with workspace.database.reading() as connection:
        names = {known.id: known.name for known in labelled.list_sets(connection)}
        texts = labelled.texts_of_sets(connection)
    for set_id, text in texts:
        source = f"{IMPORT}{names[set_id]}"
        labels = _known(text.labels, workspace.taxonomy)
        example = Example(f"{source}:{text.external_id}", text.lang, text.title, text.text, labels, source=source)
        yield Labelled(example, Authority.IMPORTED, text.minhash, set_id=set_id)


def _known(labels: Iterable[str], taxonomy: Taxonomy) -> frozenset[str]:
    """Return those labels that the tree of today has."""
    return frozenset(taxonomy.with_parents(label for label in labels if label in taxonomy.by_id))


def _corrected(workspace: Workspace, others: Iterable[Labelled]) -> Iterable[Labelled]:
    """Yield the corrected documents, the corrections laid over what a human had said of the same text, else a model."""
    from core.ingest import content_hash, minhash
    from core.ml.examples import Example

    version = workspace.champion()
    with workspace.database.reading() as connection:
        rows = annotations.annotated_documents(connection)
        ids = [row.id for row in rows]
        said = annotations.standing_verdicts(connection, ids)
        decided = taggings.decisions_of(connection, ids, model_version_id=version.id)
    wanted = {content_hash("", row.text) for row in rows}
    human = _labels_by_text(others, wanted)
    for row in rows:
        known = human.get(content_hash("", row.text))
        before = decided.get(row.id, ()) if known is None else known
        labels = _known(laid_over(before, said[row.id], workspace.taxonomy).labels, workspace.taxonomy)
        judged = None if known is not None else frozenset(implied(said[row.id], workspace.taxonomy))
        example = Example(f"document-{row.id}", row.lang, row.title, row.text, labels, source=CORRECTION)
        yield Labelled(example, Authority.CORRECTED, minhash(row.text), document_id=row.id, judged=judged)


def _labels_by_text(others: Iterable[Labelled], wanted: set[str]) -> Mapping[str, frozenset[str]]:
    from core.ingest import content_hash

    if not wanted:
        return {}
    found = {content_hash("", other.example.text): other.example.labels for other in others}
    return {key: labels for key, labels in found.items() if key in wanted}
