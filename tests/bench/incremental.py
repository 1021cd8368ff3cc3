"""A topic that the champion never saw, added with 30 texts: what becomes of it, and of what was known before.

The champion is trained on a part of the bundled texts without the topic's; it then goes on by `incremental` with 30
texts of it. Both are measured on the frozen test part of all texts.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.domain.taxonomy import Taxonomy
from core.ml.evaluate import evaluate
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import IncrementalOptions, LoraOptions
from tests.bench.quality import TREE, Rows, workplace

TOPIC = "technology.architecture.speech"
N_NEW = 30
N_OLD = 1500
N_TEST = 300


def run() -> Rows:
    """Measure and return rows `training.incremental_…`."""
    old_tree = Taxonomy(f"{TREE.version}-", tuple(label for label in TREE.labels if label.id != TOPIC))
    with workplace() as (whole, _), TemporaryDirectory() as folder:
        split = whole.split(held_out_of=7, seed=0)
        test = np.random.default_rng(0).permutation(split.test)[:N_TEST]
        others = np.random.default_rng(0).permutation(np.setdiff1d(np.arange(len(whole.examples)), split.test))
        has_topic = np.array([TOPIC in one.labels for one in whole.examples])
        old = [whole.examples[i] for i in others if not has_topic[i]][:N_OLD]
        new = [whole.examples[i] for i in others if has_topic[i]][:N_NEW]
        tested = [whole.examples[i] for i in test]
        before, after = Path(folder, "before"), Path(folder, "after")
        train("lora", Material(old + tested, whole.encoder_dir, old_tree), before, options=LoraOptions(epochs=1))
        material = Material(old + new + tested, whole.encoder_dir, TREE, champion_dir=before)
        train("incremental", material, after, options=IncrementalOptions())
        known = [label.id for label in old_tree.labels]
        f1 = {path: _f1(path, Material(tested, whole.encoder_dir, TREE)) for path in (before, after)}
    change = {label_id: f1[after][label_id] - f1[before][label_id] for label_id in known if label_id in f1[before]}
    print({name: round(value, 3) for name, value in change.items()}, file=sys.stderr)
    means = [float(np.mean([f1[path][label_id] for label_id in change])) for path in (after, before)]
    described = f"the champion of {len(old)} texts before {len(new)} of {TOPIC} were added"
    return {
        "training.old_labels_after_incremental": _row(*means, described),
        "training.new_label_after_incremental": _row(
            f1[after].get(TOPIC, 0.0), 0.0, "the champion, which knows it not"
        ),
    }


def _f1(folder: Path, tested: Material) -> dict[str, float]:
    """Return F1 of each label that occurs."""
    tagger = Tagger.load(tested.encoder_dir, folder)
    columns = [tested.label_ids.index(label_id) for label_id in tagger.label_ids]
    report = evaluate(
        tested.true[:, columns], tagger.tag(tested.texts), tagger.thresholds, tagger.label_ids, tested.taxonomy
    )
    return {label_id: own["f1"] for label_id, own in report["labels"].items() if own["support"]}


def _row(ours: float, baseline: float, described: str) -> dict[str, object]:
    return {
        "ours": round(ours, 4),
        "baseline": round(baseline, 4),
        "ratio": round(ours / baseline, 4) if baseline else None,
        "unit": "macro F1",
        "baseline_is": described,
        "n": N_TEST,
    }
