"""Labels that users add to the tree: their form, their checks, and the tree that has them in it."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.domain.documents import Reason, Reasons
from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.errors import InputError

SECTOR = "sector"
"""What stands for the parent of a sector, which is no label itself."""
TEACHABLE = 8
"""A label that a user added is trained for once so many texts have it; until then its description decides."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEXTS = ("name_en", "name_zh", "definition_en", "definition_zh")
_EMPTY = {
    "name_en": Reason("The English name is empty.", {}),
    "name_zh": Reason("The Chinese name is empty.", {}),
    "definition_en": Reason("What it is about is not said in English.", {}),
    "definition_zh": Reason("What it is about is not said in Chinese.", {}),
    "author": Reason("Your name is empty.", {}),
}
"""What is said of a text that is not there."""


@dataclass(frozen=True, kw_only=True)
class LabelTexts:
    """What a label is called and what a text must be about to get it; the definition is what it is recognised by."""

    name_en: str
    name_zh: str
    definition_en: str
    definition_zh: str


@dataclass(frozen=True, kw_only=True)
class OwnLabel(LabelTexts):
    """A label as its author gave it; it is in the tree until it is removed."""

    id: str
    """The parent's id (`sector` for a sector), a dot, and a word of its own."""
    author: str
    created_at: datetime
    removed_at: datetime | None = None

    @property
    def parent(self) -> str:
        """Return the part of the id before the last dot."""
        return self.id.rpartition(".")[0]

    def as_label(self) -> Label:
        """Return the label of the tree."""
        is_sector = self.parent == SECTOR
        return Label(
            id=self.id,
            kind=LabelKind.SECTOR if is_sector else LabelKind.TOPIC,
            parent=None if is_sector else self.parent,
            own=True,
            **{name: getattr(self, name) for name in _TEXTS},
        )


def require_addable(own: OwnLabel, taxonomy: Taxonomy) -> None:
    """Raise one InputError with everything that keeps a label out of the tree.

    Names and definitions are needed in both languages: the definitions are what the label is recognised by.
    """
    problems = [reason for name, reason in _EMPTY.items() if not getattr(own, name).strip()]
    if not _NAME.fullmatch(own.id.rpartition(".")[2]):
        problems.append(
            Reason("The id {id} must end in a word of a–z, 0–9 and _, a letter first, of at most 40.", {"id": own.id})
        )
    if own.id in taxonomy.by_id:
        problems.append(Reason("{id} is in the tree already.", {"id": own.id}))
    parent = taxonomy.by_id.get(own.parent)
    if own.parent != SECTOR and (parent is None or parent.kind is not LabelKind.ASPECT):
        aspects = ", ".join(label.id for label in taxonomy.of_kind(LabelKind.ASPECT))
        found = {"parent": own.parent or "-", "aspects": aspects}
        problems.append(Reason("Its parent {parent} is neither sector nor one of {aspects}.", found))
    if problems:
        raise InputError("The label cannot be added: {problems}", problems=Reasons(problems))


def extended(taxonomy: Taxonomy, own: Iterable[OwnLabel]) -> Taxonomy:
    """Return the tree with labels added behind their siblings, and a version that follows from what they say.

    A label that the tree has already is left as the tree has it; one whose parent is gone is left out.

    >>> from datetime import UTC
    >>> finance = Label("sector.finance", LabelKind.SECTOR, None, "Finance", "金融", "Banks.", "银行。")
    >>> texts = {"name_en": "Games", "name_zh": "游戏", "definition_en": "Games.", "definition_zh": "游戏。"}
    >>> games = OwnLabel(id="sector.games", author="Li", created_at=datetime(2026, 1, 1, tzinfo=UTC), **texts)
    >>> tree = extended(Taxonomy("1", (finance,)), [games])
    >>> tree.version, [label.id for label in tree.labels]
    ('1+3e5110e9', ['sector.finance', 'sector.games'])
    """
    fitting = [one for one in own if one.id not in taxonomy.by_id and one.parent in {*taxonomy.by_id, SECTOR}]
    if not fitting:
        return taxonomy
    labels = list(taxonomy.labels)
    for one in sorted(fitting, key=lambda one: (one.created_at, one.id)):
        kin = [place for place, label in enumerate(labels) if label.id.startswith(f"{one.parent}.")]
        before = kin or [place for place, label in enumerate(labels) if label.id == one.parent]
        labels.insert(max(before, default=len(labels) - 1) + 1, one.as_label())
    said = sorted([one.id, *(getattr(one, name) for name in _TEXTS)] for one in fitting)
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:8]
    return Taxonomy(f"{taxonomy.version}+{digest}", tuple(labels))
