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
from core.ml.training.checkpoints import KEPT
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import LoraOptions
from tests.bench.texts import encoder_dir

N_TEXTS, N_KILLS = 200, 10
SECONDS = (5.0, 40.0)
"""From the start of the process to its end, drawn evenly; it reads its libraries and the texts first."""
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
        for _ in range(N_KILLS):
            _kill_after(killed, chance.uniform(*SECONDS), folder / "run")
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
            f"{killed_seconds:.0f} s, {N_TEXTS} texts, the last {KEPT} checkpoints kept",
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


def _kill_after(command: list[str], seconds: float, run_dir: Path) -> None:
    with subprocess.Popen(command, cwd=PROJECT_ROOT) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    found = sorted(path.name for path in run_dir.glob("*")) if run_dir.is_dir() else []
    print(f"killed after {seconds:.1f} s: {found}", file=sys.stderr)
