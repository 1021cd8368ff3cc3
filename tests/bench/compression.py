"""Smaller models against the default one: speed, labels that stay, F1 on the labelled real texts.

Run by name (`make bench NAME=compression`). Both models take turns over shares of the texts, so that whatever else
the machine does hits both. Distillation by its defaults takes over ten minutes on two cores; here it learns from fewer
texts in fewer rounds, so its rows are worse than what `models compress` makes (docs/decisions/0014-compression.md).
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.config import BUNDLED_DATA, PROJECT_ROOT
from core.domain.taxonomy_file import load_taxonomy
from core.ml.compression.options import DistillOptions, Int8Options, VocabularyOptions
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.decisions import Rules
from core.ml.evaluate import evaluate
from core.ml.examples import Example, joined, label_matrix, read_examples
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from tests.bench.texts import encoder_dir

LABELLED = PROJECT_ROOT.parent / "shared" / "labels" / "dev.jsonl"
TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
LEVELS = {"aspects": "aspect", "topics": "topic_10"}
N_ROUNDS = 6
MAKERS = {
    "int8": ("int8", Int8Options()),
    "vocabulary": ("vocabulary", VocabularyOptions()),
    "distilled": ("distill", DistillOptions(n_texts=2000, epochs=3, max_tokens=128)),
}
Rows = dict[str, dict[str, object]]


def run(n: int = 240) -> Rows:
    """Measure and return the rows `tagging.int8_*`, `tagging.vocabulary_*` and `tagging.distilled_*`."""
    real = _labelled(n)
    rows: Rows = {}
    with _workplace() as (source, folder):
        material = Material(read_examples(_bundled(), TREE), source.encoder.path, TREE)
        before = Tagger.load(source.encoder.path, source.folder)
        for name, (technique, options) in MAKERS.items():
            started = time.monotonic()
            compress(technique, source, material, folder / name, options=options)
            print(f"{name} made in {time.monotonic() - started:.0f} s", file=sys.stderr)
            after = Tagger.load(source.encoder.path, folder / name)
            rows |= _rows(name, before, after, real, (source, Source.read(source.encoder.path, folder / name)))
    return rows


@contextmanager
def _workplace() -> Iterator[tuple[Source, Path]]:
    with TemporaryDirectory() as folder:
        yield Source.read(encoder_dir(Path(folder)), BUNDLED_DATA / "models" / "default"), Path(folder)


def _bundled() -> list[Path]:
    return [path for name in ("training", "chronicle") for path in sorted((BUNDLED_DATA / name).glob("*.jsonl"))]


def _labelled(n: int) -> list[Example]:
    if not LABELLED.is_file():
        raise SystemExit(f"{LABELLED} is not there: there are no labelled real texts to measure on.")
    every = read_examples([LABELLED], TREE)
    return [every[i] for i in np.random.default_rng(0).permutation(len(every))[:n]]


def _rows(name: str, before: Tagger, after: Tagger, real: list[Example], sources: tuple[Source, Source]) -> Rows:
    texts = [joined(example.title, example.text) for example in real]
    seconds, found = [0.0, 0.0], [np.zeros((len(texts), len(before.label_ids)), np.float32) for _ in range(2)]
    for start in range(N_ROUNDS):
        for which, tagger in enumerate((before, after)):
            began = time.perf_counter()
            found[which][start::N_ROUNDS] = tagger.tag(texts[start::N_ROUNDS])
            seconds[which] += time.perf_counter() - began
    rules = Rules(before.label_ids, TREE)
    theirs, ours = (rules.decisions(rows, before.thresholds) for rows in found)
    quality = [_quality(rows, before, real) for rows in found]
    n, size = len(real), [source.n_bytes / 2**20 for source in sources]
    given = 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum())
    return {
        f"tagging.{name}_texts_per_second": _row(n / seconds[1], n / seconds[0], seconds[0] / seconds[1], "1/s", n),
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
