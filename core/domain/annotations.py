"""What humans say of documents and passages, and how their word is laid over a model's."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.taxonomy import Taxonomy


class Verdict(StrEnum):
    """What a human says of a label."""

    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class Annotation:
    """One person's word on one label of a document or passage; it stands until it is revoked."""

    id: int
    document_id: int
    passage: int | None
    """Ordinal of the passage, from 0; None for the whole document."""
    label_id: str
    verdict: Verdict
    author: str
    created_at: datetime
    model_version_id: str | None
    """The model version that was corrected; None where none had tagged the document yet."""
    taxonomy_version: str
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Labelling:
    """The labels of a document or passage once humans have had their say."""

    labels: tuple[str, ...]
    """Those that hold, in tree order."""
    removed: tuple[str, ...]
    """The model's labels that a human took away, in tree order."""
    human: frozenset[str]
    """Those of `labels` that a human confirmed or added, parents included."""


NO_LABELS = Labelling((), (), frozenset())


def laid_over(model_labels: Collection[str], said: Iterable[tuple[str, Verdict]], taxonomy: Taxonomy) -> Labelling:
    """Lay what humans said of labels, oldest first, over a model's labels; the latest word on a label wins.

    A label that is present brings the labels above it, one that is absent takes away those below it. Labels that the
    tree does not know have nothing above or below them.

    >>> from core.domain.taxonomy import Label, LabelKind
    >>> ids = [("policy", None), ("market", None), ("market.demand", "market")]
    >>> tree = Taxonomy("1", tuple(Label(id_, LabelKind.TOPIC, parent, "", "", "", "") for id_, parent in ids))
    >>> added = laid_over(["policy"], [("policy", Verdict.ABSENT), ("market.demand", Verdict.PRESENT)], tree)
    >>> added.labels, added.removed, sorted(added.human)
    (('market', 'market.demand'), ('policy',), ['market', 'market.demand'])
    >>> laid_over(["market", "market.demand"], [("market", Verdict.ABSENT)], tree).labels
    ()
    """
    verdicts = implied(said, taxonomy)
    human = {label_id for label_id, verdict in verdicts.items() if verdict is Verdict.PRESENT}
    absent = verdicts.keys() - human
    return Labelling(
        labels=taxonomy.in_tree_order(human.union(model_labels) - absent),
        removed=taxonomy.in_tree_order(absent.intersection(model_labels)),
        human=frozenset(human),
    )


def implied(said: Iterable[tuple[str, Verdict]], taxonomy: Taxonomy) -> dict[str, Verdict]:
    """Return the word on every label that humans judged, those above and below included; the latest one wins."""
    verdicts: dict[str, Verdict] = {}
    for label_id, verdict in said:
        bound = taxonomy.with_parents if verdict is Verdict.PRESENT else taxonomy.with_descendants
        known = label_id in taxonomy.by_id
        verdicts |= dict.fromkeys(bound([label_id]) if known else [label_id], verdict)
    return verdicts
