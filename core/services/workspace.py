"""What every use case works on: settings, database, label tree; and how a data directory comes to be."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import BUNDLED_DATA, Settings
from core.db import jobs as job_rows
from core.db import models, own_labels
from core.db.engine import Database
from core.db.migrate import upgrade
from core.domain.jobs import JobKind, JobState
from core.domain.own_labels import OwnLabel, extended
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import MachineError, MissingError

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription

HEARTBEAT_SECONDS = 2
DEAD_AFTER_SECONDS = 15
MIN_FREE_MB = 500
CHRONICLE = "Trendvane chronicle"
"""Source of the bundled documents."""
DEFAULT_MODEL = "models/default"
"""Folder of the bundled model under data/."""


@dataclass(frozen=True)
class Workspace:
    """One data directory, opened."""

    settings: Settings
    database: Database
    bundled_taxonomy: Taxonomy

    @property
    def taxonomy(self) -> Taxonomy:
        """Return the label tree with the labels that users have added to it by now."""
        with self.database.reading() as connection:
            return _extended(self.bundled_taxonomy, tuple(own_labels.list_own_labels(connection)))

    def champion(self) -> models.ModelVersion:
        """Return the model version whose word is shown; raise MissingError before `init`."""
        with self.database.reading() as connection:
            version = models.find_champion(connection)
        if version is None:
            raise MissingError("No model is installed yet; run `trendvane init` first.")
        return version


@dataclass(frozen=True)
class WorkerStatus:
    """Whether anything works on the queue."""

    alive: bool
    seen_at: datetime | None
    n_waiting: int


@lru_cache(maxsize=8)
def _extended(taxonomy: Taxonomy, own: tuple[OwnLabel, ...]) -> Taxonomy:
    return extended(taxonomy, own)


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def open_workspace(settings: Settings) -> Workspace:
    """Open a data directory that `initialise` made; raise MissingError where it never ran."""
    if settings.resolved_database_url.startswith("sqlite") and not _sqlite_file(settings).exists():
        raise MissingError("{home} holds no Trendvane data yet; run `trendvane init` first.", home=str(settings.home))
    return Workspace(settings, Database(settings.resolved_database_url), load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.resolved_database_url.removeprefix("sqlite:///"))


def initialise(settings: Settings, *, say: Callable[[str], None]) -> Workspace:
    """Create or upgrade the data directory: folders, database, label tree, encoder, default model, bundled documents.

    Safe to repeat. The bundled documents are queued for the worker, not read here. `say` gets one line for each
    step that takes time.
    """
    _make_home(settings)
    database = Database(settings.resolved_database_url)
    if upgrade(database):
        say("Database created.")
    workspace = Workspace(settings, database, load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))
    install_encoder(settings, say)
    _install_default_model(workspace)
    _queue_bundled_documents(workspace)
    return workspace


def _make_home(settings: Settings) -> None:
    try:
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.home / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise MachineError(
            "The data directory {home} cannot be written ({cause}); set TRENDVANE_HOME to a folder you may write to.",
            home=str(settings.home),
            cause=error.strerror or str(error),
        ) from error
    free_mb = shutil.disk_usage(settings.home).free // 2**20
    if free_mb < MIN_FREE_MB:
        raise MachineError(
            "The disk of {home} has {free} MB left and Trendvane needs {needed} MB; free some space and try again.",
            home=str(settings.home),
            free=free_mb,
            needed=MIN_FREE_MB,
        )


def install_encoder(settings: Settings, say: Callable[[str], None]) -> None:
    """Make sure that the encoder of the settings lies in the data directory, whole."""
    from core.ml.encoder import fetch_encoder, read_encoder, unpack_encoder

    if not settings.encoder_dir.exists():
        say("Unpacking the encoder …")
    if not settings.encoder:
        unpack_encoder(settings.encoder_dir)
    elif not settings.encoder_dir.exists() or read_encoder(settings.encoder_dir).name != settings.encoder:
        fetch_encoder(settings.encoder, settings.encoder_dir)


def _install_default_model(workspace: Workspace) -> None:
    from core.ml.model_folder import read_description, require_known_labels

    folder = BUNDLED_DATA / DEFAULT_MODEL
    found = read_description(folder)
    require_known_labels(found, workspace.taxonomy)
    version = registered(found, folder=DEFAULT_MODEL)
    with workspace.database.writing() as connection:
        before = models.find_champion(connection)
        if before is not None and before.id == version.id:
            return
        models.save_taxonomy(connection, workspace.taxonomy)
        models.add_model_version(connection, version)
        if before is None or before.folder == version.folder:  # a newer default replaces the old default, no other
            models.set_champion(connection, version.id)
            if before is not None:
                job_rows.add_job(connection, kind=JobKind.TAGGING, title=version.id, params={}, now=now())
        models.bump_revision(connection)


def registered(found: "ModelDescription", *, folder: str) -> models.ModelVersion:
    """Return the row that the database keeps of a model folder, which lies under data/ or the data directory."""
    return models.ModelVersion(
        id=found.version,
        taxonomy_version=found.taxonomy_version,
        method=found.method,
        label_ids=list(found.label_ids),
        thresholds=dict(zip(found.label_ids, found.thresholds, strict=True)),
        metrics=found.metrics,
        folder=folder,
        created_at=now(),
    )


def model_folder(version: models.ModelVersion, settings: Settings) -> Path:
    """Return where a model version's files lie: bundled ones under data/, the user's own in the data directory."""
    bundled = BUNDLED_DATA / version.folder
    return bundled if bundled.is_dir() else settings.home / version.folder


def _queue_bundled_documents(workspace: Workspace) -> None:
    files = sorted((BUNDLED_DATA / "chronicle").glob("*.jsonl"))
    digest = hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()
    with workspace.database.writing() as connection:
        imports = [j for j in job_rows.list_jobs(connection, limit=100_000) if j.kind is JobKind.IMPORT]
        if not files or any(j.params.get("bundle") == digest for j in imports):
            return
        options = {"source": CHRONICLE, "columns": CHRONICLE_COLUMNS}
        job_id = job_rows.add_job(
            connection, kind=JobKind.IMPORT, title=CHRONICLE, params={"bundle": digest}, now=now()
        )
        job_rows.add_items(connection, job_id, [(f.name, str(f), options) for f in files])


CHRONICLE_COLUMNS = {
    "id": "id",
    "lang": "lang",
    "date": "date",
    "title": "title",
    "text": "text",
    "jurisdiction": "jurisdiction",
    "url": "source_url",
}


def revision(workspace: Workspace) -> int:
    """Return a number that changes when documents, taggings or models change: the key of whatever is cached."""
    with workspace.database.reading() as connection:
        return models.get_revision(connection)


def worker_status(workspace: Workspace) -> WorkerStatus:
    """Return whether a worker is alive and how many jobs wait for one."""
    with workspace.database.reading() as connection:
        seen_at = job_rows.last_sign_of_life(connection)
        n_waiting = len(job_rows.list_jobs(connection, states=[JobState.QUEUED], limit=1000))
    alive = seen_at is not None and now() - seen_at < timedelta(seconds=DEAD_AFTER_SECONDS)
    return WorkerStatus(alive, seen_at, n_waiting)
