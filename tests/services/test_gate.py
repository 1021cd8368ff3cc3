"""The gate: what speaks for a candidate and against it, and that nobody gets past it without a reason."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.db import models
from core.domain.annotations import Verdict as Word
from core.errors import InputError
from core.services import gate, gate_rules, labelled_sets, promoting
from core.services.annotations import record_annotation
from core.services.gate_rules import State
from core.services.snapshots import keep_snapshot
from core.services.tagging import tag_texts
from core.services.training_data import Mix, parts_of, training_data
from core.services.workspace import Workspace
from tests.conftest import write_tiny_model

N = 720


def add_model(workspace: Workspace, tiny_encoder: Path, seed: int, **facts: object) -> models.ModelVersion:
    """Register another tiny classifier."""
    version = write_tiny_model(workspace.settings.home / "models" / f"seed-{seed}", tiny_encoder, seed=seed, **facts)
    row = replace(workspace.champion(), id=version, folder=f"models/seed-{seed}")
    with workspace.database.writing() as connection:
        models.add_model_version(connection, row)
    return row


@pytest.fixture
def good(workspace: Workspace, tiny_encoder: Path) -> models.ModelVersion:
    return add_model(workspace, tiny_encoder, 1)


@pytest.fixture
def mix(workspace: Workspace, good: models.ModelVersion, tmp_path: Path) -> Mix:
    """Texts that are labelled as the good model has them, nine of ten."""
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcdefgh 大模型监管"), size=24)) for _ in range(N)]
    wrong = tag_texts(workspace, workspace.champion(), [("", text) for text in texts])
    right = tag_texts(workspace, good, [("", text) for text in texts])
    rows = [
        {"text": text, "lang": ["en", "zh"][n % 2], "labels": list((wrong if n % 10 == 0 else right)[n].labels)}
        for n, text in enumerate(texts)
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    added = labelled_sets.import_set(workspace, [(path.name, path)]).added
    assert added is not None
    return Mix(corrections=True, bundled=False, sets=(added.id,))


def learnt_from(workspace: Workspace, tiny_encoder: Path, seed: int, mix: Mix) -> models.ModelVersion:
    """Register a tiny classifier as one that learnt from a mix."""
    data = training_data(workspace, mix)
    keep_snapshot(workspace, mix, data)
    return add_model(workspace, tiny_encoder, seed, data_hash=data.report.data_hash)


def test_a_better_model_passes_with_its_grounds_and_a_worse_one_does_not(
    workspace: Workspace, good: models.ModelVersion, mix: Mix
) -> None:
    told: list[tuple[int, int]] = []
    verdict = gate.judge(workspace, good.id, mix=mix, on_progress=lambda *at: told.append(at))
    n_test = parts_of(workspace, training_data(workspace, mix).examples).count("test")
    assert verdict.passed
    assert verdict.n == n_test >= gate_rules.FEWEST_TEXTS
    assert told[-1] == (2 * n_test, 2 * n_test)
    levels = verdict.figures[verdict.figures["scope"] == "level"].set_index("id")
    assert (levels.loc[["aspect", "all"], "low"] > 0).all()
    assert set(verdict.figures["scope"]) == {"level", "lang", "label"}
    assert len(verdict.concerns) == 2  # of neither model it is known what it learnt from
    with workspace.database.writing() as connection:
        models.set_champion(connection, good.id)
    told.clear()
    back = gate.judge(workspace, verdict.champion.id, mix=mix, on_progress=lambda *at: told.append(at))
    assert told == []  # both were asked before
    assert not back.passed
    assert "F1 of aspects is lower" in str(back.reasons[0])
    flipped = back.figures.set_index(["scope", "id"])["difference"]
    assert flipped.equals(-verdict.figures.set_index(["scope", "id"])["difference"])
    assert (back.figures["state"] == State.WORSE).any()
    with pytest.raises(InputError, match="champion already"):
        gate.judge(workspace, "champion", mix=mix)


def test_the_same_data_and_seed_give_the_same_verdict(
    workspace: Workspace, good: models.ModelVersion, mix: Mix
) -> None:
    first, second = (gate.judge(workspace, good.id, mix=mix).figures for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_promotion_needs_the_gates_word_or_a_reason_that_is_kept(
    workspace: Workspace, tiny_encoder: Path, mix: Mix, good: models.ModelVersion
) -> None:
    with workspace.database.writing() as connection:
        models.set_champion(connection, good.id)
    bad = learnt_from(workspace, tiny_encoder, 5, mix)
    with pytest.raises(InputError, match=r"speaks against model .* F1 of aspects is lower"):
        promoting.promote(workspace, bad.id, "it is newer", author="Ann")
    assert workspace.champion().id == good.id
    said = promoting.promote(workspace, bad.id, "a try", author="Ann", overrule=" for a\ndemo ").promotion
    assert (said.reason, said.overrule) == ("a try", "for a demo")
    assert said.verdict is not None
    assert not said.verdict["passed"]
    assert "lower" in said.verdict["reasons"][0]["message"]
    assert promoting.list_promotions(workspace) == [said]
    better = learnt_from(workspace, tiny_encoder, 1, mix)
    assert better.id == good.id
    back = promoting.promote(workspace, good.id, "", author="Ann").promotion  # the mix that the version learnt from
    assert (back.overrule, back.verdict is not None and back.verdict["passed"]) == ("", True)


def test_texts_that_one_of_the_two_learnt_from_are_left_out(
    workspace: Workspace, tiny_encoder: Path, mix: Mix, tmp_path: Path
) -> None:
    data = training_data(workspace, mix)
    tested = [e for e, part in zip(data.examples, parts_of(workspace, data.examples), strict=True) if part == "test"]
    taught = replace(data, examples=[replace(e, group="") for e in data.examples])  # parted without regard to stories
    keep_snapshot(workspace, mix, taught)
    candidate = add_model(workspace, tiny_encoder, 6, data_hash=data.report.data_hash)
    verdict = gate.judge(workspace, candidate.id, mix=mix)
    assert 0 < verdict.n < len(tested)
    assert verdict.n + verdict.n_seen == len(tested)
    assert [concern.params["version"] for concern in verdict.concerns] == [workspace.champion().id[:7]]


def test_a_default_model_is_believed_where_it_was_measured_on_the_test_part(
    workspace: Workspace, tiny_encoder: Path
) -> None:
    data = training_data(workspace, Mix())
    n_test = parts_of(workspace, data.examples).count("test")
    facts = {"data_hash": data.report.data_hash}
    new = add_model(workspace, tiny_encoder, 7, **facts, metrics={"all": {"n": n_test}})
    old = add_model(workspace, tiny_encoder, 8, **facts, metrics={"all": {"n": n_test + 1}})
    tried = gate.trial(workspace, new.id)
    assert (len(tried.examples), tried.n_seen, tried.unknown) == (n_test, 0, (workspace.champion(),))
    assert [version.id for version in gate.trial(workspace, old.id).unknown] == [workspace.champion().id, old.id]


def test_too_few_texts_are_no_ground_for_a_verdict(workspace: Workspace, mix: Mix, good: models.ModelVersion) -> None:
    verdict = gate.judge(workspace, good.id, mix=Mix(bundled=False))
    assert not verdict.passed
    assert "Only 0 labelled texts" in str(verdict.reasons[0])


def test_of_corrected_documents_only_what_a_human_judged_counts_and_it_decides_nothing(
    workspace: Workspace, mix: Mix, good: models.ModelVersion, import_files: Callable[..., int], tmp_path: Path
) -> None:
    n = 30
    rows = [{"text": f"document number {i} " + "xyz"[i % 3] * i, "date": "2024"} for i in range(n)]
    (tmp_path / "docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    import_files(tmp_path / "docs.jsonl")
    before = gate.judge(workspace, good.id, mix=mix)
    for document_id in range(1, n + 1):
        record_annotation(workspace, document_id, "sector.finance", Word.PRESENT, author="Ann")
    verdict = gate.judge(workspace, good.id, mix=mix)
    data = training_data(workspace, mix)
    parts = parts_of(workspace, data.examples)
    in_test = [e for e, part in zip(data.examples, parts, strict=True) if part == "test" and e.id in data.judged]
    assert verdict.n_corrected == len(in_test) > 0
    assert max(verdict.n_followed) <= verdict.n_corrected
    assert verdict.n == before.n
    assert any("decide" in str(concern) for concern in verdict.concerns)


@pytest.mark.parametrize(
    ("scope", "figures", "expected"),
    [
        ("label", (-0.3, -0.6, -0.1, 30), State.WORSE),
        ("label", (-0.3, -0.6, 0.1, 30), State.UNSURE),
        ("label", (-0.3, -0.6, -0.1, 5), State.FEW),
        ("label", (-0.04, -0.05, -0.01, 900), State.EVEN),
        ("lang", (-0.03, -0.05, -0.01, 60), State.WORSE),
        ("lang", (-0.03, -0.05, -0.01, 40), State.FEW),
        ("level", (0.03, 0.01, 0.05, 60), State.BETTER),
    ],
)
def test_a_drop_speaks_against_a_candidate_only_where_it_is_beyond_chance(
    scope: str, figures: tuple[float, float, float, int], expected: State
) -> None:
    assert gate_rules.state(scope, *figures) is expected


def test_a_language_that_is_surely_worse_is_a_reason_by_itself() -> None:
    row = {
        "champion": 0.5,
        "candidate": 0.5,
        "difference": 0.03,
        "low": 0.01,
        "high": 0.05,
        "n": 90,
        "state": State.EVEN,
    }
    rows = [{**row, "scope": "level", "id": level} for level in ("aspect", "all")]
    worse = {"difference": -0.1, "low": -0.2, "high": -0.05, "state": State.WORSE}
    rows += [{**row, **worse, "scope": "lang", "id": "zh"}, {**row, **worse, "scope": "label", "id": "market"}]
    said = [str(reason) for reason in gate_rules.refusals(pd.DataFrame(rows), n=90)]
    assert said == [
        "Texts in zh: F1 of aspects is lower by more than allowed: -0.100 (-0.200 to -0.050).",
        "market: F1 on 90 texts is lower by more than allowed: -0.100 (-0.200 to -0.050).",
    ]
    unsure = pd.DataFrame([{**rows[0], "low": -0.05}, rows[1]])
    (reason,) = gate_rules.refusals(unsure, n=90)
    assert "may be lower than the champion's by more than 0.02" in str(reason)
    even = pd.DataFrame([{**each, "low": -0.01} for each in rows[:2]])
    (reason,) = gate_rules.refusals(even, n=90)
    assert "is higher by more than chance" in str(reason)
    assert gate_rules.refusals(pd.DataFrame([rows[0], {**rows[1], "low": -0.01}]), n=90) == []
