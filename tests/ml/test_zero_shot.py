from pathlib import Path

import numpy as np
import pytest

from core.domain.taxonomy import Label, LabelKind, Taxonomy
from core.ml.examples import Example
from core.ml.zero_shot import Bundled, Descriptions, Likeness, measure_worth

RNG = np.random.default_rng(0)
KINDS = {"abcabc": "abcabcabc", "789789": "789789789", "XYZXYZ": "XYZXYZXYZ"}


def label(label_id: str, text: str) -> Label:
    return Label(label_id, LabelKind.SECTOR, None, text, text, text, text)


TREE = Taxonomy("1", (label("sector.a", "abcabc"), label("sector.b", "789789")))


def examples() -> list[Example]:
    kinds = [("abcabc", {"sector.a"}), ("789789", {"sector.b"}), ("XYZXYZ", {"sector.a", "sector.b"})]
    return [
        Example(str(i), "en", "", kinds[i % 3][0] * int(RNG.integers(1, 6)), frozenset(kinds[i % 3][1]))
        for i in range(60)
    ]


def test_likeness_is_free_of_what_all_texts_share() -> None:
    common = np.full(16, 5.0, dtype=np.float32)
    background = common + RNG.normal(size=(200, 16)).astype(np.float32)
    about = np.zeros((1, 16), dtype=np.float32)
    about[0, 3] = 3.0
    usual = 2 * common + RNG.normal(size=(50, 16)).astype(np.float32)
    likeness = Likeness(usual.mean(axis=0) + about, usual, background)
    assert abs(likeness.of(background).mean()) < 0.1
    assert likeness.of(common + about)[0, 0] > 3
    assert likeness.of(common - about)[0, 0] < -3


def test_worth_is_measured_among_the_pairs_that_are_possible() -> None:
    likeness = RNG.normal(size=(4000, 2)).astype(np.float32)
    true = RNG.random((4000, 2)) < 1 / (1 + np.exp(1 - 2 * likeness))
    possible = RNG.random((4000, 2)) < 0.5
    worth = measure_worth(likeness, true & possible, possible)
    assert worth.slope == pytest.approx(2, abs=0.2)
    assert worth.intercept == pytest.approx(-1, abs=0.2)
    assert 0.2 < worth.threshold < 0.6


def test_a_new_label_is_found_by_its_description_and_its_background_is_kept(tiny_encoder: Path, tmp_path: Path) -> None:
    new = label("sector.c", "XYZXYZ")
    found = Descriptions.load(tiny_encoder, [new], Bundled(examples, TREE), keep_in=tmp_path)
    chances = found.probabilities(["XYZXYZ" * 2, "abcabc" * 2, "789789" * 2])[:, 0]
    assert chances[0] > max(chances[1], chances[2])

    def none_left() -> list[Example]:
        raise AssertionError("the bundled texts are read a second time")

    again = Descriptions.load(tiny_encoder, [new], Bundled(none_left, TREE), keep_in=tmp_path)
    assert again.probabilities(["XYZ"]) == pytest.approx(found.probabilities(["XYZ"]), abs=0.01)
    assert again.threshold == pytest.approx(found.threshold, abs=0.05)


def test_another_encoder_gets_a_background_of_its_own(copied_encoder: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    stamp = copied_encoder / "encoder.json"
    if stamp.is_file():
        text = stamp.read_text("utf-8")
        stamp.write_text(text.replace('"hash": "', '"hash": "other'), "utf-8")
    for folder in (tiny_encoder, copied_encoder):
        Descriptions.load(folder, [label("sector.c", "XYZ")], Bundled(examples, TREE), keep_in=tmp_path)
    assert len(list(tmp_path.glob("zero-shot-*.npz"))) == 2
