"""How fast training is: the recipe `lora` against the plain recipe of textbooks, on the same texts.

Plain: each text tokenised by itself and padded to 512, a shuffled DataLoader of 16, AdamW on all weights, fp32,
three epochs. A step of it is timed several times and the rest extrapolated; how good it gets is measured by running
it with batches padded to their longest text, which gives the same gradients in less time. Times are of the processor,
over all cores, so that other programs do not count; those of `head` are of the clock, on a machine left alone.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch.utils.data import DataLoader

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.ml.examples import read_examples
from core.ml.training.curve import macro_f1
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import HeadOptions, LoraOptions
from core.ml.training.watch import Point, Watch
from tests.bench.texts import encoder_dir

N_TEXTS, N_HEAD_TEXTS, BATCH, EPOCHS, TIMED_STEPS = 512, 2000, 16, 3, 3
TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
Rows = dict[str, dict[str, object]]


def run() -> Rows:
    """Measure and return the rows `training.speed_*` of the bench."""
    with TemporaryDirectory() as folder:
        files = sorted((BUNDLED_DATA / "training").glob("*.jsonl"))
        whole = Material(read_examples(files, TREE), encoder_dir(Path(folder)), TREE)
        material = _part(whole, N_TEXTS)
        step_seconds, theirs = _plain(material)
        n_steps = EPOCHS * -(-len(_taught(material)) // BATCH)
        plain_seconds = n_steps * step_seconds
        ours, clock = _ours(material, Path(folder) / "lora")
        reached = next((seconds for seconds, f1 in clock if f1 >= theirs), float("nan"))
        described = (
            f"all weights, AdamW, padded to 512, {EPOCHS} epochs, validation macro F1 {theirs:.3f} (ours ended with "
            f"{clock[-1][1]:.3f}); {TIMED_STEPS} of {n_steps} steps timed, the rest extrapolated"
        )
        head = _head_seconds(_part(whole, N_HEAD_TEXTS), Path(folder) / "head")
        return {
            "training.speed_to_plain_quality": _row(reached, plain_seconds, described, N_TEXTS),
            "training.speed_to_the_end": _row(ours, plain_seconds, described, N_TEXTS),
            "training.speed_head": _row(head, 60.0, "a minute, vectors included", N_HEAD_TEXTS) | {"unit": "s"},
        }


def _row(ours: float, baseline: float, described: str, n: int) -> dict[str, object]:
    return {
        "ours": round(ours, 1),
        "baseline": round(baseline, 1),
        "ratio": round(baseline / ours, 2),
        "unit": "s of processor time",
        "baseline_is": described,
        "n": n,
    }


def _part(material: Material, n: int) -> Material:
    chosen = np.random.default_rng(0).permutation(len(material.examples))[:n]
    return Material([material.examples[i] for i in sorted(chosen)], material.encoder_dir, TREE)


def _taught(material: Material) -> np.ndarray:
    return material.split(held_out_of=7, seed=0).taught


class _Clock(Watch):
    """Notes when each validation was done, from the very beginning."""

    def __init__(self) -> None:
        self.started = time.process_time()
        self.validations: list[tuple[float, float]] = []

    def point(self, point: Point) -> None:
        if point.macro_f1 is not None:
            self.validations.append((time.process_time() - self.started, point.macro_f1))


def _ours(material: Material, folder: Path) -> tuple[float, list[tuple[float, float]]]:
    """Return the seconds of the whole training, and after how many each validation came and what it gave."""
    clock = _Clock()
    train("lora", material, folder, options=LoraOptions(evaluations=10), watch=clock)
    return time.process_time() - clock.started, clock.validations


def _head_seconds(material: Material, folder: Path) -> float:
    started = time.perf_counter()
    train("head", material, folder, options=HeadOptions())
    return time.perf_counter() - started


def _plain(material: Material) -> tuple[float, float]:
    """Return the seconds of a step, and the validation macro F1 in the end."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    kind = {"num_labels": len(material.label_ids), "problem_type": "multi_label_classification"}
    model = AutoModelForSequenceClassification.from_pretrained(material.encoder_dir, dtype=torch.float32, **kind)
    tokenizer = AutoTokenizer.from_pretrained(material.encoder_dir)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    true = torch.from_numpy(material.true.astype(np.float32))
    rows = material.split(held_out_of=7, seed=0)

    def batch(chosen: list[int], padding: str | bool) -> dict[str, torch.Tensor]:
        texts = [material.texts[i] for i in chosen]
        return dict(tokenizer(texts, truncation=True, padding=padding, max_length=512, return_tensors="pt"))

    def step(chosen: list[int], padding: str | bool) -> None:
        model(**batch(chosen, padding), labels=true[chosen]).loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    loader = DataLoader(rows.taught.tolist(), BATCH, shuffle=True, collate_fn=lambda chosen: chosen)
    model.train()
    for _ in range(EPOCHS):
        for chosen in loader:
            step(chosen, padding=True)
    model.eval()
    with torch.inference_mode():
        scores = [model(**batch([row], padding=True)).logits[0].numpy() for row in rows.validation]
    quality = macro_f1(material.true[rows.validation], np.stack(scores))
    model.train()
    started = time.process_time()
    for chosen in list(loader)[:TIMED_STEPS]:
        step(chosen, padding="max_length")
    return (time.process_time() - started) / TIMED_STEPS, quality
