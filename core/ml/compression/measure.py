"""What a classifier lost and gained by being made smaller: speed, labels that changed, and F1 where it is known."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.taxonomy import Taxonomy
from core.ml.decisions import Rules
from core.ml.evaluate import evaluate_by_language
from core.ml.examples import Example, joined, label_matrix
from core.ml.tagger import Tagger
from core.ml.training.watch import Watch

Floats = NDArray[np.float32]
COMPARING = "comparing"
N_ROUNDS = 6
N_TIMED = 120


class Counted:
    """Tells a watch how many texts of a comparison are tagged."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch, self._total, self._done = watch, total, 0
        watch.phase(COMPARING, 0, total)

    def tag(self, tagger: Tagger, texts: Sequence[str]) -> Floats:
        """Return probabilities [n, labels] of texts, and count these."""
        before = self._done
        found = tagger.tag(texts, on_progress=lambda done: self._watch.phase(COMPARING, before + done, self._total))
        self._done += len(texts)
        return found

    def add(self, n: int) -> None:
        """Count texts that were tagged without telling, so that nothing but tagging is timed."""
        self._done += n
        self._watch.phase(COMPARING, self._done, self._total)


def agreement(
    before: Tagger, after: Tagger, texts: Sequence[str], taxonomy: Taxonomy, *, tell: Counted
) -> dict[str, Any]:
    """Return how many of the labels stayed and how fast both are; they take turns, so that noise hits both.

    Speed is by processor time, all threads together: with other programs running, the clock would time those.

    `equal_decisions`: of all (text, label) pairs, most of which are plainly no; `equal_labels`: of the labels that
    either gives, the share that both give, counted as F1; `equal_texts`: texts whose labels are all the same.
    """
    rules = Rules(before.label_ids, taxonomy)
    seconds = [0.0, 0.0]
    found: list[list[Any]] = [[], []]
    taggers = (before, after)
    for tagger in taggers:
        tagger.tag(texts[:N_ROUNDS])
    parts = [part for part in (texts[start:N_TIMED:N_ROUNDS] for start in range(N_ROUNDS)) if part]
    for part in parts:
        for which, tagger in enumerate(taggers):
            started = time.process_time()
            found[which].append(tagger.tag(part))
            seconds[which] += time.process_time() - started
            tell.add(len(part))
    for which, tagger in enumerate(taggers):
        found[which].append(tell.tag(tagger, texts[N_TIMED:]))
    ours, theirs = (rules.decisions(np.concatenate(rows), before.thresholds) for rows in found)
    n_timed = sum(map(len, parts))
    return {
        "n": len(texts),
        "n_timed": n_timed,
        "texts_per_cpu_second_before": n_timed / seconds[0],
        "texts_per_cpu_second": n_timed / seconds[1],
        "equal_decisions": float((ours == theirs).mean()),
        "equal_texts": float((ours == theirs).all(axis=1).mean()),
        "equal_labels": 2 * int((ours & theirs).sum()) / max(1, int(ours.sum()) + int(theirs.sum())),
    }


def metrics(
    tagger: Tagger, examples: Sequence[Example], taxonomy: Taxonomy, *, tell: Counted
) -> dict[str, dict[str, Any]]:
    """Return `evaluate_by_language` of texts that training did not see, as training states it."""
    probabilities = Rules(tagger.label_ids, taxonomy).consistent(
        tell.tag(tagger, [joined(example.title, example.text) for example in examples])
    )
    true = label_matrix(examples, tagger.label_ids)
    languages = [example.lang for example in examples]
    return evaluate_by_language(true, probabilities, tagger.thresholds, tagger.label_ids, taxonomy, languages)
