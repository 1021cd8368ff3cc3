"""Tagging and evaluating files of texts for other programs: nothing is stored."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from core.domain.documents import Reason
from core.errors import InputError, MachineError
from core.services.registry import find_model
from core.services.tagging import load_tagger, tag_texts
from core.services.workspace import Workspace

BATCH_TEXTS = 256


@dataclass(frozen=True)
class Refused:
    """A line of the input that could not be used."""

    line: int
    reason: Reason


@dataclass(frozen=True)
class _Line:
    number: int
    id: Any
    title: str
    text: str
    labels: list[str]
    lang: str


def _lines(path: Path, refused: list[Refused], *, labelled: bool = False) -> Iterator[_Line]:
    try:
        source = path.open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError("{path} cannot be read ({cause}).", path=str(path), cause=error.strerror or "") from error
    with source:
        for number, line in enumerate(source, 1):
            if line.strip():
                try:
                    yield _parse(number, line, labelled)
                except InputError as error:
                    refused.append(Refused(number, Reason(error.message, error.params)))


def _parse(number: int, line: str, labelled: bool) -> _Line:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError("Line {line} is not whole JSON.", line=number) from error
    if not isinstance(record, dict) or "id" not in record or not isinstance(record.get("text"), str):
        raise InputError('Line {line} needs an "id" and a "text" that is a string.', line=number)
    if labelled and not isinstance(record.get("labels"), list):
        raise InputError('Line {line} needs "labels", a list of label ids.', line=number)
    title = record.get("title")
    return _Line(
        number,
        record["id"],
        title if isinstance(title, str) else "",
        record["text"],
        record.get("labels") or [],
        str(record.get("lang") or ""),
    )


def classify_file(workspace: Workspace, source: Path, target: Path, *, model: str = "") -> tuple[int, list[Refused]]:
    """Tag each line of a JSONL file and write the answers in order; return how many, and the lines refused.

    Output lines: id, labels (parents included, most probable first), probabilities, model_version, taxonomy_version.
    """
    version = find_model(workspace, model)
    load_tagger(workspace, version)
    refused: list[Refused] = []
    lines = _lines(source, refused)
    n_written = 0
    try:
        output = target.open("w", encoding="utf-8")
    except OSError as error:
        raise MachineError(
            "{path} cannot be written ({cause}).", path=str(target), cause=error.strerror or ""
        ) from error
    with output:
        while batch := list(islice(lines, BATCH_TEXTS)):
            for line, tagging in zip(
                batch, tag_texts(workspace, version, [(x.title, x.text) for x in batch]), strict=True
            ):
                answer = {
                    "id": line.id,
                    "labels": tagging.labels,
                    "probabilities": {k: round(v, 4) for k, v in tagging.probabilities.items()},
                    "model_version": version.id,
                    "taxonomy_version": version.taxonomy_version,
                }
                output.write(json.dumps(answer, ensure_ascii=False) + "\n")
                n_written += 1
    return n_written, refused


def evaluate_file(workspace: Workspace, source: Path, *, model: str = "") -> tuple[dict[str, Any], list[Refused]]:
    """Compare a model version with the labels of a JSONL file; return the report and the lines refused.

    The report is core.ml.evaluate's for all texts ("all") and for each language. Raise InputError where a line
    carries labels that the tree does not have, or where no line can be used.
    """
    from core.ml.evaluate import evaluate_by_language

    version = find_model(workspace, model)
    refused: list[Refused] = []
    lines = list(_lines(source, refused, labelled=True))
    _check_labels(workspace, source, lines)
    found = tag_texts(workspace, version, [(line.title, line.text) for line in lines])
    wanted = [workspace.taxonomy.with_parents(line.labels) for line in lines]
    true = np.array([[label in own for label in version.label_ids] for own in wanted], dtype=bool)
    probabilities = np.array([[t.probabilities[label] for label in version.label_ids] for t in found], dtype=np.float32)
    thresholds = np.array([version.thresholds[label] for label in version.label_ids], dtype=np.float32)
    languages = [line.lang or tagging.lang for line, tagging in zip(lines, found, strict=True)]
    report = evaluate_by_language(true, probabilities, thresholds, version.label_ids, workspace.taxonomy, languages)
    return {"model_version": version.id, "taxonomy_version": version.taxonomy_version, **report}, refused


def _check_labels(workspace: Workspace, source: Path, lines: list[_Line]) -> None:
    if not lines:
        raise InputError("{path} has no line that can be evaluated.", path=str(source))
    unknown = sorted({label for line in lines for label in line.labels} - workspace.taxonomy.by_id.keys())
    if unknown:
        raise InputError(
            "{path} has labels that the tree does not: {unknown}.", path=str(source), unknown=", ".join(unknown)
        )
