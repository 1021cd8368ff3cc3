"""A training that is killed ten times at random moments: does it end with the weights of one that was left alone?"""

import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from core.config import BUNDLED_DATA, PROJECT_ROOT
from core.domain.taxonomy_file import load_taxonomy
from core.ml.examples import read_examples
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import LoraOptions
from tests.bench.texts import encoder_dir

N_TEXTS, N_KILLS = 200, 10
BEFORE_A_CHECKPOINT = 3
"""So many of the kills come while libraries and texts are read and the frozen layers computed."""
START_SECONDS = 20.0
SHARE_BETWEEN = 1 / 16
"""The others come up to this share of the undisturbed training after a new checkpoint was written."""
OPTIONS = LoraOptions(epochs=3, dropout=0.1, checkpoint_seconds=1.0)


def run() -> dict[str, dict[str, object]]:
    """Measure and return the row `training.kills`."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        encoder = encoder_dir(folder)
        command = [sys.executable, "-c", "import sys; from tests.bench import kills; kills.work(*sys.argv[1:])"]
        started = time.perf_counter()
        subprocess.run([*command, str(encoder), str(folder / "alone"), ""], check=True, cwd=PROJECT_ROOT)
        alone_seconds = time.perf_counter() - started
        started = time.perf_counter()
        killed = [*command, str(encoder), str(folder / "killed"), str(folder / "run")]
        chance = random.Random(4)
        n_resumed = 0
        for kill in range(N_KILLS):
            n_resumed += bool(_checkpoints(folder / "run"))
            if kill < BEFORE_A_CHECKPOINT:
                _kill_after(killed, chance.uniform(0, START_SECONDS), folder / "run", after_new=False)
            else:
                wait = chance.uniform(0, alone_seconds * SHARE_BETWEEN)
                _kill_after(killed, wait, folder / "run", after_new=True)
        n_resumed += bool(_checkpoints(folder / "run"))
        subprocess.run(killed, check=True, cwd=PROJECT_ROOT)
        killed_seconds = time.perf_counter() - started
        equal = [
            (folder / "killed" / name).read_bytes() == (folder / "alone" / name).read_bytes()
            for name in ("head.safetensors", "adapter.safetensors")
        ]
    return {
        "training.kills": {
            "ours": float(all(equal)),
            "baseline": 1.0,
            "ratio": float(all(equal)),
            "unit": "weights equal, bit for bit",
            "baseline_is": f"the same training left alone, {alone_seconds:.0f} s; killed {N_KILLS} times it took "
            f"{killed_seconds:.0f} s, {n_resumed} of {N_KILLS} times going on from a checkpoint; {N_TEXTS} texts",
            "n": N_KILLS,
        }
    }


def work(encoder: str, folder: str, run_dir: str) -> None:
    """Train on a part of the bundled texts."""
    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    examples = read_examples(sorted((BUNDLED_DATA / "training").glob("*.jsonl")), taxonomy)
    chosen = random.Random(0).sample(examples, N_TEXTS)
    run = Path(run_dir) if run_dir else None
    train("lora", Material(chosen, Path(encoder), taxonomy), Path(folder), options=OPTIONS, run_dir=run)


def _checkpoints(run_dir: Path) -> set[str]:
    return {path.name for path in run_dir.glob("checkpoint-*")}


def _kill_after(command: list[str], seconds: float, run_dir: Path, *, after_new: bool) -> None:
    """Start and kill after so many seconds, counted from the first new checkpoint where one is waited for."""
    before = _checkpoints(run_dir)
    with subprocess.Popen(command, cwd=PROJECT_ROOT) as process:
        while after_new and process.poll() is None and not _checkpoints(run_dir) - before:
            time.sleep(0.02)
        try:
            process.wait(seconds)
            raise AssertionError("the training ended before it was killed; take more texts")
        except subprocess.TimeoutExpired:
            process.kill()
    print(f"killed {seconds:.1f} s after {'a checkpoint' if after_new else 'the start'}: ", file=sys.stderr, end="")
    print(sorted(_checkpoints(run_dir)), file=sys.stderr)
