import json
from pathlib import Path

import pytest

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.examples import data_hash, read_examples

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_labels_get_their_parents(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"id": "1", "text": "LoRA.", "labels": ["technology.training.peft"]}, "")
    (example,) = read_examples([path], TREE)
    assert example.labels == {"technology", "technology.training", "technology.training.peft"}


def test_every_bad_line_is_reported(tmp_path: Path) -> None:
    good = {"id": "1", "text": "x", "labels": []}
    path = write(tmp_path / "a.jsonl", good, "{half", good, {"id": "2", "labels": []}, {"id": "3", "text": "x"})
    other = write(tmp_path / "b.jsonl", {"id": "4", "text": "x", "labels": ["market.gold"]})
    with pytest.raises(InputError) as caught:
        read_examples([path, other], TREE)
    assert str(caught.value).startswith("5 lines cannot be used")
    for part in ("line 2: is no JSON", "line 3: repeats", "line 4: needs an id and a text", "line 5: needs a list"):
        assert part in str(caught.value)
    assert "b.jsonl line 1: unknown labels market.gold" in str(caught.value)


def test_the_hash_ignores_order_but_not_labels(tmp_path: Path) -> None:
    rows = [{"id": str(i), "text": f"text {i}", "labels": ["market"] if i else []} for i in range(3)]
    first = read_examples([write(tmp_path / "a.jsonl", *rows)], TREE)
    second = read_examples([write(tmp_path / "b.jsonl", *rows[::-1])], TREE)
    third = read_examples([write(tmp_path / "c.jsonl", *rows[:2], {**rows[2], "labels": []})], TREE)
    assert data_hash(first) == data_hash(second) != data_hash(third)


def test_the_bundled_texts_can_be_read() -> None:
    paths = sorted(BUNDLED_DATA.glob("training/*.jsonl")) + sorted(BUNDLED_DATA.glob("chronicle/*.jsonl"))
    assert {example.lang for example in read_examples(paths, TREE)} == {"en", "zh"}
