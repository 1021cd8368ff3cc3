"""What a training learns from: the mix, stories that stay together, contradictions, and what was kept of it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.domain.annotations import Verdict
from core.errors import MissingError
from core.services import label_export, labelled_sets
from core.services.annotations import record_annotation
from core.services.contradictions import Resolution
from core.services.label_sources import all_labelled
from core.services.snapshots import find_snapshot, keep_snapshot
from core.services.training_data import Mix, parts_of, training_data
from core.services.workspace import Workspace

STORY = (
    "The regulator opened an inquiry into the pricing of cloud contracts on {day} and asked for documents of {n} years."
)


def imported(workspace: Workspace, folder: Path, name: str, rows: Sequence[tuple[str, list[str]]]) -> int:
    """Import a set of (text, labels) and return its id."""
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(json.dumps({"text": text, "labels": labels}) for text, labels in rows))
    added = labelled_sets.import_set(workspace, [(path.name, path)]).added
    assert added is not None
    return added.id


def many(n: int, *, start: int = 0) -> list[tuple[str, list[str]]]:
    """Return texts that no two of share a phrase."""
    words = [[f"w{start + i}x{j}" for j in range(8)] for i in range(n)]
    return [(" ".join(own), [["market"], ["policy"]][i % 2]) for i, own in enumerate(words)]


def only(*sets: int) -> Mix:
    return Mix(corrections=False, bundled=False, sets=sets)


def test_the_bundled_texts_are_all_there_and_parted_by_language(workspace: Workspace) -> None:
    report = training_data(workspace, Mix()).report
    assert set(report.sources) == {"training", "chronicle"}
    assert report.n == sum(report.sources.values()) > 7000
    assert (report.problems, report.contradictions, report.n_repeated) == ((), (), 0)
    by_lang = report.counts.groupby("lang")[["taught", "validation", "test"]].sum()
    assert (by_lang.loc[["en", "zh"]] > 500).all().all()
    capped = training_data(workspace, Mix(bundled_most=100))
    assert capped.report.n == 100
    assert training_data(workspace, Mix(bundled_most=100)).examples == capped.examples


def test_copies_of_a_story_are_never_parted_whatever_the_mix(workspace: Workspace, tmp_path: Path) -> None:
    texts = many(150)
    first = imported(workspace, tmp_path, "first", texts)
    second = imported(workspace, tmp_path, "second", [(f"{text} again", labels) for text, labels in texts])
    parts: dict[int, set[str]] = {}
    both = training_data(workspace, only(first, second))
    for example, part in zip(both.examples, parts_of(workspace, both.examples), strict=True):
        parts.setdefault(int(example.text.split("x")[0][1:]), set()).add(part)
    assert len(both.examples) == 300
    assert {len(found) for found in parts.values()} == {1}
    alone = training_data(workspace, only(second))
    tested = dict(zip((e.id for e in both.examples), parts_of(workspace, both.examples), strict=True))
    for example, part in zip(alone.examples, parts_of(workspace, alone.examples), strict=True):
        assert (part == "test") == (tested[example.id] == "test")


def test_corrections_win_over_imported_labels_and_the_newer_set_over_the_older(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    text = STORY.format(day="Monday", n="three")
    old = imported(workspace, tmp_path, "old", [(text, ["market"]), *many(20)])
    new = imported(workspace, tmp_path, "new", [(text.upper(), ["policy"]), (text + " More.", ["policy", "market"])])
    data = training_data(workspace, only(old, new))
    kept = {e.text: e.labels for e in data.examples if "regulator" in e.text.lower()}
    assert kept == {text.upper(): {"policy"}, text + " More.": {"policy", "market"}}
    assert [(c.resolution, c.used.labels, c.other.labels) for c in data.report.contradictions] == [
        (Resolution.BOTH, (), ("market",)),
        (Resolution.NEWER, ("policy",), ("market",)),
    ]
    (tmp_path / "doc.txt").write_text(text)
    import_files(tmp_path / "doc.txt")
    record_annotation(workspace, 1, "market", Verdict.ABSENT, author="Ann")
    data = training_data(workspace, Mix(bundled=False, sets=(old, new)))
    (example,) = [e for e in data.examples if "regulator" in e.text.lower()]
    assert (example.source, example.labels) == ("correction", {"policy"})  # what a human had said before stands
    assert data.judged == {}
    assert {c.resolution for c in data.report.contradictions} == {Resolution.AUTHORITY}
    assert data.report.contradictions[0].used.document_id == 1
    assert data.report.n_repeated == 3


def test_what_no_human_judged_of_a_corrected_document_is_the_models_and_marked_so(
    workspace: Workspace, import_files: Callable[..., int], tmp_path: Path
) -> None:
    (tmp_path / "doc.txt").write_text("Nobody has labelled this text about chips before.")
    import_files(tmp_path / "doc.txt")
    record_annotation(workspace, 1, "sector.finance", Verdict.PRESENT, author="Ann")
    data = training_data(workspace, Mix(bundled=False))
    assert data.judged == {"document-1": frozenset({"sector.finance"})}
    assert data.examples[0].labels > {"sector.finance"}  # the tiny model finds more


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (many(3), "3 texts are too few"),
        ([(text, ["market"]) for text, _ in many(60)], "same labels"),
    ],
)
def test_data_that_nothing_can_be_learnt_from_says_so(
    workspace: Workspace, tmp_path: Path, rows: list[tuple[str, list[str]]], said: str
) -> None:
    report = training_data(workspace, only(imported(workspace, tmp_path, "few", rows))).report
    assert said in " ".join(map(str, report.problems))
    assert "technology.training.peft" in report.untaught


def test_a_mix_without_anything_and_one_with_a_removed_set(workspace: Workspace) -> None:
    report = training_data(workspace, only()).report
    assert report.n == 0
    assert "0 texts are too few" in str(report.problems[0])
    with pytest.raises(MissingError, match="no imported set 7"):
        training_data(workspace, only(7))


def test_a_removed_set_that_comes_back_falls_into_the_same_parts(workspace: Workspace, tmp_path: Path) -> None:
    mix = only(imported(workspace, tmp_path, "mine", many(100)))
    before = training_data(workspace, mix)
    labelled_sets.remove_set(workspace, "mine")
    imported(workspace, tmp_path, "other", many(1, start=500))
    after = training_data(workspace, only(imported(workspace, tmp_path, "mine", many(100))))
    assert after.examples == before.examples
    assert after.report.data_hash == before.report.data_hash


def test_what_was_learnt_from_is_kept_and_can_be_trained_on_again(workspace: Workspace, tmp_path: Path) -> None:
    mix = only(imported(workspace, tmp_path, "mine", many(60)))
    data = training_data(workspace, mix)
    path = keep_snapshot(workspace, mix, data)
    content = path.read_bytes()
    assert keep_snapshot(workspace, mix, data).read_bytes() == content
    kept = find_snapshot(workspace, data.report.data_hash)
    assert kept is not None
    assert (kept.mix, kept.sources, kept.examples) == (mix, {"import:mine": 60}, data.examples)
    assert find_snapshot(workspace, "") is None
    with pytest.raises(MissingError, match="were not kept"):
        label_export.export_file(workspace, tmp_path / "out.jsonl", model="champion")


def test_stories_are_named_by_what_was_there_first(workspace: Workspace, tmp_path: Path) -> None:
    bundled = all_labelled(workspace)[0].example
    copy = imported(workspace, tmp_path, "copy", [(bundled.text, sorted(bundled.labels))])
    (example,) = training_data(workspace, only(copy)).examples
    assert example.group == bundled.id
