"""Reading without tagging: texts a second, and memory against the size of a streamed file."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

TARGET_PER_SECOND = 200
WORDS = [
    *("model", "chip", "market", "training", "price", "law", "standard", "fund", "agent", "hospital"),
    *("模型", "芯片", "市场", "训练", "价格", "法律", "标准", "基金", "智能体", "医院"),
]


def run(n_short: int = 5000, megabytes: tuple[int, int] = (50, 500)) -> dict[str, dict[str, Any]]:
    """Return texts a second against the target, and peak memory of a large file against a small one's.

    Each import runs in a process of its own; the large file's texts are too long to be stored twice, so it measures
    the stream and not the disk.
    """
    with TemporaryDirectory() as folder:
        short = Path(folder, "short.jsonl")
        _write(short, n_short, n_words=40)
        result = _import(short, Path(folder, "a"))
        small, large = Path(folder, "small.jsonl"), Path(folder, "large.jsonl")
        _write_until(small, megabytes[0])
        _write_until(large, megabytes[1])
        peaks = [_import(path, Path(folder, name))["peak_mb"] for path, name in ((small, "b"), (large, "c"))]
    return {
        "import.texts_per_second": {
            "ours": round(result["documents"] / result["seconds"], 1),
            "baseline": TARGET_PER_SECOND,
            "ratio": round(result["documents"] / result["seconds"] / TARGET_PER_SECOND, 2),
            "unit": "texts/s",
            "baseline_is": "the target: 200 short texts a second without tagging",
            "n": n_short,
        },
        "import.peak_memory_mb": {
            "ours": round(peaks[1], 1),
            "baseline": round(peaks[0], 1),
            "ratio": round(peaks[0] / peaks[1], 2),
            "unit": "MB",
            "baseline_is": f"the same import of {megabytes[0]} MB; ours is {megabytes[1]} MB",
            "n": 1,
        },
    }


def _write(path: Path, n: int, *, n_words: int) -> None:
    rng = np.random.default_rng(3)
    with path.open("w", encoding="utf-8") as file:
        for i in range(n):
            file.write(json.dumps({"id": i, "text": f"{i} " + " ".join(rng.choice(WORDS, n_words))}) + "\n")


def _write_until(path: Path, megabytes: int) -> None:
    rng = np.random.default_rng(5)
    line = " ".join(rng.choice(WORDS, 150_000))
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < megabytes * 2**20:
            file.write(json.dumps({"text": line}, ensure_ascii=False) + "\n")


def _import(path: Path, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.imports", str(path), str(home)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _import_here(path: Path, home: Path) -> None:
    from core.config import BUNDLED_DATA, Settings
    from core.db.engine import Database
    from core.db.migrate import upgrade
    from core.domain.documents import ReadOptions
    from core.domain.taxonomy_file import load_taxonomy
    from core.services import imports, jobs
    from core.services.reading import read_item
    from core.services.workspace import Workspace

    settings = Settings(home=home)
    workspace = Workspace(
        settings, Database(settings.resolved_database_url), load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    )
    upgrade(workspace.database)
    staged = imports.collect_files([path], max_mb=settings.max_file_mb)
    job_id = imports.request_import(workspace, staged.files, options=ReadOptions())
    started = time.perf_counter()
    read_item(workspace, jobs.get_job(workspace, job_id).items[0].id, should_stop=lambda: False)
    item = jobs.get_job(workspace, job_id).items[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"documents": item.n_documents, "seconds": time.perf_counter() - started, "peak_mb": peak}))


if __name__ == "__main__":
    _import_here(Path(sys.argv[1]), Path(sys.argv[2]))
