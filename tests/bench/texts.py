"""The texts that tagging is measured on: real ones where the corpus lies beside the project, else the bundled ones."""

import json
import random
from pathlib import Path

from core.config import BUNDLED_DATA, PROJECT_ROOT
from core.ingest import split_passages
from core.ml.examples import joined

REAL = PROJECT_ROOT.parent / "shared" / "corpus"


def sample(n: int) -> list[str]:
    """Return the first passages of n texts with their titles, drawn with a fixed seed; all fit the encoder."""
    folder = REAL if REAL.is_dir() else BUNDLED_DATA / "chronicle"
    rows = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    return [_first_passage(row) for row in random.Random(17).sample(rows, n)]


def _first_passage(row: dict[str, str]) -> str:
    span = split_passages(row["text"])[0]
    return joined((row["title"] or "")[:120], row["text"][span.start : span.end])


def encoder_dir(cache: Path) -> Path:
    """Unpack the default encoder once into the cache folder."""
    from core.ml.encoder import unpack_encoder

    return unpack_encoder(cache / "encoder").path
