"""The label tree's file: read, checked as a whole, every problem said at once."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.errors import InputError

_PARENT_KIND = {LabelKind.ASPECT: LabelKind.DIMENSION, LabelKind.TOPIC: LabelKind.ASPECT}


def load_taxonomy(path: Path) -> Taxonomy:
    """Read the label tree from YAML; raise InputError where the file is missing or the tree is not sound."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError("The label tree {path} cannot be read ({cause}).", path=str(path), cause=error.strerror) from error
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both loaders are safe
    except yaml.YAMLError as error:
        raise InputError("The label tree {path} is no valid YAML: {cause}", path=str(path), cause=str(error)) from error
    return parse_taxonomy(data)


def parse_taxonomy(data: Any) -> Taxonomy:
    """Build the tree from `{version, labels: [{id, kind, parent?, name: {en, zh}, definition: {en, zh}}]}`.

    Raise InputError that lists every problem: missing fields, doubled ids, unknown or ill-fitting parents.
    """
    rows = data.get("labels") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or not rows or not data.get("version"):
        raise InputError("The label tree needs a version and a list of labels.")
    problems = [problem for row in rows for problem in _row_problems(row)]
    if not problems:
        labels = tuple(_label(row) for row in rows)
        problems = _tree_problems(labels)
    if problems:
        raise InputError("The label tree is not sound: {problems}", problems="; ".join(problems))
    return Taxonomy(str(data["version"]), labels)


def _row_problems(row: Any) -> list[str]:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        return [f"{row!r} has no id"]
    problems = []
    if row.get("kind") not in list(LabelKind):
        problems.append(f"{row['id']} has kind {row.get('kind')!r}; expected one of {', '.join(LabelKind)}")
    for field in ("name", "definition"):
        texts = row.get(field)
        missing = [lang for lang in ("en", "zh") if not isinstance(texts, Mapping) or not texts.get(lang)]
        if missing:
            problems.append(f"{row['id']} has no {field} in {' and '.join(missing)}")
    return problems


def _label(row: Mapping[str, Any]) -> Label:
    name, definition = row["name"], row["definition"]
    return Label(
        id=row["id"],
        kind=LabelKind(row["kind"]),
        parent=row.get("parent"),
        name_en=name["en"],
        name_zh=name["zh"],
        definition_en=definition["en"],
        definition_zh=definition["zh"],
    )


def _tree_problems(labels: tuple[Label, ...]) -> list[str]:
    problems = [f"{id_} is there {n} times" for id_, n in Counter(label.id for label in labels).items() if n > 1]
    kinds = {label.id: label.kind for label in labels}
    for label in labels:
        expected = _PARENT_KIND.get(label.kind)
        if expected is None and label.parent is not None:
            problems.append(f"{label.id} is a {label.kind} and cannot have a parent")
        elif expected is not None and kinds.get(label.parent or "") is not expected:
            problems.append(f"{label.id} needs a parent of kind {expected}, and has {label.parent!r}")
        elif label.parent is not None and not label.id.startswith(f"{label.parent}."):
            problems.append(f"{label.id} does not begin with its parent {label.parent}")
    return problems
