"""Files of labelled texts: what goes through, and what is said of the rest."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.config import BUNDLED_DATA
from core.domain.labelled import LabelledFile
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ingest import read_labelled

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
PEFT = "technology.training.peft"


def read(path: Path, content: str | bytes) -> LabelledFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_labelled(path, name=path.name, taxonomy=TREE, today=date(2026, 6, 1))


def lines(*records: object) -> str:
    return "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)


def test_every_bad_line_is_listed_and_the_good_ones_go_through(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.jsonl",
        lines(
            {"id": "a", "text": "LoRA adapts a model.", "labels": [PEFT], "lang": "en", "date": "2024-05"},
            {"id": "b", "text": "", "labels": []},
            {"id": "c", "text": "No labels here."},
            {"id": "d", "text": "A typo in a label.", "labels": ["technology.training.pefft", "微调", "no such thing"]},
            "{broken",
            {"id": "a", "text": "Another text with the same id.", "labels": []},
            {"id": "e", "text": "lora  adapts a model.", "labels": [PEFT]},
            {"id": "f", "text": "LoRA adapts a model.", "labels": []},
            {"id": "g", "text": "Off topic, with an odd date.", "labels": [], "date": "32 Foo"},
        ),
    )
    assert [(text.external_id, text.date) for text in found.texts] == [("a", "2024-05"), ("g", "")]
    assert found.texts[0].labels == ("technology", "technology.training", PEFT)
    reasons = {problem.locator: str(problem.reason) for problem in found.refused}
    assert list(reasons) == [f"line {n}" for n in range(2, 9)]
    assert "no text" in reasons["line 2"]
    assert "labels are missing" in reasons["line 3"]
    assert f"Did you mean {PEFT}, technology.training.fine_tuning, -?" in reasons["line 4"]
    assert "no JSON object" in reasons["line 5"]
    assert "The id a stands at line 1" in reasons["line 6"]
    assert "same text stands at line 1" in reasons["line 7"]
    assert "other labels at line 1" in reasons["line 8"]
    assert [(note.locator, "32 Foo" in str(note.reason)) for note in found.notes] == [("line 9", True)]


def test_a_table_in_gbk_with_chinese_headers_and_labels_apart_is_read(tmp_path: Path) -> None:
    table = f"标题;正文;标签;日期\n规划;国务院印发新一代人工智能发展规划。;policy.support {PEFT};2017-07-20\n"
    table += "无关;今天下雨了，明天也下雨。;;\n"
    found = read(tmp_path / "a.csv", table.encode("gb18030"))
    assert [text.title for text in found.texts] == ["规划", "无关"]
    assert found.texts[0].labels == ("technology", "technology.training", PEFT, "policy", "policy.support")
    assert (found.texts[0].lang, found.texts[0].date, found.texts[1].labels) == ("zh", "2017-07-20", ())
    assert found.refused == []


def test_text_in_no_encoding_is_refused_instead_of_taught(tmp_path: Path) -> None:
    good = json.dumps({"text": "模型训练的数据很多。" * 4, "labels": []}, ensure_ascii=False).encode()
    found = read(tmp_path / "a.jsonl", good + b'\n{"text": "' + b"\xff\xfe\xff" * 9 + b' words", "labels": []}\n')
    assert len(found.texts) == 1
    assert "save the file as UTF-8" in str(found.refused[0].reason)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "title,label\nx,market\n", "no column for text: .*found title, label"),
        ("a.csv", "text,topic\nx,market\n", "no column for labels"),
        ("a.jsonl", "\n\n", "holds no labelled texts"),
    ],
)
def test_a_file_that_holds_nothing_of_use_says_what_was_expected(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path / name, content)
