"""Documents as an analyst meets them: lists, the reader with its evidence, exports."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core.db import annotations, models, own_labels, stories, taggings
from core.db import documents as rows
from core.domain.annotations import NO_LABELS, Annotation, Labelling, Verdict, laid_over
from core.domain.dates import PartialDate, Precision
from core.domain.documents import Passage
from core.domain.filters import DocumentFilter
from core.domain.taxonomy import Taxonomy
from core.errors import MissingError
from core.services.workspace import Workspace, now

EXPORT_LIMIT = 100_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class DocumentPage:
    """One page of a list, a row a document: id, title, lang, day, source, …, labels, human_labels, tagged."""

    frame: pd.DataFrame
    n_total: int
    page: int
    n_pages: int


@dataclass(frozen=True)
class TaggedPassage:
    """A stretch of the text with the probability of every label."""

    start: int
    end: int
    probabilities: dict[str, float]
    labelling: Labelling = NO_LABELS
    """What holds of the passage, were it a document, with the passage's own annotations."""


@dataclass(frozen=True)
class ReadingTagging:
    """What a model version says of a document."""

    model_version: str
    taxonomy_version: str
    tagged_at: datetime
    probabilities: dict[str, float]
    thresholds: dict[str, float]
    passages: tuple[TaggedPassage, ...]


@dataclass(frozen=True)
class Reading:
    """One document, whole."""

    id: int
    title: str
    text: str
    lang: str
    date: PartialDate | None
    source: str
    jurisdiction: str
    url: str
    added_at: datetime
    locator: str
    story: pd.DataFrame
    """Every document of the story, lead first: id, title, day, date_precision, source, is_lead."""
    tagging: ReadingTagging | None
    labelling: Labelling = NO_LABELS
    zero_shot: dict[str, float] = field(default_factory=dict)
    """Labels that the document has by their description alone, with the probability; the model does not know them."""
    annotations: tuple[Annotation, ...] = ()
    """Everything that was said of the document and its passages, oldest first, what was revoked included."""

    def evidence(self, label_id: str) -> list[int]:
        """Return the ordinals of the passages that carried a label, best first; none where no model knows of it."""
        from core.ml.aggregate import evidence

        if self.tagging is None or label_id not in self.tagging.probabilities:
            return []
        column = [[passage.probabilities[label_id]] for passage in self.tagging.passages]
        return evidence(np.array(column, dtype=np.float32), [label_id], [label_id])[label_id]


