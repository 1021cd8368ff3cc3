"""The gate: whether a candidate is good enough to take over, on texts that neither model learnt from.

What is compared is here; what follows from the figures is `core.services.gate_rules`'.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.db import text_scores
from core.db.models import ModelVersion
from core.domain.documents import Reason
from core.domain.taxonomy import LabelKind, Taxonomy
from core.errors import InputError
from core.services import gate_rules, measuring
from core.services.contradictions import text_key
from core.services.labelled_sets import list_sets
from core.services.measuring import unheard
from core.services.registry import describe, find_model, require_files
from core.services.snapshots import learnt_from
from core.services.training_data import Mix, parts_of, training_data
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.examples import Example
    from core.ml.paired import Difference, PairedF1

Flags = NDArray[np.bool_]
ALL = "all"
"""The mean over all labels, whatever their level."""
COLUMNS = ("scope", "id", "champion", "candidate", "difference", "low", "high", "n", "state")


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate may take over from the champion, and why."""

    champion: ModelVersion
    candidate: ModelVersion
    passed: bool
    reasons: tuple[Reason, ...]
    """What decided."""
    concerns: tuple[Reason, ...]
    """What to know before believing it."""
    n: int
    """Texts that both were measured on."""
    n_seen: int
    """Texts of the test part that one of them had learnt from; they are left out."""
    figures: pd.DataFrame
    """scope (`level`, `lang`, `label`), id, champion, candidate, difference: F1 (macro for levels and languages);
    low, high: interval of the difference; n: texts with one of the labels; state: see gate_rules.State."""
    n_corrected: int
    """Labels of corrected documents in the test part that a human judged."""
    n_followed: tuple[int, int]
    """How many of them champion and candidate get right."""


@dataclass(frozen=True)
class Trial:
    """The texts that a candidate and the champion are compared on."""

    champion: ModelVersion
    candidate: ModelVersion
    examples: "list[Example]"
    """Wholly labelled by humans."""
    corrected: "list[Example]"
    """Corrected documents: only what a human judged of them counts."""
    judged: dict[str, frozenset[str]]
    n_seen: int
    unknown: tuple[ModelVersion, ...]
    """Versions of which it is not on record what they learnt from."""

    @property
    def texts(self) -> list[measuring.Text]:
        """Return title and text of all of them."""
        return [(example.title, example.text) for example in (*self.examples, *self.corrected)]


def trial(workspace: Workspace, candidate: str, *, mix: Mix | None = None) -> Trial:
    """Return the test part of a mix, without texts that either version learnt from.

    The mix is the one that the candidate learnt from, else everything that is labelled. Raise InputError where the
    candidate is the champion.
    """
    pair = (workspace.champion(), find_model(workspace, candidate))
    if pair[0].id == pair[1].id:
        raise InputError("The model {version} is the champion already.", version=pair[1].id)
    snapshots = [learnt_from(workspace, describe(workspace, version)) for version in pair]
    data = training_data(workspace, mix or _mix_of(workspace, snapshots[1].mix if snapshots[1] else None))
    parts = parts_of(workspace, data.examples)
    test = [example for example, part in zip(data.examples, parts, strict=True) if part == "test"]
    seen = {
        text_key(example)
        for snapshot in snapshots
        if snapshot
        for example, part in zip(snapshot.examples, parts_of(workspace, snapshot.examples), strict=True)
        if part != "test"
    }
    unseen = [example for example in test if text_key(example) not in seen]
    return Trial(
        *pair,
        examples=[example for example in unseen if example.id not in data.judged],
        corrected=[example for example in unseen if example.id in data.judged],
        judged=data.judged,
        n_seen=len(test) - len(unseen),
        unknown=tuple(version for version, found in zip(pair, snapshots, strict=True) if found is None),
    )


def _mix_of(workspace: Workspace, mix: Mix | None) -> Mix:
    """Return a mix as it is measured on: all of its sources, as far as they are still there."""
    there = tuple(known.id for known in list_sets(workspace))
    if mix is None:
        return Mix(sets=there)
    return Mix(mix.corrections, mix.bundled, tuple(set_id for set_id in mix.sets if set_id in there))


def is_begun(workspace: Workspace, version_id: str) -> bool:
    """Return whether a version has been asked about any text, without looking for the texts of a trial."""
    with workspace.database.reading() as connection:
        return text_scores.has_scores(connection, version_id)


def count_unmeasured(workspace: Workspace, tried: Trial) -> int:
    """Return how many texts have to be tagged before there is a verdict, those of both versions together."""
    pair = (tried.champion, tried.candidate)
    return sum(len(measuring.unmeasured(workspace, version, tried.texts)) for version in pair)


