"""What a training learns from: the mix of labelled texts, copies kept together, contradictions settled and listed."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.domain.documents import Reason
from core.errors import MissingError
from core.services.contradictions import Contradiction, contradictions_of, settled, text_key
from core.services.label_sources import Authority, Labelled, all_labelled
from core.services.reading import SAME_STORY_SIMILARITY
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.examples import Example

FEW_EXAMPLES = 10
"""Below so many texts to learn from, a label is learnt badly or not at all."""
PARTS = ("taught", "validation", "test")


@dataclass(frozen=True)
class Mix:
    """Which labelled texts a training learns from."""

    corrections: bool = True
    bundled: bool = True
    sets: tuple[int, ...] = ()
    """Ids of imported sets."""
    bundled_most: int | None = None
    """At most so many of the bundled texts, the same ones each time: the fewer, the more one's own count."""


@dataclass(frozen=True)
class DataReport:
    """What is in the data, and what stands in the way of learning from it."""

    n: int
    n_repeated: int
    """Texts left out because their story is in the data with more authority, or word for word."""
    sources: dict[str, int]
    """Texts by source: `training`, `chronicle`, `import:NAME`, `correction`."""
    counts: pd.DataFrame
    """label_id ('' for texts without a label), lang, taught, validation, test; labels in tree order."""
    untaught: tuple[str, ...]
    """Labels without a text to learn from."""
    few: tuple[str, ...]
    """Labels with fewer than FEW_EXAMPLES."""
    contradictions: tuple[Contradiction, ...]
    problems: tuple[Reason, ...]
    """What keeps a training from being of any use; nothing should be trained while there are some."""
    data_hash: str


@dataclass(frozen=True)
class TrainingData:
    """Labelled texts to train on, with what there is to know about them."""

    examples: "list[Example]"
    report: DataReport
    judged: dict[str, frozenset[str]] = field(default_factory=dict)
    """For corrected documents by example id: the labels that a human judged; the others are as the model had them."""


def training_data(workspace: Workspace, mix: Mix) -> TrainingData:
    """Return the texts of a mix with their report; raise MissingError for sets that there are not.

    Stories are recognised over everything that is labelled, whatever the mix, so that a text is of the test part for
    every mix or for none.
    """
    labelled = all_labelled(workspace)
    _require_sets(labelled, mix)
    by_story: dict[int, list[Labelled]] = {}
    for one, story in zip(labelled, _stories(labelled), strict=True):
        if _chosen(one, mix):
            first = labelled[story].example
            group = first.id if labelled[story].authority is Authority.BUNDLED else f"text-{text_key(first)}"
            by_story.setdefault(story, []).append(replace(one, example=replace(one.example, group=group)))
    kept: list[Labelled] = []
    contradictions: list[Contradiction] = []
    for told in by_story.values():
        used, left_out = settled(told)
        kept += used
        contradictions += contradictions_of(used, left_out, workspace.taxonomy)
    n_repeated = sum(map(len, by_story.values())) - len(kept)
    kept = _capped(kept, mix.bundled_most)
    examples = [one.example for one in kept]
    report = _report(workspace, examples, tuple(contradictions), n_repeated)
    return TrainingData(examples, report, {o.example.id: o.judged for o in kept if o.judged is not None})


def _require_sets(labelled: Sequence[Labelled], mix: Mix) -> None:
    missing = set(mix.sets) - {one.set_id for one in labelled}
    if missing:
        raise MissingError(
            "There is no imported set {ids} any more; choose the sets again.", ids=", ".join(map(str, sorted(missing)))
        )


def _chosen(one: Labelled, mix: Mix) -> bool:
    if one.authority is Authority.CORRECTED:
        return mix.corrections
    return one.set_id in mix.sets if one.authority is Authority.IMPORTED else mix.bundled


def _stories(labelled: Sequence[Labelled]) -> list[int]:
    from core.ingest import same_stories

    return same_stories([one.minhash for one in labelled], similarity=SAME_STORY_SIMILARITY)


def _capped(kept: list[Labelled], most: int | None) -> list[Labelled]:
    """Leave out bundled texts beyond the most that are wanted, by a hash of their ids."""
    if most is None:
        return kept
    bundled = [one.example.id for one in kept if one.authority is Authority.BUNDLED]
    wanted = set(sorted(bundled, key=lambda id_: hashlib.sha256(id_.encode()).digest())[:most])
    return [one for one in kept if one.authority is not Authority.BUNDLED or one.example.id in wanted]


def _report(
    workspace: Workspace, examples: "list[Example]", contradictions: tuple[Contradiction, ...], n_repeated: int
) -> DataReport:
    from core.ml.examples import data_hash

    counts = _counts(workspace, examples)
    taught = counts[counts["label_id"] != ""].groupby("label_id", sort=False)["taught"].sum()
    ids = [label.id for label in workspace.taxonomy.labels]
    numbers = {label_id: int(taught.get(label_id, 0)) for label_id in ids}
    return DataReport(
        n=len(examples),
        n_repeated=n_repeated,
        sources=dict(Counter(example.source for example in examples)),
        counts=counts,
        untaught=tuple(label_id for label_id, n in numbers.items() if n == 0),
        few=tuple(label_id for label_id, n in numbers.items() if 0 < n < FEW_EXAMPLES),
        contradictions=contradictions,
        problems=tuple(_problems(examples, counts)),
        data_hash=data_hash(examples),
    )


def _counts(workspace: Workspace, examples: "list[Example]") -> pd.DataFrame:
    parts = parts_of(workspace, examples)
    langs = sorted({example.lang for example in examples})
    found: Counter[tuple[str, str, str]] = Counter()
    for example, part in zip(examples, parts, strict=True):
        found.update((label_id, example.lang, part) for label_id in example.labels or ("",))
    rows = [
        (label_id, lang, *(found[label_id, lang, part] for part in PARTS))
        for label_id in ("", *(label.id for label in workspace.taxonomy.labels))
        for lang in langs
    ]
    return pd.DataFrame(rows, columns=["label_id", "lang", *PARTS])


def parts_of(workspace: Workspace, examples: "Sequence[Example]") -> list[str]:
    """Return the part of each example, one of PARTS, as training with the default options parts them."""
    from core.ml.training.material import Material
    from core.ml.training.options import Options

    options = Options()
    material = Material(examples, workspace.settings.encoder_dir, workspace.taxonomy)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed) if examples else None
    found = np.full(len(examples), "", dtype=object)
    for part in PARTS if split else ():
        found[getattr(split, part)] = part
    return [str(part) for part in found]


def _problems(examples: "list[Example]", counts: pd.DataFrame) -> Iterable[Reason]:
    from core.ml.training.methods import MIN_EXAMPLES

    n = len(examples)
    if n < MIN_EXAMPLES:
        params = {"found": n, "n": MIN_EXAMPLES}
        yield Reason("{found} texts are too few to train on: at least {n} are needed.", params)
    if n and len({example.labels for example in examples}) == 1:
        yield Reason("All texts have the same labels, so that nothing can be told apart; add texts with other ones.")
    empty = [part for part in PARTS if n >= MIN_EXAMPLES and not counts[part].any()]
    if empty:
        yield Reason("No text fell into the part {parts}; add more texts.", {"parts": ", ".join(empty)})
