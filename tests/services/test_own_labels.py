import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.db import jobs as job_rows
from core.db import taggings
from core.domain.annotations import Verdict
from core.domain.own_labels import LabelTexts
from core.errors import InputError, MissingError
from core.ml.training.options import LoraOptions
from core.services import own_labels
from core.services.annotations import record_annotation
from core.services.documents import read_document
from core.services.promoting import promote
from core.services.registry import get_model
from core.services.training import ground_of
from core.services.training_jobs import request_training
from core.services.workspace import Workspace, revision

GAMES = LabelTexts(
    name_en="Games", name_zh="游戏", definition_en="Games and players.", definition_zh="电子游戏与玩家。"
)


@pytest.fixture
def filled(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> Workspace:
    """A workspace with six documents that the tiny classifier has tagged."""
    files = []
    for i in range(6):
        files.append(tmp_path / f"{i}.txt")
        files[-1].write_text(f"{'games and players ' * (i + 1)} number {i} 游戏 {'z' * i}")
    import_files(*files)
    return workspace


def zero_shot_rows(workspace: Workspace) -> dict[int, float]:
    from core.db.own_labels import zero_shot_of

    with workspace.database.reading() as connection:
        return {i: own["sector.games"].probability for i, own in zero_shot_of(connection, range(1, 20)).items()}


def labelled(workspace: Workspace) -> dict[int, list[str]]:
    with workspace.database.reading() as connection:
        return taggings.labels_of(connection, range(1, 20), model_version_id=workspace.champion().id)


def test_a_label_is_in_the_tree_at_once_and_its_version_says_so(filled: Workspace) -> None:
    before, seen = filled.taxonomy, revision(filled)
    own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    after = filled.taxonomy
    assert after.by_id["sector.games"].name("zh") == "游戏"
    assert before.version != after.version
    assert after.version.startswith(before.version)
    assert revision(filled) > seen


def test_its_job_compares_every_document_and_new_ones_are_compared_as_they_come(
    filled: Workspace, run_job: Callable[[int], None], import_files: Callable[..., int], tmp_path: Path
) -> None:
    added = own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    assert added.job_id is not None
    run_job(added.job_id)
    with filled.database.reading() as connection:
        job = job_rows.get_job(connection, added.job_id)
    assert (job.n_done, job.n_total) == (6, 6)
    assert len(zero_shot_rows(filled)) == 6
    later = tmp_path / "later.txt"
    later.write_text("a document that came later, 后来的文档")
    import_files(later)
    assert len(zero_shot_rows(filled)) == 7


def test_what_a_description_gives_is_shown_as_zero_shot_and_changes_no_other_label(
    filled: Workspace, run_job: Callable[[int], None]
) -> None:
    before = labelled(filled)
    added = own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    run_job(added.job_id or 0)
    given = {i for i, own in labelled(filled).items() if "sector.games" in own}
    assert {i: [x for x in own if x != "sector.games"] for i, own in labelled(filled).items()} == before
    for document_id in before:
        reading = read_document(filled, document_id)
        assert (
            ("sector.games" in reading.zero_shot)
            == (document_id in given)
            == ("sector.games" in reading.labelling.labels)
        )


def test_people_can_give_it_and_their_documents_count_as_examples(
    filled: Workspace, run_job: Callable[[int], None]
) -> None:
    own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    record_annotation(filled, 1, "sector.games", Verdict.PRESENT, author="Li")
    (state,) = own_labels.list_own_labels(filled)
    assert (state.n_examples, state.trained) == (1, False)
    assert "sector.games" in labelled(filled)[1]


def test_a_label_that_is_removed_leaves_no_trace_until_it_is_restored(
    filled: Workspace, run_job: Callable[[int], None]
) -> None:
    untouched = labelled(filled)
    added = own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    run_job(added.job_id or 0)
    record_annotation(filled, 1, "sector.games", Verdict.PRESENT, author="Li")
    standing = labelled(filled)
    own_labels.remove_label(filled, "sector.games")
    assert "sector.games" not in filled.taxonomy.by_id
    assert labelled(filled) == untouched
    assert "sector.games" not in read_document(filled, 1).labelling.labels
    assert own_labels.list_own_labels(filled) == []
    assert own_labels.restore_label(filled, "sector.games").job_id is None
    assert labelled(filled) == standing


def test_all_that_is_wrong_with_a_label_is_said_at_once(filled: Workspace) -> None:
    nameless = LabelTexts(name_en="", name_zh="游戏", definition_en="x", definition_zh="")
    with pytest.raises(InputError) as refused:
        own_labels.add_label(filled, "nowhere.Games!", nameless, author=" ")
    for expected in ("English name", "not said in Chinese", "Your name", "parent nowhere", "a letter first"):
        assert expected in str(refused.value)
    with pytest.raises(InputError, match="in the tree already"):
        own_labels.add_label(filled, "sector.finance", GAMES, author="Li")


def test_labels_that_are_not_ones_own_cannot_be_removed_or_restored(filled: Workspace) -> None:
    with pytest.raises(InputError, match="was trained for it"):
        own_labels.remove_label(filled, "sector.finance")
    with pytest.raises(MissingError):
        own_labels.remove_label(filled, "sector.games")
    with pytest.raises(MissingError):
        own_labels.restore_label(filled, "sector.games")


def test_training_takes_a_label_in_once_it_has_enough_examples_and_then_no_description_decides(
    filled: Workspace, run_job: Callable[[int], None], tmp_path: Path
) -> None:
    added = own_labels.add_label(filled, "sector.games", GAMES, author="Li")
    run_job(added.job_id or 0)
    kinds = [("abcabc", ["market"]), ("789789", ["policy"]), ("XYZXYZ", ["sector.games", "market"])]
    rows = [
        {"id": str(i), "lang": "en", "text": kinds[i % 3][0] * (1 + i % 9), "labels": kinds[i % 3][1]}
        for i in range(90)
    ]
    data = tmp_path / "labelled.jsonl"
    data.write_text("\n".join(json.dumps(row) for row in rows))
    run_job(request_training(filled, "head", {}, None, files=[data]))
    found = get_model(filled, "candidate").description
    assert "sector.games" in found["label_ids"]
    assert found["taxonomy_version"] == filled.taxonomy.version
    promoted = promote(filled, found["version"], "", author="Li", overrule="a tree of its own")
    run_job(promoted.job_id or 0)
    (state,) = own_labels.list_own_labels(filled)
    assert state.trained
    assert all(read_document(filled, i).zero_shot == {} for i in range(1, 7))
    with pytest.raises(InputError, match="was trained for it"):
        own_labels.remove_label(filled, "sector.games")


def test_adapting_reads_stored_documents_and_going_on_starts_from_the_champion(filled: Workspace) -> None:
    ground = ground_of(filled, LoraOptions(adapt_steps=1))
    assert len(ground.unlabelled) == 6
    assert any("number 3" in text for text in ground.unlabelled)
    assert ground.champion_dir is not None
    assert (ground.champion_dir / "model.json").is_file()
    assert ground_of(filled, LoraOptions()).unlabelled == []
