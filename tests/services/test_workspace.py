"""How a data directory comes to be, and what is said where it cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Settings
from core.db import models
from core.db.engine import Database
from core.domain.jobs import JobKind
from core.errors import MachineError, MissingError, ModelError
from core.services import jobs, workspace
from core.services.workspace import initialise, open_workspace


def quiet(_line: str) -> None:
    """Say nothing."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_the_first_start_makes_everything_and_the_second_changes_nothing(settings: Settings) -> None:
    first = initialise(settings, say=quiet)
    champion = first.champion()
    queued = jobs.list_jobs(first)
    assert [(s.job.kind, s.job.title) for s in queued] == [(JobKind.IMPORT, "Trendvane chronicle")]
    assert champion.label_ids == [label.id for label in first.taxonomy.labels]
    again = initialise(settings, say=quiet)
    assert again.champion() == champion
    assert len(jobs.list_jobs(again)) == 1
    assert open_workspace(settings).champion() == champion


def test_a_newer_default_model_takes_over_and_tags_anew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = initialise(settings, say=quiet)
    older = replace(first.champion(), id="older")
    with first.database.writing() as connection:
        models.add_model_version(connection, older)
        models.set_champion(connection, "older")
    again = initialise(settings, say=quiet)
    assert again.champion().id == first.champion().id != "older"
    assert [s.job.kind for s in jobs.list_jobs(again)] == [JobKind.TAGGING, JobKind.IMPORT]


def test_a_champion_of_the_users_own_is_left_alone(settings: Settings) -> None:
    first = initialise(settings, say=quiet)
    own = replace(first.champion(), id="own", folder="models/own")
    with first.database.writing() as connection:
        models.add_model_version(connection, own)
        models.set_champion(connection, "own")
    assert initialise(settings, say=quiet).champion().id == "own"


def test_a_data_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(MachineError, match="cannot be written"):
        initialise(Settings(home=tmp_path / "home"), say=quiet)


def test_a_nearly_full_disk_is_said_before_anything_is_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "MIN_FREE_MB", 2**40)
    with pytest.raises(MachineError, match="free some space"):
        initialise(settings, say=quiet)
    assert not (settings.home / "trendvane.db").exists()


def test_a_read_only_database_is_said(settings: Settings) -> None:
    made = initialise(settings, say=quiet)
    path = settings.home / "trendvane.db"
    locked = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(MachineError, match="cannot be written"), locked.writing() as connection:
        models.bump_revision(connection)
    assert made.champion()


def test_opening_before_init_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(MissingError, match="trendvane init"):
        open_workspace(settings)


def test_a_damaged_encoder_is_unpacked_again(settings: Settings) -> None:
    initialise(settings, say=quiet)
    weights = settings.encoder_dir / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"\x00")
    initialise(settings, say=quiet)
    assert weights.read_bytes() == whole


def test_a_model_that_does_not_fit_the_encoder_is_refused(settings: Settings, tiny_encoder: Path) -> None:
    from core.services.tagging import tag_text

    made = initialise(settings, say=quiet)
    other = replace(made, settings=Settings(home=settings.home.parent / "other"))
    other.settings.home.mkdir()
    other.settings.encoder_dir.symlink_to(tiny_encoder)
    with pytest.raises(ModelError, match="was trained on"):
        tag_text(other, "Some words.")
