"""Which models there are, which one's word is shown, and the way back."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import BUNDLED_DATA
from core.db import models
from core.domain.filters import DocumentFilter
from core.domain.jobs import JobKind, JobState
from core.errors import InputError, MissingError, ModelError
from core.services import jobs, registry
from core.services.comparing import compare
from core.services.documents import find_documents
from core.services.promoting import list_promotions, predecessor, promote, rollback
from core.services.training_jobs import request_training
from core.services.workspace import DEFAULT_MODEL, Workspace, revision
from tests.builders import NOW
from tests.conftest import write_tiny_model


def add_model(workspace: Workspace, tiny_encoder: Path, seed: int, **facts: object) -> str:
    """Register another tiny classifier."""
    folder = workspace.settings.home / "models" / f"seed-{seed}"
    version = write_tiny_model(folder, tiny_encoder, seed=seed, **facts)
    row = replace(workspace.champion(), id=version, folder=f"models/seed-{seed}", metrics=facts.get("metrics", {}))
    with workspace.database.writing() as connection:
        models.add_model_version(connection, row)
    return version


@pytest.fixture
def filled(workspace: Workspace, import_files: Callable[..., int], tmp_path: Path) -> Workspace:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"Report {n} on chips.", "date": "2024-05-01"}) for n in range(5)))
    import_files(path)
    return workspace


@pytest.fixture
def other(filled: Workspace, tiny_encoder: Path) -> str:
    return add_model(filled, tiny_encoder, 1)


def shown(workspace: Workspace) -> list[list[str]]:
    return find_documents(workspace, DocumentFilter()).frame["labels"].tolist()


def test_a_promoted_model_tags_history_and_rolling_back_shows_the_old_word_at_once(
    filled: Workspace, other: str, run_job: Callable[[int], None]
) -> None:
    first, before, seen = filled.champion().id, shown(filled), revision(filled)
    done = promote(filled, other, "  better on\nmarkets ", author=" Ann  Lee ", overrule="tested")
    said = done.promotion
    assert (said.model_version_id, said.from_version_id) == (other, first)
    assert (said.author, said.reason) == ("Ann Lee", "better on markets")
    assert filled.champion().id == other
    assert revision(filled) > seen
    assert done.job_id is not None
    run_job(done.job_id)
    assert jobs.get_job(filled, done.job_id).summary.job.state is JobState.SUCCEEDED
    assert shown(filled) != before
    back = rollback(filled, author="Bo")
    assert (back.promotion.model_version_id, back.promotion.undoes_id, back.job_id) == (first, said.id, None)
    assert shown(filled) == before
    assert list_promotions(filled) == [back.promotion, said]
    assert (
        promote(filled, other, "", author="Ann", overrule="tested").job_id is None
    )  # it has tagged everything already


def test_rolling_back_what_came_in_meanwhile_is_tagged(
    filled: Workspace, other: str, import_files: Callable[..., int], tmp_path: Path
) -> None:
    promote(filled, other, "", author="Ann", overrule="tested")
    (tmp_path / "new.txt").write_text("News of today.")
    import_files(tmp_path / "new.txt")
    assert rollback(filled, author="Ann").job_id is not None


def test_promoting_to_and_fro_queues_one_job_a_model(filled: Workspace, other: str) -> None:
    first = promote(filled, other, "", author="Ann", overrule="tested").job_id
    rollback(filled, author="Ann")
    assert promote(filled, other, "", author="Ann", overrule="tested").job_id == first
    assert [s.job.kind for s in jobs.list_jobs(filled)].count(JobKind.TAGGING) == 1


def test_each_rollback_goes_one_promotion_further_back(filled: Workspace, other: str, tiny_encoder: Path) -> None:
    first, third = filled.champion().id, add_model(filled, tiny_encoder, 2)
    promote(filled, other, "", author="Ann", overrule="tested")
    promote(filled, third, "", author="Ann", overrule="tested")
    assert rollback(filled, author="Ann").promotion.model_version_id == other
    found = predecessor(filled)
    assert found is not None
    assert found.id == first
    assert rollback(filled, author="Ann").promotion.model_version_id == first
    assert predecessor(filled) is None
    with pytest.raises(MissingError, match="nothing to roll back"):
        rollback(filled, author="Ann")


def test_a_default_model_that_took_over_by_itself_is_not_rolled_back(
    filled: Workspace, other: str, tiny_encoder: Path
) -> None:
    promote(filled, other, "", author="Ann", overrule="tested")
    newer = add_model(filled, tiny_encoder, 2)
    with filled.database.writing() as connection:
        models.set_champion(connection, newer)
    with pytest.raises(MissingError, match="nothing to roll back"):
        rollback(filled, author="Ann")


def test_a_model_is_found_by_alias_and_by_the_beginning_of_its_id(filled: Workspace, other: str) -> None:
    champion = filled.champion().id
    with filled.database.writing() as connection:
        models.set_alias(connection, models.CANDIDATE, other)
        models.add_model_version(connection, replace(filled.champion(), id=f"{other}-twin"))
    assert registry.find_model(filled, "").id == registry.find_model(filled, "champion").id == champion
    assert registry.find_model(filled, "candidate").id == registry.find_model(filled, other).id == other
    assert registry.find_model(filled, champion[:5]).id == champion
    with pytest.raises(InputError, match=f"{other}, {other}-twin; write more"):
        registry.find_model(filled, other[:5])
    for unknown in ("%", "no-such"):
        with pytest.raises(MissingError, match=champion):
            registry.find_model(filled, unknown)


def test_the_list_is_newest_first_with_what_each_has_done(filled: Workspace, tiny_encoder: Path) -> None:
    version = add_model(filled, tiny_encoder, 3, n_examples=70, metrics={"all": {"levels": {"topic": {}}}})
    with filled.database.writing() as connection:
        models.set_alias(connection, models.CANDIDATE, version)
        later = replace(filled.champion(), id="later", created_at=NOW.replace(year=2030), folder="models/gone")
        models.add_model_version(connection, later)
    found = {listed.version.id: listed for listed in registry.list_models(filled)}
    assert next(iter(found)) == "later"
    assert not found["later"].has_files
    assert (found[version].aliases, found[version].n_examples, found[version].n_tagged) == (("candidate",), 70, 0)
    champion = found[filled.champion().id]
    assert (champion.aliases, champion.n_tagged, champion.is_default) == (("champion",), 5, False)
    details = registry.get_model(filled, version)
    assert (details.card, details.description["n_examples"]) == ("# Card", 70)
    assert registry.get_model(filled, "later").description == {}


def test_promoting_what_cannot_be_promoted_changes_nothing(filled: Workspace, other: str) -> None:
    champion = filled.champion()
    with filled.database.writing() as connection:  # as an older default model's, whose folder a newer one has taken
        models.add_model_version(connection, replace(champion, id="replaced", folder=DEFAULT_MODEL))
        models.add_model_version(connection, replace(champion, id="lost", folder="models/lost"))
    assert (BUNDLED_DATA / DEFAULT_MODEL).is_dir()
    with pytest.raises(InputError, match="champion already"):
        promote(filled, "champion", "", author="Ann", overrule="tested")
    for gone in ("replaced", "lost"):
        with pytest.raises(ModelError, match="are gone"):
            promote(filled, gone, "", author="Ann", overrule="tested")
    assert filled.champion() == champion
    assert list_promotions(filled) == []


def test_a_trained_model_is_the_candidate_until_it_is_promoted(
    workspace: Workspace, run_job: Callable[[int], None], tmp_path: Path
) -> None:
    rows = [{"id": f"t{n}", "text": ("abcabc", "789789")[n % 2] * (2 + n % 5)} for n in range(60)]
    labelled = [{**row, "lang": "en", "labels": [["market"], ["policy"]][n % 2]} for n, row in enumerate(rows)]
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(map(json.dumps, labelled)))
    before = revision(workspace)
    run_job(request_training(workspace, "head", {}, files=[path]))
    trained = registry.find_model(workspace, "candidate")
    assert trained.id != workspace.champion().id
    assert revision(workspace) > before
    promote(workspace, "candidate", "", author="Ann", overrule="tested")
    (listed,) = [found for found in registry.list_models(workspace) if found.version.id == trained.id]
    assert listed.aliases == ("champion",)
    run_job(request_training(workspace, "head", {}, files=[path]))  # gives the same version once more
    with pytest.raises(MissingError):
        registry.find_model(workspace, "candidate")


def test_a_comparison_tells_level_label_and_language_with_their_counts(filled: Workspace, tiny_encoder: Path) -> None:
    def measured(f1: float, n: int) -> dict[str, object]:
        labels = {"market": {"f1": f1, "support": n // 2}}
        return {"n": n, "levels": {"topic": {"macro_f1": f1}}, "labels": labels, "off_topic": {"n": 3}}

    old = add_model(filled, tiny_encoder, 1, metrics={"all": measured(0.5, 40), "en": measured(0.25, 20)})
    new = add_model(
        filled, tiny_encoder, 2, metrics={"all": measured(0.75, 60), "zh": [], "xx": {"labels": 7}, "<b>": {}}
    )
    found = compare(filled, old, new)
    topic = found.measures.set_index(["measure", "lang"]).loc["topic"]
    assert topic.loc["all"].tolist() == [0.5, 0.75, 40, 60]
    assert topic.loc["en"].isna().tolist() == [False, True, False, True]
    assert set(topic.index) == {"all", "en", "xx", "zh"}
    market = found.labels.set_index(["label_id", "lang"]).loc["market"]
    assert market.loc["all"].tolist() == [0.5, 0.75, 20, 30]
    assert list(found.labels["label_id"].unique()) == [label.id for label in filled.taxonomy.labels]
