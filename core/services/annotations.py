"""Corrections: what humans say of documents and passages, and the labelled examples that come of it."""

import getpass
from typing import Any

from core.db import annotations as rows
from core.db import counting, documents, models, taggings
from core.db.engine import Connection
from core.domain.annotations import Annotation, Verdict, laid_over
from core.domain.dates import PartialDate, Precision
from core.errors import InputError, MissingError
from core.services.workspace import Workspace, now

EXAMPLE_FIELDS = ("id", "lang", "date", "title", "text", "labels")


def record_annotation(
    workspace: Workspace,
    document_id: int,
    label_id: str,
    verdict: Verdict,
    *,
    author: str,
    passage: int | None = None,
) -> Annotation:
    """Keep a person's word on a label of a document, or of one passage (ordinal from 0); labels and trends follow.

    Raise InputError for an unknown label, an empty author or a passage out of range, MissingError for an unknown
    document. Of a passage nothing follows for its document.
    """
    workspace.taxonomy.require([label_id])
    author = " ".join(author.split())
    if not author:
        raise InputError("A correction is kept with its author's name, and it is empty; enter your name and try again.")
    champion = workspace.champion().id
    with workspace.database.writing() as connection:
        _require_place(connection, document_id, passage)
        tagged = taggings.tagged_among(connection, [document_id], model_version_id=champion)
        said = Annotation(
            id=0,
            document_id=document_id,
            passage=passage,
            label_id=label_id,
            verdict=verdict,
            author=author,
            created_at=now(),
            model_version_id=champion if tagged else None,
            taxonomy_version=workspace.taxonomy.version,
        )
        stored = rows.add_annotation(connection, said)
        _follow(workspace, connection, stored)
    return stored


def _require_place(connection: Connection, document_id: int, passage: int | None) -> None:
    if not counting.lock_documents(connection, [document_id]):
        raise MissingError("There is no document {id}; it may have been removed.", id=document_id)
    n_passages = len(documents.get_passages(connection, [document_id])[document_id])
    if passage is not None and not 0 <= passage < n_passages:
        raise InputError(
            "Document {id} has passages 1 to {n}, and no passage {found}; choose one of them.",
            id=document_id,
            n=n_passages,
            found=passage + 1,
        )


def _follow(workspace: Workspace, connection: Connection, changed: Annotation) -> None:
    """Bring labels, roll-ups and the revision up to date with an annotation that was added or revoked."""
    if changed.passage is None:
        taggings.relabel(connection, [changed.document_id], taxonomy=workspace.taxonomy)
    models.bump_revision(connection)


def revoke_annotation(workspace: Workspace, annotation_id: int) -> Annotation:
    """Undo one correction, as if it had not been made; raise MissingError where it does not stand."""
    with workspace.database.writing() as connection:
        revoked = rows.revoke_annotation(connection, annotation_id, now=now())
        if revoked is None:
            raise MissingError(
                "There is no correction {id} to undo; it may have been undone already.", id=annotation_id
            )
        _follow(workspace, connection, revoked)
    return revoked


def undo_last_annotation(workspace: Workspace, document_id: int, *, author: str) -> Annotation:
    """Undo a person's latest correction of a document or its passages; raise MissingError where none stands."""
    author = " ".join(author.split())
    with workspace.database.reading() as connection:
        last = rows.find_last_annotation(connection, document_id, author=author)
    if last is None:
        raise MissingError("No correction of document {id} by {author} is left to undo.", id=document_id, author=author)
    return revoke_annotation(workspace, last.id)


def default_author() -> str:
    """Return the operating system's name of the user, or '' where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user on this machine, as in some containers
        return ""


def list_annotations(workspace: Workspace, document_id: int) -> list[Annotation]:
    """Return everything that was said of a document and its passages, oldest first, what was undone included."""
    with workspace.database.reading() as connection:
        return rows.list_annotations(connection, document_id)


def count_annotated(workspace: Workspace) -> int:
    """Return how many documents a correction stands for; those of passages alone do not count."""
    with workspace.database.reading() as connection:
        return rows.count_annotated(connection)


def labelled_examples(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the documents that a correction stands for, as training reads them; labels are those after corrections.

    Each has id, lang, date (as precise as it is known, or None), title, text, labels (in tree order). A document
    that the champion has not tagged has the labels that humans gave it.
    """
    version = workspace.champion()
    with workspace.database.reading() as connection:
        found = rows.annotated_documents(connection)
        ids = [row.id for row in found]
        verdicts = rows.standing_verdicts(connection, ids)
        decided = taggings.decisions_of(connection, ids, model_version_id=version.id)
    return [
        {
            "id": f"document-{row.id}",
            "lang": row.lang,
            "date": str(PartialDate(row.day, Precision(row.date_precision))) if row.day else None,
            "title": row.title,
            "text": row.text,
            "labels": list(laid_over(decided.get(row.id, ()), verdicts[row.id], workspace.taxonomy).labels),
        }
        for row in found
    ]
