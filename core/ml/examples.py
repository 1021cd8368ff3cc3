"""Labelled texts for training and evaluation: read from JSONL, checked all at once, joined the one right way."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.errors import InputError

SHOWN = 10
"""Problems that one message lists; the rest are counted."""


@dataclass(frozen=True)
class Example:
    """A text and the labels it should get, parents included; no label means off topic."""

    id: str
    lang: str
    title: str
    text: str
    labels: frozenset[str]
    group: str = ""
    """Equal for copies of one story, which no split may part; '' stands for the id."""
    source: str = ""
    """Where it came from: `training`, `chronicle`, `correction`, `import:NAME`, or the name of its file."""


def joined(title: str, text: str) -> str:
    r"""Return what the encoder reads of a document or passage: the title, a line break, the text.

    A title that the text begins with anyway is not said twice.

    >>> joined("Rates rise", "The bank acts.")
    'Rates rise\nThe bank acts.'
    >>> joined("Rates rise", "Rates rise again.")
    'Rates rise again.'
    """
    title, text = title.strip(), text.strip()
    return text if not title or text.startswith(title) else f"{title}\n{text}".strip()


def read_examples(paths: Iterable[Path], taxonomy: Taxonomy) -> list[Example]:
    """Read `{"id","text","labels"[,"title","lang","group"]}` lines; raise one InputError with every bad line."""
    examples: list[Example] = []
    problems: list[str] = []
    seen: set[str] = set()
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            row = _parsed(line)
            problem = _problem(row, seen, taxonomy)
            if problem or row is None:
                problems.append(f"{path.name} line {number}: {problem}")
            else:
                seen.add(str(row["id"]))
                examples.append(_example(row, taxonomy, path.name))
    if problems:
        shown = "; ".join(problems[:SHOWN])
        raise InputError("{n} lines cannot be used: {problems}", n=len(problems), problems=shown)
    return examples


def label_matrix(examples: Sequence[Example], label_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Return which example has which label, [n, n_labels]."""
    return np.array([[label in example.labels for label in label_ids] for example in examples], dtype=bool)


def data_hash(examples: Sequence[Example]) -> str:
    """Return SHA-256 hex over ids, texts and labels, whatever the order."""
    digest = hashlib.sha256()
    for example in sorted(examples, key=lambda example: example.id):
        digest.update(json.dumps([example.id, example.title, example.text, sorted(example.labels)]).encode())
    return digest.hexdigest()


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _problem(row: dict[str, Any] | None, seen: set[str], taxonomy: Taxonomy) -> str:
    """Return what is wrong with a line, or nothing."""
    if row is None:
        return "is no JSON object"
    if not str(row.get("id") or "") or not str(row.get("text") or "").strip():
        return "needs an id and a text"
    if str(row["id"]) in seen:
        return f"repeats the id {row['id']}"
    labels = row.get("labels")
    if not isinstance(labels, list):
        return "needs a list of labels"
    unknown = [str(label) for label in labels if label not in taxonomy.by_id]
    return f"unknown labels {', '.join(unknown)}" if unknown else ""


def _example(row: dict[str, Any], taxonomy: Taxonomy, source: str) -> Example:
    return Example(
        id=str(row["id"]),
        lang=str(row.get("lang") or ""),
        title=str(row.get("title") or ""),
        text=str(row["text"]),
        labels=frozenset(taxonomy.with_parents(row["labels"])),
        group=str(row.get("group") or ""),
        source=source,
    )
