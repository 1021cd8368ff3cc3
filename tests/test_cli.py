"""The command line's contract with other programs: what is printed, and the exit code."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core import cli, cli_labels, cli_models, cli_tree, config
from core.db import models
from core.ml.training.methods import METHODS, fields_of
from core.services import jobs
from core.services.snapshots import keep_snapshot
from core.services.training_data import Mix, training_data
from core.services.training_jobs import parse_mix, request_training
from core.services.workspace import Workspace
from tests.conftest import write_tiny_model


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
        ["labels", "remove"],
        ["train", "--method", "head"],
        ["train", "--data", "x.jsonl", "--mix", "bundled"],
        ["train", "--mix", "bundled", "--output", "folder"],
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


def examples_file(folder: Path, n: int = 60) -> Path:
    path = folder / "examples.jsonl"
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    rows = [
        {"id": f"t{i}", "lang": "en", "text": kinds[i % 2][0] * 2 + "xyz"[i % 3] * i, "labels": kinds[i % 2][1]}
        for i in range(n)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_the_options_of_a_method_are_flags(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    path = examples_file(tmp_path)
    told = " ".join(trendvane("train", "--help").out.split())
    for method in METHODS:
        for field in fields_of(method):
            assert f"--{field.name.replace('_', '-')} " in told
    assert "[mask]" in told, "help takes brackets for mark-up"
    how = ("--method", "lora", "--frozen-layers", 1, "--rank", 2, "--epochs", 1)
    made = trendvane("train", "--data", path, *how, "--json").json
    assert set(made) == {"model_version", "method", "seconds", "metrics"}
    options = trendvane("models", "show", "candidate", "--json").json["description"]["options"]
    assert (options["rank"], options["epochs"], options["frozen_layers"]) == (2, 1, 1)
    wrong = trendvane("train", "--data", path, "--method", "lora", "--rank", "wide", "--epochs", 0)
    assert (wrong.code, wrong.out) == (1, "")
    assert "rank" in wrong.err
    assert "epochs" in wrong.err


def test_a_model_is_trained_on_what_the_app_holds_and_a_broken_off_training_goes_on(
    trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path
) -> None:
    trendvane("labels", "import", examples_file(tmp_path), "--name", "mine")
    refused = trendvane("train", "--mix", "corrections,set:yours", "--method", "head")
    assert refused.code == 1
    assert "found set:yours; there are: corrections, bundled, set:mine" in refused.err
    assert "no training to go on with" in trendvane("train", "--resume").err
    job_id = request_training(workspace, "head", {}, parse_mix(workspace, ["set:mine"]))
    jobs.cancel(workspace, job_id)
    made = trendvane("train", "--resume", "--json").json
    assert trendvane("models", "show", "candidate", "--json").json["model_version"] == made["model_version"]
    assert trendvane("train", "--mix", "set:mine", "--method", "head", "--json").json["metrics"] == made["metrics"]


def test_too_few_texts_are_one_clear_sentence(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    done = trendvane("train", "--data", examples_file(tmp_path, 9), "--method", "head", "--json")
    assert (done.code, done.out) == (1, "")
    assert "9 texts are too few to train on" in done.err


def test_a_model_is_written_into_a_folder_without_being_registered(
    trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path
) -> None:
    path, target = examples_file(tmp_path), tmp_path / "model"
    made = trendvane("train", "--data", path, "--method", "head", "--output", target, "--json").json
    assert json.loads((target / "model.json").read_text("utf-8"))["version"] == made["model_version"]
    assert len(trendvane("models", "list", "--json").json["models"]) == 1
    assert not list(workspace.settings.runs_dir.iterdir())


def test_a_model_is_trained_compared_promoted_and_rolled_back(
    trendvane: Callable[..., Done], workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Words about markets.")
    trendvane("ingest", tmp_path / "a.txt")
    examples = tmp_path / "examples.jsonl"
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    rows = [{"id": f"t{n}", "text": kinds[n % 2][0] * (2 + n % 5), "labels": kinds[n % 2][1]} for n in range(60)]
    examples.write_text("\n".join(map(json.dumps, rows)))
    first = workspace.champion().id
    trained = trendvane("train", "--data", examples, "--method", "head", "--penalty", "0.1", "--json")
    new = trained.json
    refused = trendvane("train", "--data", examples, "--method", "head", "--penalty", "11", "--folds", "1")
    assert (refused.code, "found 11" in refused.err, "found 1" in refused.err) == (1, True, True)
    across = ["cross-domain", "--data", examples, "--by", "language", "--option", "penalty"]
    assert "NAME=VALUE" in trendvane(*across).err
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
    done = trendvane("models", "promote", "candidate", "--reason", "better", "--overrule", "a test", "--json").json
    assert (done["model_version"], done["from"]) == (new["model_version"], first)
    assert done["job"] is not None
    back = trendvane("models", "rollback", "--json")
    assert (back.code, back.json) == (0, {"model_version": first, "from": new["model_version"], "job": None})
    again = trendvane("models", "rollback")
    assert (again.code, "nothing to roll back" in again.err) == (1, True)


def test_a_candidate_is_compared_and_refused_with_figures(
    trendvane: Callable[..., Done], workspace: Workspace, tiny_encoder: Path, tmp_path: Path
) -> None:
    rows = [
        {"text": f"number {n}: {'abcdefg'[n % 7] * n}", "labels": [["market.demand"], []][n % 2]} for n in range(720)
    ]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    trendvane("labels", "import", tmp_path / "mine.jsonl")
    mix = Mix(bundled=False, sets=(1,))
    learnt = training_data(workspace, mix)
    keep_snapshot(workspace, mix, learnt)
    folder = workspace.settings.home / "models" / "other"
    version = write_tiny_model(folder, tiny_encoder, seed=1, data_hash=learnt.report.data_hash)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, replace(workspace.champion(), id=version, folder="models/other"))
    done = trendvane("models", "compare", version, "--json")
    assert "texts tagged" in done.err
    assert (done.code, done.json["passed"], done.json["candidate"]) == (1, False, version)
    assert done.json["texts"] >= 50
    assert {row["scope"] for row in done.json["figures"]} == {"level", "lang", "label"}
    told = trendvane("models", "compare", version)
    assert (told.code, told.err) == (1, "")  # nothing was left to tag
    assert told.out.startswith("Should not take over.\n- ")
    refused = trendvane("models", "promote", version)
    assert (refused.code, refused.out) == (1, "")
    assert "speaks against model" in refused.err
    promoted = trendvane("models", "promote", version, "--overrule", "a try")
    assert promoted.code == 0
    assert workspace.champion().id == version


def test_labelled_texts_come_in_are_listed_leave_and_go(trendvane: Callable[..., Done], tmp_path: Path) -> None:
    path, out = tmp_path / "mine.csv", tmp_path / "out.jsonl"
    path.write_text("text,labels\nA good one,market\nA bad one,markt\n")
    done = trendvane("labels", "import", path, "--json")
    assert (done.code, done.json["name"], done.json["texts"]) == (1, "mine", 1)
    assert done.json["refused"] == [{"where": f"{path} row 3", "reason": "No such label: markt. Did you mean market?"}]
    assert [known["name"] for known in trendvane("labels", "list", "--json").json["sets"]] == ["mine"]
    assert trendvane("labels", "list").out.startswith("mine  1 texts  ")
    assert trendvane("labels", "export", "--set", "mine", "--output", out, "--json").json == {"path": str(out)}
    assert trendvane("labels", "import", out, "--name", "again").out == "1 texts added, 0 refused\n"
    assert trendvane("labels", "remove", "mine", "--json").json == {"name": "mine", "texts": 1}
    gone = trendvane("labels", "remove", "mine")
    assert (gone.code, "known are: again" in gone.err) == (1, True)


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
    assert made["n"] == 600  # bundled texts: it is not on record what this champion learnt from
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
    for group, app in (("models", cli_models.app), ("labels", cli_labels.app), ("tree", cli_tree.app)):
        for name in [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]:
            assert f"`{group} {name}" in readme, f"README does not mention {group} {name}"
            assert trendvane(group, name, "--help").code == 0


def test_a_label_of_ones_own_is_added_listed_removed_and_restored(trendvane: Callable[..., Done]) -> None:
    texts = ["--name-en", "Games", "--name-zh", "游戏", "--definition-en", "Games.", "--definition-zh", "游戏。"]
    assert trendvane("tree", "add", "sector.games", *texts, "--json").json == {"id": "sector.games", "job": None}
    (row,) = trendvane("tree", "list", "--json").json["labels"]
    assert (row["id"], row["method"], row["examples"]) == ("sector.games", "zero-shot", 0)
    assert trendvane("tree", "add", "sector.games", *texts).code == 1
    assert trendvane("tree", "remove", "sector.games").code == 0
    assert trendvane("tree", "list", "--json").json["labels"] == []
    assert trendvane("tree", "restore", "sector.games").code == 0
    assert "游戏" in trendvane("tree", "list").out
