"""Data directories in the three states that every page is tested in, and a way to open a page through app.py."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import BUNDLED_DATA, PROJECT_ROOT, Settings, get_settings
from core.db import documents, models, stories, taggings
from core.db import jobs as job_rows
from core.db.engine import Connection, Database
from core.db.migrate import upgrade
from core.domain.jobs import ItemStatus, JobKind, JobState
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.ml.evaluate import evaluate
from core.services import registry
from core.services.workspace import Workspace, open_workspace
from tests.builders import NOW, prepared
from tests.conftest import write_tiny_model

MODEL = "model-1"
N_STORIES = 240
ATTACK_TITLE = "<b>Bold</b> $E=mc^2$ **stars** :red[alarm] [x](http://example.org) www.example.org"
ATTACK_TEXT = (
    "<script>alert('pwned')</script> <img src=x onerror=alert(1)> **not bold** $x^2$ Regulators met. They agreed."
)
PAGES = ("overview", "trends", "signals", "terms", "relations", "documents", "models", "add_documents", "jobs")

Open = Callable[..., AppTest]


def new_home(home: Path) -> tuple[Database, Taxonomy]:
    """Make a data directory as `init` does, with a model version but without its weights."""
    settings = Settings(home=home)
    settings.uploads_dir.mkdir(parents=True)
    database = Database(settings.resolved_database_url)
    upgrade(database)
    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    label_ids = [label.id for label in taxonomy.labels]
    with database.writing() as connection:
        models.save_taxonomy(connection, taxonomy)
        thresholds = dict.fromkeys(label_ids, 0.5)
        version = models.ModelVersion(MODEL, taxonomy.version, "linear", label_ids, thresholds, {}, "models/none", NOW)
        models.add_model_version(connection, version)
        models.set_champion(connection, MODEL)
    return database, taxonomy


def labels_of_story(number: int) -> list[str]:
    """Return labels such that regulation rises at the end of 2025 and the rest stays even."""
    if number >= N_STORIES - 40 and number % 4:
        return ["policy.regulation.ai_ethics_safety", "sector.finance"]
    return [["technology.training.peft"], ["market.competition.funding"], ["policy.support"], []][number % 4]


def fill(database: Database, taxonomy: Taxonomy) -> None:
    """Store stories of 2024 and 2025, a copy, an undated, an imprecise and an untagged document, and some jobs."""
    with database.writing() as connection:
        item_id = add_jobs(connection)
        source_ids = documents.source_ids(connection, ["Wire", "机器之心"])
        found = []
        for number in range(N_STORIES):
            day = date(2024, 1, 2) + timedelta(days=3 * number)
            zh = number % 2 == 1
            document_id = add(
                connection,
                f"第{number}号报道：大模型监管的讨论。" * 4 if zh else f"Story {number} is about models. " * 8,
                f"报道{number}" if zh else f"Story {number}",
                date=day.isoformat(),
                lang="zh" if zh else "en",
                source_id=source_ids["机器之心" if zh else "Wire"],
                item_id=item_id,
            )
            found.append(tagging(document_id, labels_of_story(number), taxonomy, n_passages=2))
        attack = add(connection, ATTACK_TEXT, ATTACK_TITLE, date="2025-12", source_id=source_ids["Wire"])
        found.append(tagging(attack, ["policy.regulation"], taxonomy, n_passages=2))
        copy = add(connection, "Story 0, again.", "Story 0 again", date="2024-01-05", source_id=source_ids["Wire"])
        stories.join_story(connection, copy, 1)
        undated = add(connection, "Nobody knows when.", "Undated", date="", source_id=source_ids["Wire"])
        found += [tagging(document_id, [], taxonomy, n_passages=2) for document_id in (copy, undated)]
        add(connection, "Not tagged so far.", "Waiting", date="2025-11-30", source_id=source_ids["Wire"])
        label_ids = [label.id for label in taxonomy.labels]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=label_ids, taxonomy=taxonomy)
        models.bump_revision(connection)


def add(
    connection: Connection,
    text: str,
    title: str,
    *,
    date: str,
    source_id: int,
    lang: str = "en",
    item_id: int | None = None,
) -> int:
    document = prepared(text, title=title, date=date, lang=lang, cuts=2)
    return documents.add_document(connection, document, source_id=source_id, job_item_id=item_id, now=NOW)


def tagging(document_id: int, labels: list[str], taxonomy: Taxonomy, *, n_passages: int) -> taggings.Tagging:
    holding = taxonomy.with_parents(labels)
    seed = int(hashlib.sha256(str(document_id).encode()).hexdigest()[:4], 16) / 0xFFFF
    whole = np.array([0.7 + 0.2 * seed if label.id in holding else 0.1 for label in taxonomy.labels], dtype=np.float32)
    passages = np.stack([whole] + [whole / 4] * (n_passages - 1))
    return taggings.Tagging(document_id, whole, passages, tuple(sorted(holding)), NOW)


def add_feed(home: Path, *, until: date) -> None:
    """Add a feed of eight papers a month from 2024 on, most of them on training, that ends."""
    database, taxonomy = (
        Database(Settings(home=home).resolved_database_url),
        load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"),
    )
    with database.writing() as connection:
        source_id = documents.source_ids(connection, ["Papers"])["Papers"]
        months = [date(2024 + place // 12, place % 12 + 1, 9) for place in range(24)]
        found = []
        for number, day in [(number, day) for day in months if day <= until for number in range(8)]:
            text = f"Paper {number} of {day} is about training. "
            id_ = add(connection, text * 4, f"Paper {number} of {day}", date=day.isoformat(), source_id=source_id)
            found.append(tagging(id_, ["technology.training.peft"] if number else [], taxonomy, n_passages=2))
        label_ids = [label.id for label in taxonomy.labels]
        taggings.save_taggings(connection, found, model_version_id=MODEL, label_ids=label_ids, taxonomy=taxonomy)
        models.bump_revision(connection)
    database.close()


def add_jobs(connection: Connection) -> int:
    """Add an ended import with a refused file and a bad line, a failed and a queued one; return the first's item."""
    done = job_rows.add_job(connection, kind=JobKind.IMPORT, title="january.jsonl", params={}, now=NOW)
    job_rows.add_items(connection, done, [("january.jsonl", "/gone/a", {}), ("scan.pdf", "/gone/b", {})])
    good, bad = job_rows.list_items(connection, done)
    problem = {"locator": "line 7", "message": "Line {line} is not complete JSON ({detail}); repair or remove it."}
    problem["params"] = {"line": 7, "detail": "char 3"}
    job_rows.update_item(connection, good.id, status="added", n_documents=N_STORIES, n_problems=1, problems=[problem])
    reason = {"message": "{name} is empty (0 bytes); choose a file with text in it.", "params": {"name": "scan.pdf"}}
    job_rows.update_item(connection, bad.id, status=ItemStatus.REFUSED.value, reason=reason)
    job_rows.update_job(connection, done, state=JobState.SUCCEEDED.value, finished_at=NOW)
    failed = job_rows.add_job(connection, kind=JobKind.IMPORT, title="february.jsonl", params={}, now=NOW)
    error = {
        "message": "The disk that holds {place} is full; free some space and try again.",
        "params": {"place": "/data"},
    }
    job_rows.update_job(connection, failed, state=JobState.FAILED.value, error=error)
    job_rows.add_job(connection, kind=JobKind.TAGGING, title=MODEL, params={}, now=NOW)
    return good.id


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pages") / "empty"
    new_home(home)[0].close()
    return home


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled directory that tests only read."""
    return filled(tmp_path_factory.mktemp("pages") / "filled")


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    """A filled directory that a test may change."""
    return filled(tmp_path / "own")


def filled(home: Path) -> Path:
    database, taxonomy = new_home(home)
    fill(database, taxonomy)
    database.close()
    return home


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a page of a data directory, with query parameters, through app.py."""

    def open_it(name: str, home: Path, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("TRENDVANE_HOME", str(home))
        get_settings.cache_clear()
        app = AppTest.from_file(str(PROJECT_ROOT / "app.py"), default_timeout=90)
        app.query_params.update(query)
        if name != "overview":
            app.switch_page(f"pages/{name}.py")
            app.query_params.update(query)
        app.run()
        # a page that broke off shows its traceback: whatever a test looks for, it may not be beside one
        assert not [code.value for code in app.code if "Traceback" in code.value]
        return app

    return open_it


def workspace(home: Path) -> Workspace:
    return open_workspace(Settings(home=home))


def words(app: AppTest) -> str:
    """Return every word that a page shows in its main area."""
    elements = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    found = [str(element.value) for element in elements]
    found += [element.proto.body for element in app.main if element.type == "html"]
    found += [element.proto.body for element in all_of(app, "html")]
    found += [element.proto.label for element in all_of(app, "page_link")]
    return "\n".join(found)


def all_of(app: AppTest, kind: str) -> list:
    return list(app.get(kind))


def metrics(home: Path, quality: float) -> dict[str, object]:
    """Return what training measures of a model, in two languages."""
    taxonomy = workspace(home).taxonomy
    label_ids = [label.id for label in taxonomy.labels]
    true = np.random.default_rng(0).random((40, len(label_ids))) < 0.2
    likely = np.where(np.random.default_rng(1).random(true.shape) < quality, true, ~true).astype(np.float32)
    found = evaluate(true, likely, np.full(len(label_ids), 0.5, np.float32), label_ids, taxonomy)
    return {"all": found, "en": found, "zh": found}


@pytest.fixture
def models_home(own_home: Path, tiny_encoder: Path) -> Path:
    """A filled directory whose champion has files and whose candidate does better."""
    Settings(home=own_home).encoder_dir.symlink_to(tiny_encoder)
    opened = workspace(own_home)
    with opened.database.writing() as connection:
        for seed, quality in ((1, 0.8), (2, 0.95)):
            folder = own_home / "models" / f"seed-{seed}"
            own = metrics(own_home, quality)
            version = write_tiny_model(folder, tiny_encoder, seed=seed, metrics=own, n_examples=1000 * seed)
            row = replace(opened.champion(), id=version, folder=f"models/seed-{seed}", metrics=own, method="lora")
            models.add_model_version(connection, row)
            (models.set_champion if seed == 1 else _set_candidate)(connection, version)
        models.bump_revision(connection)
    return own_home


def _set_candidate(connection: Connection, version: str) -> None:
    models.set_alias(connection, models.CANDIDATE, version)


def ids(home: Path) -> tuple[str, str]:
    """Return champion and candidate."""
    found = workspace(home)
    return registry.find_model(found, "champion").id, registry.find_model(found, "candidate").id
