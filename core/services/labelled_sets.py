"""Labelled texts that somebody brings along: imported as named sets, listed, removed, taken away again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.db import labelled, models
from core.domain.documents import Problem, Reason
from core.domain.labelled import LabelledSet, LabelledText
from core.errors import AppError, InputError, MissingError
from core.services.workspace import Workspace, now

FORMATS = (".jsonl", ".csv", ".tsv")


@dataclass(frozen=True)
class SetImport:
    """What came of an import."""

    added: LabelledSet | None
    """None where no record could be used."""
    refused: list[Problem]
    """Files and records that are not in the set, each with the reason."""
    notes: list[Problem]
    """Records that are in it, but not quite as they stood."""


def import_set(workspace: Workspace, files: Sequence[tuple[str, Path]], *, name: str = "") -> SetImport:
    """Read files, given as (name to show, path), into one new set; what cannot be used is listed, the rest goes in.

    The set is called like the first file where it is given no name. Raise InputError where the name is taken.
    """
    name = " ".join(name.split()) or Path(files[0][0]).stem
    with workspace.database.reading() as connection:
        _require_free(labelled.list_sets(connection), name)
    found = SetImport(None, [], [])
    texts: dict[str, LabelledText] = {}
    for shown, path in files:
        for text in _read(workspace, shown, path, found):
            texts.setdefault(text.external_id, text)
    if not texts:
        return found
    with workspace.database.writing() as connection:
        _require_free(labelled.list_sets(connection), name)
        version = workspace.taxonomy.version
        added = labelled.add_set(connection, name, list(texts.values()), taxonomy_version=version, now=now())
        models.bump_revision(connection)
    return SetImport(added, found.refused, found.notes)


def _read(workspace: Workspace, shown: str, path: Path, found: SetImport) -> list[LabelledText]:
    from core.ingest import read_labelled

    try:
        _require_readable(shown, path)
        read = read_labelled(path, name=shown, taxonomy=workspace.taxonomy, today=now().date())
    except AppError as error:
        found.refused.append(_problem(shown, error))
        return []
    found.refused.extend(Problem(f"{shown} {p.locator}", p.reason) for p in read.refused)
    found.notes.extend(Problem(f"{shown} {p.locator}", p.reason) for p in read.notes)
    return read.texts


def _problem(shown: str, error: AppError) -> Problem:
    return Problem(shown, Reason(error.message, error.params))


def _require_readable(shown: str, path: Path) -> None:
    if not path.is_file():
        raise InputError("Not found: {files}; check the spelling.", files=shown)
    if path.suffix.lower() not in FORMATS:
        raise InputError("{name} is neither JSON lines nor CSV; its name should end in .jsonl or .csv.", name=shown)


def _require_free(sets: Sequence[LabelledSet], name: str) -> None:
    if any(known.name == name for known in sets):
        raise InputError("There is a set named {name} already; give this one another name, or remove that.", name=name)


def list_sets(workspace: Workspace) -> list[LabelledSet]:
    """Return the imported sets, oldest first."""
    with workspace.database.reading() as connection:
        return labelled.list_sets(connection)


def find_set(workspace: Workspace, name: str) -> LabelledSet:
    """Return the set of a name; raise MissingError where there is none."""
    known = list_sets(workspace)
    for found in known:
        if found.name == name:
            return found
    names = ", ".join(found.name for found in known) or "-"
    raise MissingError("There is no set named {name}; known are: {known}.", name=name, known=names)


def remove_set(workspace: Workspace, name: str) -> LabelledSet:
    """Remove a set and its texts; models that learnt from it stay. Raise MissingError where there is none."""
    removed = find_set(workspace, name)
    with workspace.database.writing() as connection:
        labelled.remove_set(connection, removed.id)
        models.bump_revision(connection)
    return removed


def examples_of_set(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """Return a set's texts as `labelled_examples` does; raise MissingError where there is none of that name."""
    wanted = find_set(workspace, name).id
    with workspace.database.reading() as connection:
        return [_line(text) for set_id, text in labelled.texts_of_sets(connection) if set_id == wanted]


def _line(text: LabelledText) -> dict[str, Any]:
    return {
        "id": text.external_id,
        "lang": text.lang,
        "date": text.date or None,
        "title": text.title,
        "text": text.text,
        "labels": list(text.labels),
    }
