"""Labels of one's own that work from their descriptions alone are marked wherever they show, and only they."""

from pathlib import Path

import pytest

from core.db import models, taggings
from core.db import own_labels as rows
from core.domain.annotations import Verdict
from core.domain.filters import DocumentFilter
from core.domain.own_labels import LabelTexts
from core.services import own_labels
from core.services.annotations import record_annotation
from core.services.documents import export_documents
from tests.pages.conftest import Open, words, workspace

GAMES = LabelTexts(name_en="Games", name_zh="游戏", definition_en="Games and players.", definition_zh="电子游戏。")
GIVEN, CHANCE = 1, 0.63
"""A document that the label is given to, and its probability."""


@pytest.fixture
def home(own_home: Path) -> Path:
    """A directory with a label of its own, given to one document by its description."""
    opened = workspace(own_home)
    own_labels.add_label(opened, "sector.games", GAMES, author="Li")
    with opened.database.writing() as connection:
        rows.save_zero_shot(connection, [rows.ZeroShot(GIVEN, "sector.games", CHANCE, holds=True)])
        taggings.relabel(connection, [GIVEN], taxonomy=opened.taxonomy)
        models.bump_revision(connection)
    opened.database.close()
    return own_home


def csv_line(home: Path) -> dict[str, str]:
    lines = export_documents(workspace(home), DocumentFilter(labels=("sector.games",))).decode("utf-8-sig").splitlines()
    header, line = [line.split(",") for line in lines if not line.startswith('"#') and not line.startswith("#")]
    return dict(zip(header, line, strict=True))


def test_a_list_a_reader_and_an_export_mark_a_label_that_its_description_gives(open_page: Open, home: Path) -> None:
    listed = words(open_page("documents", home, label="sector.games"))
    assert 'class="tv-chip tv-untrained"' in listed
    assert 'title="from its description, not yet trained">◌' in listed
    reader = open_page("documents", home, id=str(GIVEN), lang="zh_CN")
    assert "尚未训练：游戏 ◌ 63%" in words(reader)
    assert "游戏 ◌" in [option.content for group in reader.get("button_group") for option in group.proto.options]
    assert csv_line(home)["zero_shot_labels"] == "sector.games"


def test_a_human_word_takes_the_place_of_the_mark(open_page: Open, home: Path) -> None:
    record_annotation(workspace(home), GIVEN, "sector.games", Verdict.PRESENT, author="Li")
    listed = words(open_page("documents", home, label="sector.games"))
    assert "tv-chip tv-untrained" not in listed
    assert "confirmed or added by a human" in listed
    assert (csv_line(home)["human_labels"], csv_line(home)["zero_shot_labels"]) == ("sector.games", "")


@pytest.mark.parametrize("page", ["trends", "signals"])
def test_figures_say_what_the_mark_means(page: str, open_page: Open, home: Path) -> None:
    said = words(open_page(page, home, label=["sector.games", "sector.finance"]))
    assert "no model was trained for it yet (Games ◌)" in said


def test_the_choice_of_labels_marks_it_until_a_model_that_knows_it_is_champion(open_page: Open, home: Path) -> None:
    def offered() -> list[str]:
        return [path for path in open_page("documents", home).multiselect[0].options if "Games" in path]

    assert offered() == ["Sector › Games ◌"]
    opened = workspace(home)
    before = opened.champion()
    known = [*before.label_ids, "sector.games"]
    trained = models.ModelVersion(
        "model-2",
        opened.taxonomy.version,
        "linear",
        known,
        dict.fromkeys(known, 0.5),
        {},
        "models/none",
        before.created_at,
    )
    with opened.database.writing() as connection:
        models.add_model_version(connection, trained)
        models.set_champion(connection, "model-2")
        models.bump_revision(connection)
    assert offered() == ["Sector › Games"]
