"""`make bench`: one JSON object, {name: {ours, baseline, ratio, unit, baseline_is, n}}; NAME chooses an area."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from core.config import BUNDLED_DATA
from tests.bench import (
    compression,
    explaining,
    few_shot,
    imports,
    incremental,
    kills,
    quality,
    scale,
    tagging,
    texts,
    training,
    trends,
)


def _tagging() -> dict[str, dict[str, object]]:
    with TemporaryDirectory() as folder:
        encoder = texts.encoder_dir(Path(folder))
        model = BUNDLED_DATA / "models" / "default"
        return tagging.run(texts.sample(500), encoder, model) | explaining.run(texts.sample(60), encoder, model)


AREAS = {
    "tagging": _tagging,
    "import": imports.run,
    "pages": lambda: scale.run((10_000, 100_000)),
    "quality": quality.run,
    "training": training.run,
    "kills": kills.run,
    "trends": trends.run,
    "few_shot": few_shot.run,
    "scale": scale.run,
    "few_shot_8": lambda: few_shot.run([8]),
    "incremental": incremental.run,
    "compression": compression.run,
    "distilled": lambda: compression.run(["distill"]),
}
BY_NAME_ALONE = AREAS.keys() - {"tagging", "import", "pages", "trends"}
"""Take from some minutes to hours, so they are not part of `all`."""


def main(name: str) -> int:
    """Run one area, or all of them."""
    if name != "all" and name not in AREAS:
        print(f"No such area: {name}; there are: all, {', '.join(AREAS)}.", file=sys.stderr)
        return 2
    rows: dict[str, object] = {}
    for area in sorted(AREAS.keys() - BY_NAME_ALONE) if name == "all" else [name]:
        rows |= AREAS[area]()
    print(json.dumps(rows, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
