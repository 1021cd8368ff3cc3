"""Where two versions differ, and the lines of one beside those of the other."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.charts import share_over_time as chart
from core.charts import with_other_model
from core.db import documents, models, taggings
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services import disagreements, gate, labelled_sets
from core.services.other_lines import share_by_version, versions_with_history
from core.services.promoting import promote
from core.services.tagging import tag_texts
from core.services.training_data import Mix
from core.services.trends import share_over_time
from core.services.workspace import Workspace
from tests.conftest import write_tiny_model

N = 24


@pytest.fixture
def other(workspace: Workspace, tiny_encoder: Path, import_files: Callable[..., int], tmp_path: Path) -> str:
    """Another tiny classifier, in a directory of documents that the champion has tagged."""
    rows = [{"text": f"Report {n} on " + "chips law jobs"[n % 12 :], "date": f"2024-0{1 + n % 4}-05"} for n in range(N)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    import_files(path)
    version = write_tiny_model(workspace.settings.home / "models" / "other", tiny_encoder, seed=4)
    with workspace.database.writing() as connection:
        models.add_model_version(connection, replace(workspace.champion(), id=version, folder="models/other"))
    return version


def test_documents_that_get_other_labels_are_found_and_count_in_no_chart(workspace: Workspace, other: str) -> None:
    assert disagreements.count_untagged(workspace, other) == N
    told: list[tuple[int, int]] = []
    found = disagreements.on_documents(workspace, other, on_progress=lambda *at: told.append(at))
    assert told[-1] == (N, N)
    assert disagreements.count_untagged(workspace, other) == 0
    assert found.n == N
    assert 0 < len(found.frame) == found.n_differing
    gaps = (found.frame["candidate"] - found.frame["champion"]).abs()
    assert gaps.is_monotonic_decreasing
    assert versions_with_history(workspace) == []
    row = found.frame.iloc[0]
    with workspace.database.reading() as connection:
        own = taggings.decisions_of(connection, [int(row["document_id"])], model_version_id=workspace.champion().id)
        (document,) = documents.texts_of(connection, [int(row["document_id"])])
    (said,) = tag_texts(
        workspace, replace(workspace.champion(), id=other, folder="models/other"), [(document.title, document.text)]
    )
    assert (row["label_id"] in own[row["document_id"]]) != (row["label_id"] in said.labels)
    assert row["candidate"] == pytest.approx(said.probabilities[row["label_id"]])


def test_once_both_have_tagged_history_what_is_stored_is_compared_and_drawn(
    workspace: Workspace, other: str, run_job: Callable[[int], None]
) -> None:
    first = workspace.champion().id
    asked = disagreements.on_documents(workspace, other)
    job_id = promote(workspace, other, "", author="Ann", overrule="tested").job_id
    assert job_id is not None
    run_job(job_id)
    back = disagreements.on_documents(workspace, first)
    assert disagreements.count_untagged(workspace, first) == 0
    pair = {"champion": "candidate", "candidate": "champion"}
    turned = back.frame.rename(columns=pair).set_index("document_id").sort_index()
    for column in ("champion", "candidate"):
        assert turned[column].tolist() == pytest.approx(
            asked.frame.set_index("document_id").sort_index()[column].tolist(), abs=1e-3
        )
    assert [version.id for version in versions_with_history(workspace)] == [first]
    labels = [asked.frame["label_id"].iloc[0], "market"]  # the first is decided differently
    now = share_over_time(workspace, labels, grain=Grain.MONTH, chosen=Filter()).frame
    before = share_by_version(workspace, first, labels, grain=Grain.MONTH, chosen=Filter())
    assert before[["label_id", "start", "total"]].equals(now[["label_id", "start", "total"]])
    assert before["enough"].all()
    assert before["n"].tolist() != now["n"].tolist()
    figure = with_other_model(chart(now, names={}), before, names={}, model="Model x")
    lines = [trace for trace in figure.data if trace.line.dash == "dashdot"]
    assert [list(line.y) for line in lines] == [
        before[before["label_id"] == label]["share"].tolist() for label in labels
    ]
    assert figure.layout.yaxis.range[1] >= before["share"].max()


def test_bins_that_the_other_version_did_not_tag_break_its_line(
    workspace: Workspace, other: str, run_job: Callable[[int], None], import_files: Callable[..., int], tmp_path: Path
) -> None:
    first = workspace.champion().id
    job_id = promote(workspace, other, "", author="Ann", overrule="tested").job_id
    assert job_id is not None
    run_job(job_id)
    path = tmp_path / "new.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"New {n} words.", "date": "2024-04-20"}) for n in range(6)))
    import_files(path)  # the new champion alone tags these
    before = share_by_version(workspace, first, ["market"], grain=Grain.MONTH, chosen=Filter())
    assert before["enough"].tolist() == [True, True, True, False]
    figure = with_other_model(
        chart(share_over_time(workspace, ["market"], grain=Grain.MONTH, chosen=Filter()).frame, names={}),
        before,
        names={},
        model="Model x",
    )
    assert figure.data[-1].y[-1] is None


def test_on_labelled_texts_it_says_which_of_the_two_is_right(workspace: Workspace, other: str, tmp_path: Path) -> None:
    texts = [f"labelled text {n} " + "abcdefgh"[n % 8] * (n % 20) for n in range(240)]
    said = tag_texts(
        workspace, replace(workspace.champion(), id=other, folder="models/other"), [("", t) for t in texts]
    )
    rows = [{"text": text, "labels": list(own.labels)} for text, own in zip(texts, said, strict=True)]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    added = labelled_sets.import_set(workspace, [(path.name, path)]).added
    assert added is not None
    mix = Mix(bundled=False, sets=(added.id,))
    verdict = gate.judge(workspace, other, mix=mix)
    found = disagreements.on_test(workspace, gate.trial(workspace, other, mix=mix))
    assert found.n == verdict.n > 0
    assert not found.frame.empty
    thresholds = workspace.champion().thresholds
    for row in found.frame.to_dict("records"):
        assert row["true"] == (row["candidate"] >= thresholds[row["label_id"]])
