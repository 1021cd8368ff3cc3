"""The command line's contract with other programs: what is printed, and the exit code."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core import cli, cli_models, config
from core.services.workspace import Workspace


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def trendvane(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run a command on the test's data directory."""
    monkeypatch.setenv("TRENDVANE_HOME", str(workspace.settings.home))
    config.get_settings.cache_clear()

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["trendvane", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    yield run  # type: ignore[misc]
    config.get_settings.cache_clear()


def test_ingest_reports_every_item_and_the_totals(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The chip was shown on 5 May 2024. It is fast.")
    (tmp_path / "b.jsonl").write_text('{"text": "人工智能发展规划印发。", "title": "规划", "date": "2017-07"}\n{"tex\n')
    (tmp_path / "c.pdf").write_bytes(b"")
    done = trendvane("ingest", tmp_path, "--json")
    assert done.code == 1
    items = {Path(i["path"]).name: i for i in done.json["items"]}
    assert items["a.txt"]["status"] == "added"
    assert (items["b.jsonl"]["documents"], items["b.jsonl"]["passages"]) == (1, 1)
    assert (items["b.jsonl"]["title"], items["b.jsonl"]["date"], items["b.jsonl"]["lang"]) == ("规划", "2017-07", "zh")
    assert items["b.jsonl"]["problems"][0].startswith("line 2: ")
    assert items["c.pdf"]["status"] == "refused"
    assert "empty" in items["c.pdf"]["reason"]
    assert done.json["totals"]["documents"] == 2
    assert done.json["totals"]["tagged"] == 2


def test_ingest_of_good_files_succeeds_and_again_finds_duplicates(
    trendvane: Callable[..., Done], tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words about markets.")
    assert trendvane("ingest", path, "--json").code == 0
    again = trendvane("ingest", path, "--json")
    assert (again.code, again.json["items"][0]["status"]) == (0, "duplicate")


def test_classify_answers_in_order_with_versions(
    trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [{"id": i, "text": f"Text {i} " + "long " * (300 * (i % 3))} for i in range(20)]
    source.write_text("\n".join(map(json.dumps, lines)))
    assert trendvane("classify", source, "--output", target).code == 0
    answers = [json.loads(line) for line in target.read_text().splitlines()]
    assert [a["id"] for a in answers] == list(range(20))
    version = workspace.champion()
    for answer in answers:
        assert answer["model_version"] == version.id
        assert answer["taxonomy_version"] == "1"
        assert list(answer["probabilities"]) == version.label_ids
        assert set(answer["labels"]) == workspace.taxonomy.with_parents(answer["labels"])


def test_classify_lists_bad_lines_and_answers_the_good(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": 1, "text": "fine"}\nnot json\n{"id": 3}\n{"id": 4, "text": ""}\n')
    done = trendvane("classify", source, "--output", target, "--json")
    assert done.code == 1
    assert [r["line"] for r in done.json["refused"]] == [2, 3]
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == [1, 4]


def test_evaluate_reports_per_label_and_language(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    data = tmp_path / "labelled.jsonl"
    rows = [
        {"id": 1, "lang": "en", "text": "LoRA for BERT", "labels": ["technology.training.peft"]},
        {"id": 2, "lang": "zh", "text": "天气晴朗", "labels": []},
    ]
    data.write_text("\n".join(map(json.dumps, rows)))
    report = trendvane("evaluate", "--data", data, "--json").json
    assert report["all"]["n"] == 2
    assert report["en"]["labels"]["technology"]["support"] == 1
    assert report["zh"]["off_topic"]["n"] == 1
    assert {"macro_f1", "micro_f1"} <= report["all"]["levels"]["aspect"].keys()
    assert 0 <= report["all"]["expected_calibration_error"] <= 1


def test_evaluate_names_unknown_labels(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    data = tmp_path / "labelled.jsonl"
    data.write_text('{"id": 1, "text": "x", "labels": ["technology.magic"]}')
    done = trendvane("evaluate", "--data", data)
    assert done.code == 1
    assert "technology.magic" in done.err


def test_trends_prints_every_bin_of_the_period(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    days = ("2024-01-05", "2024-01-20", "2024-04-02")
    path.write_text("\n".join(json.dumps({"text": f"Text of {d}", "date": d}) for d in days))
    trendvane("ingest", path)
    command = ("trends", "--label", "technology", "--from", "2024", "--to", "2024-05", "--grain", "month", "--json")
    series = trendvane(*command).json
    assert [(b["start"], b["total"]) for b in series["bins"]] == [
        ("2024-01-01", 2),
        ("2024-02-01", 0),
        ("2024-03-01", 0),
        ("2024-04-01", 1),
        ("2024-05-01", 0),
    ]
    assert series["bins"][1]["share"] is None
    assert series["bins"][0]["low"] <= series["bins"][0]["share"] <= series["bins"][0]["high"]


def test_trends_suggests_the_nearest_label(trendvane: Callable[..., Done]) -> None:
    done = trendvane("trends", "--label", "technology.traning")
    assert done.code == 1
    assert "technology.training" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["trends"],
        ["nonsense"],
        ["classify", "x.jsonl"],
        ["trends", "--label", "x", "--grain", "hour"],
        ["models", "export", "champion"],
        ["models", "show"],
    ],
)
def test_wrong_usage_ends_with_2(trendvane: Callable[..., Done], words: list[str]) -> None:
    assert trendvane(*words).code == 2


def test_a_data_directory_without_data_says_what_to_run(
    trendvane: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRENDVANE_HOME", str(tmp_path / "fresh"))
    config.get_settings.cache_clear()
    done = trendvane("trends", "--label", "technology")
    assert done.code == 1
    assert "trendvane init" in done.err


def test_a_model_is_trained_compared_promoted_and_rolled_back(
    trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Words about markets.")
    trendvane("ingest", tmp_path / "a.txt")
    examples = tmp_path / "examples.jsonl"
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    rows = [{"id": f"t{n}", "text": kinds[n % 2][0] * (2 + n % 5), "labels": kinds[n % 2][1]} for n in range(60)]
    examples.write_text("\n".join(map(json.dumps, rows)))
    first, new = workspace.champion().id, trendvane("train", "--data", examples, "--method", "head", "--json").json
    listed = trendvane("models", "list", "--json").json["models"]
    assert [(m["model_version"], m["aliases"]) for m in listed] == [
        (new["model_version"], ["candidate"]),
        (first, ["champion"]),
    ]
    assert (listed[0]["examples"], listed[0]["tagged"], listed[1]["tagged"]) == (60, 0, 1)
    assert listed[0]["metrics"]["dimension"] == new["metrics"]["all"]["levels"]["dimension"]["macro_f1"]
    shown = trendvane("models", "show", new["model_version"][:6], "--json").json
    assert shown["description"]["head_sha256"]
    assert shown["card"].startswith("# Classifier")
    done = trendvane("models", "promote", "candidate", "--reason", "better", "--json").json
    assert (done["model_version"], done["from"]) == (new["model_version"], first)
    assert done["job"] is not None
    back = trendvane("models", "rollback", "--json")
    assert (back.code, back.json) == (0, {"model_version": first, "from": new["model_version"], "job": None})
    again = trendvane("models", "rollback")
    assert (again.code, "nothing to roll back" in again.err) == (1, True)


def test_a_model_is_exported_and_imported(trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path) -> None:
    version, path = workspace.champion().id, tmp_path / "model.zip"
    done = trendvane("models", "export", "champion", "--output", path, "--json")
    assert (done.code, done.json) == (0, {"model_version": version, "path": str(path)})
    assert trendvane("models", "import", path, "--json").json["model_version"] == version
    path.write_bytes(b"no zip")
    refused = trendvane("models", "import", path)
    assert (refused.code, refused.out) == (1, "")
    assert "not a whole zip" in refused.err
    assert version in trendvane("models", "list").out
    assert f"model_version: {version}" in trendvane("models", "show", "champion").out


def test_a_model_is_made_smaller(trendvane: Callable[..., Done], workspace: Workspace) -> None:
    command = ("models", "compress", "champion", "--technique", "int8", "--option", "n_texts=30")
    made = trendvane(*command, "--json").json
    assert (made["method"], made["from"]) == ("head-int8", workspace.champion().id)
    listed = [m["model_version"] for m in trendvane("models", "list", "--json").json["models"]]
    assert made["model_version"] in listed
    refused = trendvane("models", "compress", "champion", "--technique", "int8", "--option", "fast")
    assert (refused.code, "NAME=VALUE" in refused.err) == (1, True)
    refused = trendvane("models", "export", "champion", "--format", "tar", "--output", "x")
    assert (refused.code, "no runtime tar" in refused.err) == (1, True)


def test_every_command_is_documented_and_has_help(trendvane: Callable[..., Done]) -> None:
    readme = (config.PROJECT_ROOT / "README.md").read_text("utf-8")
    commands = [c.name or c.callback.__name__ for c in cli.app.registered_commands if c.callback]
    for name in commands:
        assert f"`{name}" in readme, f"README does not mention {name}"
        assert trendvane(name, "--help").code == 0
    for name in [c.name or c.callback.__name__ for c in cli_models.app.registered_commands if c.callback]:
        assert f"`models {name}" in readme, f"README does not mention models {name}"
        assert trendvane("models", name, "--help").code == 0
