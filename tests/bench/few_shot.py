"""Few texts a label: our method against SetFit's package and against a head alone, same texts and encoder, real texts.

SetFit runs in an environment of its own, whose python SETFIT_PYTHON names; without it only the head is compared. Both
learn from the same texts of the bundled ones. Seconds are of the processor, so that other programs do not count. SetFit
gets a bounded number of steps, as it takes 5 to 30 seconds each on two cores, and of all common thresholds the one that
is best for it in hindsight.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.ml.evaluate import evaluate
from core.ml.examples import Example, joined, label_matrix
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import train
from tests.bench.quality import LABEL_IDS, TREE, Rows, workplace

SIZES = (8, 16, 32, 64)
SETFIT_STEPS = 40
N_MEASURED = 300
LEVELS = {"aspects": "aspect", "topics": "topic"}
THRESHOLDS = np.linspace(0.05, 0.9, 86)


def run(sizes: Sequence[int] = SIZES) -> Rows:
    """Measure and return rows `training.few_shot_…`: macro F1 of aspects and topics, and seconds."""
    rows: Rows = {}
    with workplace() as (whole, real):
        chosen = np.random.default_rng(0).permutation(len(real))[:N_MEASURED]
        asked = [real[i] for i in chosen]
        for size in sizes:
            few = Material(draw(whole.examples, size), whole.encoder_dir, TREE)
            ours, seconds = _trained("few_shot", few, asked)
            others = {"head": ("a head on the frozen encoder", *_trained("head", few, asked))}
            if python := os.environ.get("SETFIT_PYTHON"):
                others["setfit"] = (f"SetFit's package, {SETFIT_STEPS} steps", *_setfit(python, few, asked))
            for name, (described, theirs, their_seconds) in others.items():
                what = f"{described}; {len(few.examples)} texts; processor {their_seconds:.0f} s, ours {seconds:.0f} s"
                rows |= _rows(f"few_shot_{size}_over_{name}", ours, theirs, what)
    return rows


def draw(examples: Sequence[Example], size: int) -> list[Example]:
    """Return texts until each label has `size` of them, or all that there are, and as many off topic; seeded."""
    have: dict[str, int] = {}
    taken = []
    for i in np.random.default_rng(0).permutation(len(examples)):
        one = examples[i]
        lowest = [label for label in one.labels if not any(other.startswith(f"{label}.") for other in one.labels)]
        if any(have.get(label, 0) < size for label in lowest or ["off topic"]):
            taken.append(one)
            for label in lowest or ["off topic"]:
                have[label] = have.get(label, 0) + 1
    return taken


def _trained(method: str, few: Material, asked: list[Example]) -> tuple[dict[str, float], float]:
    with TemporaryDirectory() as folder:
        started = time.process_time()
        train(method, few, Path(folder))
        seconds = time.process_time() - started
        tagger = Tagger.load(few.encoder_dir, Path(folder))
        found = _levels(asked, tagger.tag([joined(one.title, one.text) for one in asked]), tagger.thresholds)
    print(method, len(few.examples), found, round(seconds), file=sys.stderr)
    return found, seconds


def _setfit(python: str, few: Material, asked: list[Example]) -> tuple[dict[str, float], float]:
    known = np.flatnonzero(few.true.any(axis=0))
    order = {
        "encoder": str(few.encoder_dir),
        "texts": few.texts,
        "labels": few.true[:, known].astype(int).tolist(),
        "asked": [joined(one.title, one.text) for one in asked],
        "steps": SETFIT_STEPS,
        "batch": 16,
    }
    worker = Path(__file__).with_name("setfit_worker.py")
    done = subprocess.run([python, str(worker)], input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True)
    answer = json.loads(done.stdout)
    chances = np.zeros((len(asked), len(LABEL_IDS)), dtype=np.float32)
    chances[:, known] = answer["probabilities"]
    tried = [_levels(asked, chances, np.full(len(LABEL_IDS), t, dtype=np.float32)) for t in THRESHOLDS]
    best = {name: max(found[name] for found in tried) for name in LEVELS}
    print("setfit", len(few.examples), best, round(answer["seconds"]), file=sys.stderr)
    return best, answer["seconds"]


def _levels(asked: list[Example], chances: np.ndarray, thresholds: np.ndarray) -> dict[str, float]:
    report = evaluate(label_matrix(asked, LABEL_IDS), chances, thresholds, LABEL_IDS, TREE)
    return {name: report["levels"][level]["macro_f1"] for name, level in LEVELS.items()}


def _rows(name: str, ours: dict[str, float], baseline: dict[str, float], described: str) -> Rows:
    return {
        f"training.{level}_{name}": {
            "ours": round(ours[level], 4),
            "baseline": round(value, 4),
            "ratio": round(ours[level] / max(value, 1e-9), 4),
            "unit": "macro F1",
            "baseline_is": described,
            "n": N_MEASURED,
        }
        for level, value in baseline.items()
    }