def find_documents(
    workspace: Workspace, chosen: DocumentFilter, *, page: int = 1, page_size: int = 25, newest_added: bool = False
) -> DocumentPage:
    """Return one page of the documents that fit, newest date first (or newest arrival first), undated last."""
    version = workspace.champion().id
    with workspace.database.reading() as connection:
        n_total = rows.count_documents(connection, chosen, model_version_id=version)
        n_pages = max(1, -(-n_total // page_size))
        page = min(max(1, page), n_pages)
        frame = rows.list_documents(
            connection,
            chosen,
            model_version_id=version,
            limit=page_size,
            offset=(page - 1) * page_size,
            newest_added=newest_added,
        )
        return DocumentPage(_with_labels(connection, frame, version), n_total, page, n_pages)


def _with_labels(connection: Any, frame: pd.DataFrame, version: str) -> pd.DataFrame:
    ids = frame["id"].tolist()
    labels = taggings.labels_of(connection, ids, model_version_id=version)
    human = taggings.human_labels_of(connection, ids, model_version_id=version)
    tagged = taggings.tagged_among(connection, ids, model_version_id=version)
    return frame.assign(
        labels=pd.Series([labels.get(i, []) for i in ids], dtype=object),
        human_labels=pd.Series([human.get(i, []) for i in ids], dtype=object),
        tagged=[i in tagged for i in ids],
    )


def read_document(workspace: Workspace, document_id: int) -> Reading:
    """Return a document with its story, tags and evidence; raise MissingError where there is none of that id."""
    version, taxonomy = workspace.champion(), workspace.taxonomy
    with workspace.database.reading() as connection:
        found = rows.get_document(connection, document_id)
        if found is None:
            raise MissingError("There is no document {id}; it may have been removed.", id=document_id)
        day, precision = found.pop("day"), found.pop("date_precision")
        gone = {label.id for label in own_labels.list_own_labels(connection, removed=True)}
        said = [a for a in annotations.list_annotations(connection, document_id) if a.label_id not in gone]
        own = taggings.get_tagging(connection, document_id, model_version_id=version.id, label_ids=version.label_ids)
        zero_shot = taggings.zero_shot_labels(connection, own, label_ids=version.label_ids, taxonomy=taxonomy)
        spans = rows.get_passages(connection, [document_id])[document_id]
        return Reading(
            date=PartialDate(day, Precision(precision)) if day else None,
            story=stories.get_story(connection, found["story_id"]),
            tagging=_reading_tagging(workspace, version, own, spans, said) if own else None,
            labelling=laid_over([*(own.labels if own else ()), *zero_shot], _standing(said, None), taxonomy),
            zero_shot=zero_shot,
            annotations=tuple(said),
            **_only(found, _READ),
        )


def _standing(said: Sequence[Annotation], passage: int | None) -> list[tuple[str, Verdict]]:
    return [(a.label_id, a.verdict) for a in said if a.passage == passage and a.revoked_at is None]


_READ = ("id", "title", "text", "lang", "source", "jurisdiction", "url", "added_at", "locator")


def _only(found: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {field: found[field] for field in fields}


def _reading_tagging(
    workspace: Workspace,
    version: models.ModelVersion,
    found: taggings.Tagging,
    spans: Sequence[Passage],
    said: Sequence[Annotation],
) -> ReadingTagging:
    from core.ml.decisions import Rules

    taxonomy = workspace.taxonomy
    rules = Rules(version.label_ids, taxonomy)
    thresholds = np.array([version.thresholds[label] for label in version.label_ids], dtype=np.float32)
    chances = rules.consistent(found.passage_probabilities)
    held = rules.decisions(chances, thresholds)
    passages = tuple(
        TaggedPassage(
            span.start,
            span.end,
            dict(zip(version.label_ids, map(float, row), strict=True)),
            laid_over(rules.names(own), _standing(said, ordinal), taxonomy),
        )
        for ordinal, (span, row, own) in enumerate(zip(spans, chances, held, strict=True))
    )
    return ReadingTagging(
        model_version=version.id,
        taxonomy_version=version.taxonomy_version,
        tagged_at=found.tagged_at,
        probabilities=dict(zip(version.label_ids, map(float, found.probabilities), strict=True)),
        thresholds=version.thresholds,
        passages=passages,
    )


def remove_documents(workspace: Workspace, document_ids: Sequence[int]) -> None:
    """Remove documents with all that is derived from them."""
    with workspace.database.writing() as connection:
        rows.remove_documents(connection, document_ids)
        models.bump_revision(connection)


def export_documents(workspace: Workspace, chosen: DocumentFilter) -> bytes:
    """Return the documents that fit as CSV (at most 100,000), saying which model and filter they come from."""
    version = workspace.champion()
    with workspace.database.reading() as connection:
        n_total = rows.count_documents(connection, chosen, model_version_id=version.id)
        frame = rows.list_documents(connection, chosen, model_version_id=version.id, limit=EXPORT_LIMIT)
        frame = _with_labels(connection, frame, version.id)
        revision = models.get_revision(connection)
        untrained = {own.id for own in own_labels.list_own_labels(connection)}.difference(version.label_ids)
    taxonomy = workspace.taxonomy
    kinds = {
        f"{kind}s": frame["labels"].map(lambda own, k=kind: " ".join(x for x in own if _kind(taxonomy, x) == k))
        for kind in ("dimension", "aspect", "topic", "sector")
    }
    by_human = frame["human_labels"].map(" ".join)
    by_description = [
        " ".join(x for x in own if x in untrained and x not in human)
        for own, human in zip(frame["labels"], frame["human_labels"], strict=True)
    ]
    facts = {
        "model_version": version.id,
        "taxonomy_version": version.taxonomy_version,
        "data_revision": str(revision),
        "filter": _in_words(chosen),
        "rows": f"{len(frame)} of {n_total}",
    }
    kept = frame.drop(columns=["labels", "human_labels", "story_id", "is_lead"])
    return as_csv(kept.assign(**kinds, human_labels=by_human, zero_shot_labels=by_description), facts=facts)


def _kind(taxonomy: Taxonomy, label_id: str) -> str:
    label = taxonomy.by_id.get(label_id)
    return label.kind.value if label else ""


def _in_words(chosen: DocumentFilter) -> str:
    stated = {k: v for k, v in vars(chosen).items() if v not in (None, "", (), False)}
    return "; ".join(f"{k}={','.join(map(str, v)) if isinstance(v, tuple) else v}" for k, v in stated.items()) or "none"


def as_csv(frame: pd.DataFrame, *, facts: Mapping[str, str]) -> bytes:
    """Return a table as CSV in UTF-8 with BOM (what spreadsheets open in Chinese), facts above it as comment lines.

    Cells that a spreadsheet would run as a formula get an apostrophe in front (OWASP, CSV injection).
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for key, value in {**facts, "exported_at": now().isoformat(timespec="seconds")}.items():
        writer.writerow([f"# {key}: {value}"])
    writer.writerow([neutral(str(column)) for column in frame.columns])
    writer.writerows([neutral(value) for value in row] for row in frame.itertuples(index=False))
    return ("\ufeff" + buffer.getvalue()).encode()


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet runs; numbers stay numbers.

    >>> neutral("=cmd|' /C calc'!A0"), neutral(-1.5)
    ("'=cmd|' /C calc'!A0", -1.5)
    """
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return "'" + value
    return value
