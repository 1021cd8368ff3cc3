"""Labelled texts to take away: corrections, an imported set, or what a model learnt from; as JSON lines or CSV."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.db import models
from core.errors import InputError, MachineError, MissingError
from core.services.annotations import EXAMPLE_FIELDS, labelled_examples
from core.services.documents import as_csv
from core.services.labelled_sets import examples_of_set
from core.services.registry import describe, find_model
from core.services.snapshots import learnt_from, snapshot_line
from core.services.workspace import Workspace

Lines = Sequence[dict[str, Any]]


def export_examples_jsonl(workspace: Workspace) -> bytes:
    """Return the corrected documents as JSON lines, which `trendvane train --data` and `labels import` read."""
    return _jsonl(labelled_examples(workspace))


def export_examples_csv(workspace: Workspace) -> bytes:
    """Return the corrected documents as CSV, labels separated by spaces, saying which model and tree they come from."""
    return _csv(workspace, labelled_examples(workspace))


def export_file(workspace: Workspace, output: Path, *, name: str = "", model: str = "") -> Path:
    """Write corrected documents, the set of a name, or what a model learnt from to a .jsonl or .csv file.

    Raise InputError where both are asked for, MissingError for an unknown set or a model whose texts were not kept.
    """
    if name and model:
        raise InputError("Either a set or a model is exported, not both; ask twice.")
    if model:
        lines = _learnt_from(workspace, model)
    else:
        lines = examples_of_set(workspace, name) if name else labelled_examples(workspace)
    content = _csv(workspace, lines) if output.suffix.lower() == ".csv" else _jsonl(lines)
    try:
        output.write_bytes(content)
    except OSError as error:
        cause = error.strerror or ""
        raise MachineError("{path} cannot be written ({cause}).", path=str(output), cause=cause) from error
    return output


def _learnt_from(workspace: Workspace, reference: str) -> Lines:
    version = find_model(workspace, reference)
    snapshot = learnt_from(workspace, describe(workspace, version))
    if snapshot is None:
        raise MissingError(
            "The texts that model {version} learnt from were not kept: it came from another machine, from files, or "
            "with an earlier version of the app.",
            version=version.id,
        )
    return [snapshot_line(example) for example in snapshot.examples]


def _jsonl(lines: Lines) -> bytes:
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def _csv(workspace: Workspace, lines: Lines) -> bytes:
    rows = [{**line, "date": line.get("date") or "", "labels": " ".join(line["labels"])} for line in lines]
    version = workspace.champion()
    with workspace.database.reading() as connection:
        revision = models.get_revision(connection)
    facts = {
        "model_version": version.id,
        "taxonomy_version": workspace.taxonomy.version,
        "data_revision": str(revision),
        "rows": str(len(rows)),
    }
    return as_csv(pd.DataFrame(rows, columns=list(EXAMPLE_FIELDS)), facts=facts)
