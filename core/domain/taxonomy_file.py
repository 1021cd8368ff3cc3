"""The label tree as it is written in a file: reads it and finds everything that is wrong with it at once."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.errors import InputError

_PARENT_KIND = {LabelKind.ASPECT: LabelKind.DIMENSION, LabelKind.TOPIC: LabelKind.ASPECT}
_TEXTS = (("name", "en"), ("name", "zh"), ("definition", "en"), ("definition", "zh"))


def load_taxonomy(path: Path) -> Taxonomy:
    """Read the label tree of a YAML file; raise InputError with every problem in it."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError("The label tree {path} cannot be read: {detail}", path=str(path), detail=str(error)) from error
    return parse_taxonomy(data)


def parse_taxonomy(data: dict[str, Any]) -> Taxonomy:
    """Build the tree from `version` and `labels`; raise one InputError that lists every problem.

    A label's parent is the part of its id before the last dot; sectors and dimensions have none.

    >>> names = {"name": {"en": "Market", "zh": "市场"}, "definition": {"en": "Trade.", "zh": "交易。"}}
    >>> tree = parse_taxonomy({"version": "1", "labels": [{"id": "market", "kind": "dimension", **names}]})
    >>> tree.by_id["market"].name("zh")
    '市场'
    """
    if not isinstance(data, dict) or not isinstance(data.get("labels"), list):
        raise InputError("A label tree needs a `version` and a list of `labels`.")
    rows = [row if isinstance(row, dict) else {"id": str(row)} for row in data["labels"]]
    problems = ["version is missing"] if not data.get("version") else []
    problems += [f"{label_id}: appears {n} times" for label_id, n in _id_counts(rows).items() if n > 1]
    kinds = {str(row.get("id")): str(row.get("kind")) for row in rows}
    for position, row in enumerate(rows, start=1):
        problems += _row_problems(row, position, kinds)
    if problems:
        raise InputError("The label tree has {n} problems: {problems}", n=len(problems), problems="; ".join(problems))
    return Taxonomy(str(data["version"]), tuple(_label(row) for row in rows))


def _id_counts(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(str(row["id"]) for row in rows if row.get("id"))


def _row_problems(row: dict[str, Any], position: int, kinds: dict[str, str]) -> list[str]:
    """Return what is wrong with one label, each problem led by its id."""
    label_id = row.get("id")
    if not isinstance(label_id, str) or not label_id:
        return [f"label {position}: id is missing"]
    problems = [f"{label_id}: {part} ({lang}) is missing" for part, lang in _TEXTS if not _text(row, part, lang)]
    if row.get("kind") not in set(LabelKind):
        return [*problems, f"{label_id}: kind {row.get('kind')!r} is none of {', '.join(LabelKind)}"]
    return problems + _place_problems(label_id, LabelKind(row["kind"]), kinds)


def _place_problems(label_id: str, kind: LabelKind, kinds: dict[str, str]) -> list[str]:
    parent = label_id.rpartition(".")[0]
    if kind is LabelKind.DIMENSION:
        return [f"{label_id}: a dimension's id has no dot"] if parent else []
    if kind is LabelKind.SECTOR:
        return [] if parent == "sector" else [f"{label_id}: a sector's id begins with `sector.`"]
    if parent not in kinds:
        return [f"{label_id}: its parent {parent or '(none)'} is not in the tree"]
    wanted = _PARENT_KIND[kind]
    return [] if kinds[parent] == wanted else [f"{label_id}: its parent {parent} is no {wanted}"]


def _text(row: dict[str, Any], part: str, lang: str) -> str:
    texts = row.get(part)
    text = texts.get(lang) if isinstance(texts, dict) else None
    return text.strip() if isinstance(text, str) else ""


def _label(row: dict[str, Any]) -> Label:
    kind = LabelKind(row["kind"])
    name_en, name_zh, definition_en, definition_zh = (_text(row, part, lang) for part, lang in _TEXTS)
    parent = row["id"].rpartition(".")[0] if kind in _PARENT_KIND else None
    return Label(row["id"], kind, parent, name_en, name_zh, definition_en, definition_zh)
