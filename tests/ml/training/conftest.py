from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.config import BUNDLED_DATA
from core.domain.documents import Reason
from core.domain.taxonomy_file import load_taxonomy
from core.ml.examples import Example
from core.ml.training.material import Material
from core.ml.training.watch import Point, Watch

KINDS = [("abcabc", {"market"}), ("789789", {"policy"}), ("XYZXYZ", set[str]())]
"""Texts of three kinds that even a random encoder tells apart, the last of them off topic."""


@pytest.fixture
def make_material(tiny_encoder: Path) -> Callable[..., Material]:
    """Return what makes labelled texts of three kinds on the tiny encoder."""
    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")

    def make(n: int = 120, encoder: Path = tiny_encoder) -> Material:
        rng = np.random.default_rng(0)
        texts = [(KINDS[i % 3][0] * int(rng.integers(2, 9)), KINDS[i % 3][1]) for i in range(n)]
        examples = [
            Example(str(i), ("en", "zh")[i % 2], "", text, frozenset(ids)) for i, (text, ids) in enumerate(texts)
        ]
        return Material(examples, encoder, taxonomy)

    return make


class Heard(Watch):
    """Keeps what a training tells."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.remarks: list[Reason] = []
        self.steps: list[int] = []

    def phase(self, name: str, done: int, total: int) -> None:
        if name == "training":
            self.steps.append(done)

    def point(self, point: Point) -> None:
        self.points.append(point)

    def remark(self, reason: Reason) -> None:
        self.remarks.append(reason)


@pytest.fixture
def heard() -> Heard:
    return Heard()