def judge(
    workspace: Workspace,
    candidate: str,
    *,
    mix: Mix | None = None,
    on_progress: Callable[[int, int], None] = unheard,
) -> Verdict:
    """Compare a version with the champion and say whether it may take over; what is not measured yet is measured.

    See `trial` for the texts; on_progress gets how many are tagged and how many there are to tag, and may raise to
    stop: what is tagged stays. Raise ModelError where files are gone that are needed for that.
    """
    tried = trial(workspace, candidate, mix=mix)
    _measure(workspace, tried, on_progress)
    return verdict_of(workspace, tried)


def _measure(workspace: Workspace, tried: Trial, on_progress: Callable[[int, int], None]) -> None:
    total = count_unmeasured(workspace, tried)
    done = 0

    def tell(k: int, _n: int) -> None:
        on_progress(done + k, total)

    for version in (tried.champion, tried.candidate):
        n = len(measuring.unmeasured(workspace, version, tried.texts))
        if n:
            require_files(workspace, version)
            measuring.measure(workspace, version, tried.texts, on_progress=tell)
            done += n


def verdict_of(workspace: Workspace, tried: Trial) -> Verdict:
    """Return what the figures of a trial say whose texts both versions have been asked about."""
    from core.ml.examples import label_matrix

    taxonomy = workspace.taxonomy
    label_ids = [label.id for label in taxonomy.labels]
    before, after = (_decided(workspace, version, tried.examples) for version in (tried.champion, tried.candidate))
    true = label_matrix(tried.examples, label_ids).reshape(len(tried.examples), len(label_ids))
    compared = _Compared(tried.examples, true, before, after, taxonomy)
    figures = pd.DataFrame(list(compared.rows()), columns=list(COLUMNS))
    n_corrected, followed = _followed(workspace, tried, label_ids)
    reasons = gate_rules.refusals(figures, n=len(true))
    return Verdict(
        champion=tried.champion,
        candidate=tried.candidate,
        passed=not reasons,
        reasons=tuple(reasons or gate_rules.grounds(figures)),
        concerns=tuple(gate_rules.concerns(tried.unknown, n_corrected, followed)),
        n=len(true),
        n_seen=tried.n_seen,
        figures=figures,
        n_corrected=n_corrected,
        n_followed=followed,
    )


def _decided(workspace: Workspace, version: ModelVersion, examples: "Sequence[Example]") -> Flags:
    texts = [(example.title, example.text) for example in examples]
    probabilities = measuring.probabilities_of(workspace, version, texts)
    return measuring.decisions_of(workspace, version, probabilities)


@dataclass(frozen=True)
class _Compared:
    """Decisions of two versions on the same texts, cut the ways that the gate looks at them."""

    examples: "Sequence[Example]"
    true: Flags
    before: Flags
    after: Flags
    taxonomy: Taxonomy

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield a row of COLUMNS for each level, language and label that occurs."""
        whole = self._paired(np.ones(len(self.examples), dtype=bool))
        aspects = self._columns(LabelKind.ASPECT)
        yield self._row("level", ALL, whole.macro(range(len(self.taxonomy.labels))))
        for kind in LabelKind:
            yield self._row("level", kind.value, whole.macro(self._columns(kind)))
        langs = np.array([example.lang for example in self.examples], dtype=str)
        for lang in sorted(set(langs.tolist())):
            found = self._paired(langs == lang).macro(aspects)
            yield self._row("lang", lang, found, n=int((langs == lang).sum()))
        for column, label in enumerate(self.taxonomy.labels):
            if self.true[:, column].any():
                yield self._row("label", label.id, whole.macro([column], level=gate_rules.LABEL_LEVEL))

    def _paired(self, rows: Flags) -> "PairedF1":
        from core.ml.paired import paired_f1

        stories = [example.group or example.id for example, wanted in zip(self.examples, rows, strict=True) if wanted]
        return paired_f1(self.true[rows], self.before[rows], self.after[rows], stories)

    def _columns(self, kind: LabelKind) -> list[int]:
        return [index for index, label in enumerate(self.taxonomy.labels) if label.kind is kind]

    @staticmethod
    def _row(scope: str, id_: str, found: "Difference", *, n: int | None = None) -> tuple[object, ...]:
        n = found.n if n is None else n
        state = gate_rules.state(scope, found.difference, found.low, found.high, n)
        return (scope, id_, found.before, found.after, found.difference, found.low, found.high, n, state)


def _followed(workspace: Workspace, tried: Trial, label_ids: Sequence[str]) -> tuple[int, tuple[int, int]]:
    """Return how many labels humans judged in corrected test documents, and how many each version gets right."""
    from core.ml.examples import label_matrix

    shape = (len(tried.corrected), len(label_ids))
    by_text = [tried.judged[example.id] for example in tried.corrected]
    judged = np.array([[label in own for label in label_ids] for own in by_text], dtype=bool).reshape(shape)
    true = label_matrix(tried.corrected, label_ids).reshape(shape)
    n_right = [
        int((judged & (_decided(workspace, version, tried.corrected) == true)).sum())
        for version in (tried.champion, tried.candidate)
    ]
    return int(judged.sum()), (n_right[0], n_right[1])
