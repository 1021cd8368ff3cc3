"""Smaller models against the default one: speed, labels that stay, F1 on the labelled real texts.

Run by name (`make bench NAME=compression`, and `NAME=distilled`, which takes over an hour on two cores). Both models
take turns over shares of the passages, so that whatever else the machine does hits both. What is distilled learns from
the bundled texts and from the real ones without labels, as it would from stored documents.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.config import BUNDLED_DATA, PROJECT_ROOT
from core.domain.taxonomy_file import load_taxonomy
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.decisions import Rules
from core.ml.evaluate import evaluate
from core.ml.examples import Example, label_matrix, read_examples
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.watch import Watch
from tests.bench.quality import of_documents, passages
from tests.bench.texts import REAL, encoder_dir

LABELLED = PROJECT_ROOT.parent / "shared" / "labels" / "dev.jsonl"
TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
LEVELS = {"aspects": "aspect", "topics": "topic_10"}
N_ROUNDS = 6
MOST_PASSAGES = 8
"""Of a text that is learnt from."""
Rows = dict[str, dict[str, object]]


def run(techniques: Sequence[str] = ("int8", "vocabulary")) -> Rows:
    """Measure and return the rows `tagging.TECHNIQUE_…`."""
    real = _labelled()
    rows: Rows = {}
    with _workplace() as (source, folder):
        unlabelled = _unlabelled(real) if "distill" in techniques else []
        material = Material(read_examples(_bundled(), TREE), source.encoder.path, TREE, unlabelled)
        before = Tagger.load(source.encoder.path, source.folder)
        for name in techniques:
            started = time.monotonic(), time.process_time()
            compress(name, source, material, folder / name, run=Run(Spoken(), None))
            spent = time.monotonic() - started[0], time.process_time() - started[1]
            print(f"{name} made in {spent[0]:.0f} s, {spent[1]:.0f} s of the processor", file=sys.stderr)
            after = Tagger.load(source.encoder.path, folder / name)
            rows |= _rows(name, before, after, real, (source, Source.read(source.encoder.path, folder / name)))
    return rows


class Spoken(Watch):
    """Says once a minute how far it is."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def phase(self, name: str, done: int, total: int) -> None:
        """Take how much of a phase is done."""
        if time.monotonic() - self._said > 60:
            self._said = time.monotonic()
            print(name, done, "of", total, file=sys.stderr)


def _unlabelled(real: list[Example]) -> list[str]:
    """Return passages of the real texts that are not among the labelled ones."""
    known = {example.text[:200] for example in real} | {example.id for example in real}
    found = []
    for path in sorted(REAL.glob("*.jsonl")):
        for row in map(json.loads, path.open(encoding="utf-8")):
            if row["id"] not in known and row["text"][:200] not in known:
                one = Example(row["id"], row["lang"], row["title"] or "", row["text"], frozenset())
                found += passages([one])[0][:MOST_PASSAGES]
    return found


@contextmanager
def _workplace() -> Iterator[tuple[Source, Path]]:
    with TemporaryDirectory() as folder:
        yield Source.read(encoder_dir(Path(folder)), BUNDLED_DATA / "models" / "default"), Path(folder)


def _bundled() -> list[Path]:
    return [path for name in ("training", "chronicle") for path in sorted((BUNDLED_DATA / name).glob("*.jsonl"))]


def _labelled() -> list[Example]:
    if not LABELLED.is_file():
        raise SystemExit(f"{LABELLED} is not there: there are no labelled real texts to measure on.")
    return read_examples([LABELLED], TREE)


def _rows(name: str, before: Tagger, after: Tagger, real: list[Example], sources: tuple[Source, Source]) -> Rows:
    texts, owners, lengths = passages(real)
    seconds, found = [0.0, 0.0], [np.zeros((len(texts), len(before.label_ids)), np.float32) for _ in range(2)]
    for start in range(N_ROUNDS):
        for which, tagger in enumerate((before, after)):
            began = time.perf_counter()
            found[which][start::N_ROUNDS] = tagger.tag(texts[start::N_ROUNDS])
            seconds[which] += time.perf_counter() - began
    whole = [of_documents(each, owners, lengths) for each in found]
    rules = Rules(before.label_ids, TREE)
    theirs, ours = (rules.decisions(rows, before.thresholds) for rows in whole)
    quality = [_quality(rows, before, real) for rows in whole]
    n, size = len(real), [source.n_bytes / 2**20 for source in sources]
    given = 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum())
    rate = [len(texts) / each for each in seconds]
    return {
        f"tagging.{name}_passages_per_second": _row(rate[1], rate[0], rate[1] / rate[0], "1/s", len(texts)),
        f"tagging.{name}_megabytes": _row(size[1], size[0], size[0] / size[1], "MB", n),
        f"tagging.{name}_equal_decisions": _row(
            float((ours == theirs).mean()), 1.0, float((ours == theirs).mean()), "share", n
        ),
        f"tagging.{name}_equal_labels": _row(float(given), 1.0, float(given), "F1 between both", n),
        **{
            f"tagging.{name}_{level}": _row(quality[1][level], value, quality[1][level] / value, "macro F1", n)
            for level, value in quality[0].items()
        },
    }


def _quality(probabilities: np.ndarray, tagger: Tagger, real: list[Example]) -> dict[str, float]:
    report = evaluate(label_matrix(real, tagger.label_ids), probabilities, tagger.thresholds, tagger.label_ids, TREE)
    return {name: max(1e-9, report["levels"][level]["macro_f1"]) for name, level in LEVELS.items()}


def _row(ours: float, baseline: float, ratio: float, unit: str, n: int) -> dict[str, object]:
    return {
        "ours": round(ours, 4),
        "baseline": round(baseline, 4),
        "ratio": round(ratio, 4),
        "unit": unit,
        "baseline_is": "the default model, in turns",
        "n": n,
    }
