"""The label tree: dimensions, aspects, topics and sectors, with both languages' names."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class LabelKind(StrEnum):
    """The level of a label in the tree."""

    DIMENSION = "dimension"
    ASPECT = "aspect"
    TOPIC = "topic"
    SECTOR = "sector"


@dataclass(frozen=True)
class Label:
    """One label; its id is the full path, e.g. `technology.training.peft` or `sector.finance`."""

    id: str
    kind: LabelKind
    parent: str | None
    name_en: str
    name_zh: str
    definition_en: str
    definition_zh: str

    def name(self, lang: str) -> str:
        """Return the name in `zh` (any zh code) or English."""
        return self.name_zh if lang.startswith("zh") else self.name_en


@dataclass(frozen=True)
class Taxonomy:
    """A version of the label tree, labels in tree order."""

    version: str
    labels: tuple[Label, ...]

    @cached_property
    def by_id(self) -> dict[str, Label]:
        """Return labels by full id."""
        return {label.id: label for label in self.labels}

    def of_kind(self, kind: LabelKind) -> tuple[Label, ...]:
        """Return the labels of one level, in tree order."""
        return tuple(label for label in self.labels if label.kind is kind)

    def children(self, parent: str) -> tuple[Label, ...]:
        """Return the direct children of a label, in tree order."""
        return tuple(label for label in self.labels if label.parent == parent)

    def ancestors(self, label_id: str) -> list[str]:
        """Return parent, grandparent … of a label; `sector` itself is no label, so a sector has none."""
        found, parent = [], self.by_id[label_id].parent
        while parent is not None:
            found.append(parent)
            parent = self.by_id[parent].parent
        return found

    def with_parents(self, label_ids: Iterable[str]) -> set[str]:
        """Return the labels with every label that they imply."""
        wanted = set(label_ids)
        return wanted.union(*(self.ancestors(label_id) for label_id in wanted)) if wanted else wanted
