from collections import Counter
from pathlib import Path

import pytest

from core.config import BUNDLED_DATA
from core.domain.taxonomy import LabelKind
from core.domain.taxonomy_file import load_taxonomy, parse_taxonomy
from core.errors import InputError


def row(label_id: str, kind: str) -> dict[str, object]:
    texts = {"en": f"About {label_id}.", "zh": f"关于 {label_id}。"}
    return {"id": label_id, "kind": kind, "name": texts, "definition": texts}


def test_the_bundled_tree_is_whole() -> None:
    tree = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    kinds = Counter(label.kind for label in tree.labels)
    assert kinds == {LabelKind.DIMENSION: 3, LabelKind.ASPECT: 10, LabelKind.TOPIC: 45, LabelKind.SECTOR: 5}
    assert tree.ancestors("technology.training.peft") == ["technology.training", "technology"]
    assert tree.ancestors("sector.finance") == []
    assert len({label.name_en for label in tree.labels}) == len({label.name_zh for label in tree.labels}) == 63
    assert all(len(label.name_en) <= 40 for label in tree.labels), "names have to fit a legend"


def test_every_problem_is_reported_at_once() -> None:
    rows = [row("a", "dimension"), row("a", "dimension"), row("b.c", "aspect"), row("a.t", "topic"), row("x", "leaf")]
    rows.append({"id": "sector.y", "kind": "sector", "name": {"en": "Y"}})
    with pytest.raises(InputError) as caught:
        parse_taxonomy({"labels": rows})
    message = str(caught.value)
    assert "version is missing" in message
    assert "a: appears 2 times" in message
    assert "b.c: its parent b is not in the tree" in message
    assert "a.t: its parent a is no aspect" in message
    assert "x: kind 'leaf' is none of" in message
    assert "sector.y: name (zh) is missing" in message
    assert "sector.y: definition (en) is missing" in message


@pytest.mark.parametrize("content", ["labels: [", "- just a list", "labels: 3", ""])
def test_a_file_that_is_no_tree_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tree.yaml").write_text(content, "utf-8")
    with pytest.raises(InputError):
        load_taxonomy(tmp_path / "tree.yaml")
