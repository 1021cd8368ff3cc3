"""Explanations: how much the words that are named matter, and how long naming them takes.

Deletion (DeYoung et al. 2020, ERASER, comprehensiveness): the drop of the label's probability without the strongest
tenth of a passage's words, against a random tenth; shares of the text, counted in words with their repetitions. Time:
against leaving out every word once, which is what an explanation without gradients has to do. Passages take turns.
"""

import time
from pathlib import Path

import numpy as np

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.ml.decisions import Rules
from core.ml.explanation import Probe, Word, explain
from core.ml.tagger import Tagger
from core.ml.words import without

SHARE = 0.1
N_TIMED = 8
TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")


def run(texts: list[str], encoder_dir: Path, model_dir: Path) -> dict[str, dict[str, object]]:
    """Measure and return the rows `tagging.explanation_*` of the bench, of those texts that get a label."""
    tagger = Tagger.load(encoder_dir, model_dir, exact=True)
    rng = np.random.default_rng(0)
    drops, seconds = [], []
    probed = [(text, probe) for text in texts if (probe := _probe_of(tagger, text))]
    explain(probed[0][1], probed[0][0], [])  # what is loaded or compiled on first use is not timed
    for text, probe in probed:
        whole, words = probe.read(text)
        started = time.perf_counter()
        found = explain(probe, text, [(0, len(text))])
        took = time.perf_counter() - started
        named = {word.text for word in (*found.words_for, *found.words_against)}
        ranked = [*found.words_for, *(word for word in words if word.text not in named)]
        orders = (ranked, [words[i] for i in rng.permutation(len(words))])
        left = probe.ask([without(text, _tenth(order, found.n_words)) for order in orders])
        drops.append([whole.probability - outcome.probability for outcome in left])
        if len(seconds) < N_TIMED:
            started = time.perf_counter()
            probe.ask([without(text, word.spans) for word in words])
            seconds.append([took, time.perf_counter() - started])
    (ours, chance), (own, every) = np.mean(drops, axis=0), np.mean(seconds, axis=0)
    return {
        "tagging.explanation_drop": _row(
            ours, chance, ours / max(chance, 1e-3), "probability", "a random tenth of the words", len(drops)
        ),
        "tagging.explanation_seconds": _row(own, every, every / own, "s", "leaving out every word once", len(seconds)),
    }


def _probe_of(tagger: Tagger, text: str) -> Probe | None:
    """Return a probe for the most specific and, of those, most probable label that holds."""
    raw = tagger.tag([text])
    rules = Rules(tagger.label_ids, TREE)
    held = rules.names(rules.decisions(raw, tagger.thresholds)[0])
    row = dict(zip(tagger.label_ids, raw[0], strict=True))
    best = max(held, key=lambda label: (label.count("."), row[label]), default=None)
    return Probe(tagger, TREE, best) if best else None


def _tenth(order: list[Word], n_words: int) -> list[tuple[int, int]]:
    """Return the places of the first words that together make up the share of the text, one word at least."""
    spans = list(order[0].spans)
    for word in order[1:]:
        if len(spans) + len(word.spans) > SHARE * n_words:
            break
        spans += word.spans
    return spans


def _row(ours: float, baseline: float, ratio: float, unit: str, baseline_is: str, n: int) -> dict[str, object]:
    figures = {"ours": ours, "baseline": baseline, "ratio": ratio}
    return {
        **{name: round(float(value), 4) for name, value in figures.items()},
        "unit": unit,
        "baseline_is": baseline_is,
        "n": n,
    }
