"""The label tree: dimensions, aspects, topics and sectors, with both languages' names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from core.errors import InputError


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
    own: bool = False
    """Whether a user added it; see core.domain.own_labels."""

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

    def with_descendants(self, label_ids: Iterable[str]) -> set[str]:
        """Return the labels with every label that lies below one of them."""
        wanted = set(label_ids)
        return wanted | {label.id for label in self.labels if wanted.intersection(self.ancestors(label.id))}

    def in_tree_order(self, label_ids: Collection[str]) -> tuple[str, ...]:
        """Return the labels as the tree lists them, those of another tree last."""
        known = [label.id for label in self.labels if label.id in label_ids]
        return (*known, *sorted(label_id for label_id in label_ids if label_id not in self.by_id))

    def nearest(self, asked: str) -> str:
        """Return the id of the label that was probably meant, also where its name in either language was written.

        '' where none is near.
        """
        names = {name.casefold(): label.id for label in self.labels for name in (label.name_en, label.name_zh)}
        last = {label.id.rpartition(".")[2]: label.id for label in self.labels}
        if exact := names.get(asked.casefold()) or last.get(asked):
            return exact
        return next(iter(get_close_matches(asked, list(self.by_id), n=1)), "")

    def require(self, label_ids: Iterable[str]) -> None:
        """Raise InputError with every label that is none of this tree and the nearest ones that are."""
        unknown = [label_id for label_id in label_ids if label_id not in self.by_id]
        if unknown:
            near = [match for label_id in unknown if (match := self.nearest(label_id))]
            raise InputError(
                "No such label: {unknown}. Did you mean {near}? `data/taxonomy.yaml` lists every label.",
                unknown=", ".join(unknown),
                near=", ".join(near) or "-",
            )
