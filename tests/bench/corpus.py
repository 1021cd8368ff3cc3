"""A generated, tagged corpus of any size, written straight into the tables; its texts mean nothing."""

import hashlib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import insert

from core.config import BUNDLED_DATA, Settings
from core.db import documents, models, search
from core.db.counting import add_to_rollup
from core.db.engine import Connection, Database
from core.db.migrate import upgrade
from core.db.tables import document, document_label, passage, tagging
from core.domain.taxonomy import LabelKind, Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.services.workspace import Workspace
from tests.builders import NOW

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MODEL = "bench"
SOURCES = [f"Source {i}" for i in range(20)]
PLACES = ["", "US", "CN", "EU", "GB", "JP"]
FIRST_DAY = date(2016, 1, 1)
N_WORDS, WORDS_A_TEXT = 20_000, 150
BATCH = 10_000


def build(home: Path, n_documents: int, *, years: int = 10) -> Workspace:
    """Return a workspace of that many tagged documents, spread evenly over the years; the same every time."""
    settings = Settings(home=home)
    database = Database(settings.resolved_database_url)
    upgrade(database)
    workspace = Workspace(settings, database, load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))
    label_ids = [label.id for label in workspace.bundled_taxonomy.labels]
    version = models.ModelVersion(
        MODEL,
        workspace.bundled_taxonomy.version,
        "head",
        label_ids,
        dict.fromkeys(label_ids, 0.5),
        {},
        "models/bench",
        NOW,
    )
    with database.writing() as connection:
        models.save_taxonomy(connection, workspace.bundled_taxonomy)
        models.add_model_version(connection, version)
        models.set_champion(connection, MODEL)
        documents.source_ids(connection, SOURCES)
    for first_id in range(1, n_documents + 1, BATCH):
        add(workspace, range(first_id, min(first_id + BATCH, n_documents + 1)), years=years)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    return workspace


def add(workspace: Workspace, ids: range, *, years: int = 10) -> None:
    """Add documents with these ids, with what a model says of them."""
    add_documents(workspace, ids, years=years)
    tag(workspace, ids, years=years)


def add_documents(workspace: Workspace, ids: range, *, years: int = 10, last_days: int | None = None) -> None:
    """Add documents with these ids that no model has tagged, all of them of the last days where so asked."""
    with workspace.database.writing() as connection:
        days = _days(ids, years) if last_days is None else 365 * years - 1 - _days(ids, years) % last_days
        _add(connection, ids, days, np.random.default_rng(ids.start))
        models.bump_revision(connection)


def tag(workspace: Workspace, ids: range, *, years: int = 10) -> None:
    """Write what a model says of these documents, and count it."""
    with workspace.database.writing() as connection:
        ages = _days(ids, years) / (365 * years)
        _tag(connection, ids, ages, np.random.default_rng(ids.start), workspace.bundled_taxonomy)
        models.bump_revision(connection)


def _days(ids: range, years: int) -> Longs:
    return np.random.default_rng(ids.start + 1).integers(0, 365 * years, len(ids))


def _add(connection: Connection, ids: range, days: Longs, rng: np.random.Generator) -> None:
    sources = list(documents.source_ids(connection, SOURCES).values())
    facts = zip(ids, days.tolist(), rng.choice(sources, len(ids)), rng.choice(PLACES, len(ids)), strict=True)
    rows = []
    for id_, day, source, place in facts:
        lang = ("en", "zh")[id_ % 2]
        text = _text(lang, rng)
        rows.append(
            {
                "id": id_,
                "content_hash": hashlib.sha256(str(id_).encode()).hexdigest(),
                "story_id": id_,
                "is_lead": True,
                "title": f"Document {id_}",
                "lang": lang,
                "day": FIRST_DAY + timedelta(days=day),
                "date_precision": "day",
                "source_id": int(source),
                "jurisdiction": str(place),
                "n_characters": len(text),
                "added_at": NOW,
                "minhash": b"",
                "text": text,
            }
        )
    connection.execute(insert(document), rows)
    cuts = [{"document_id": r["id"], "ordinal": 0, "start": 0, "end": r["n_characters"]} for r in rows]
    connection.execute(insert(passage), cuts)
    search.add_to_index(connection, [(r["id"], r["title"], r["text"]) for r in rows])


def _text(lang: str, rng: np.random.Generator) -> str:
    """Return invented words, the common ones often: word k is drawn about 1 / k of the time (Zipf)."""
    chosen = np.exp(rng.random(WORDS_A_TEXT) * np.log(N_WORDS)).astype(int)
    between = {"en": " ", "zh": ""}[lang]
    return between.join(_word(lang, int(k)) for k in chosen)


@cache
def _word(lang: str, k: int) -> str:
    if lang == "zh":
        return chr(0x4E00 + k % 997) + chr(0x5200 + k // 997 * 7 + k % 7)
    syllables = ("ba", "te", "ri", "no", "shu", "lak", "men", "dor", "pi", "ves")
    return "".join(syllables[int(digit)] for digit in str(k))


def _tag(connection: Connection, ids: range, ages: Floats, rng: np.random.Generator, taxonomy: Taxonomy) -> None:
    label_ids = [label.id for label in taxonomy.labels]
    chances = rng.random((len(ids), len(label_ids)), dtype=np.float32).astype("<f2")
    holding = dict(zip(ids, _labels(ages, rng, taxonomy), strict=True))
    taggings = [
        {
            "document_id": id_,
            "model_version_id": MODEL,
            "probabilities": row.tobytes(),
            "passage_probabilities": row.tobytes(),
            "labels": holding[id_],
            "tagged_at": NOW,
        }
        for id_, row in zip(ids, chances, strict=True)
    ]
    connection.execute(insert(tagging), taggings)
    labels = [
        {"document_id": id_, "model_version_id": MODEL, "label_id": label, "probability": 0.9}
        for id_, own in holding.items()
        for label in own
    ]
    connection.execute(insert(document_label), labels)
    add_to_rollup(connection, list(ids))


def _labels(ages: Floats, rng: np.random.Generator, taxonomy: Taxonomy) -> list[list[str]]:
    """Return two topics of each document, with their parents, and a sector of two in five.

    Ages are shares of the whole period (0 to 1). Each topic has its season in it, so that shares move.
    """
    topics, sectors = taxonomy.of_kind(LabelKind.TOPIC), taxonomy.of_kind(LabelKind.SECTOR)
    phases = np.arange(len(topics)) / len(topics)
    weights = np.cumsum(1 + 0.8 * np.sin(2 * np.pi * (ages[:, None] + phases)), axis=1)
    picks = [(weights < rng.random(len(ages))[:, None] * weights[:, -1:]).sum(axis=1) for _ in range(2)]
    places = rng.integers(0, len(sectors), len(ages))
    found = []
    for *chosen, place, has_sector in zip(*picks, places, rng.random(len(ages)) < 0.4, strict=True):
        own = list(taxonomy.with_parents({topics[int(i)].id for i in chosen}))
        found.append([*own, sectors[int(place)].id] if has_sector else own)
    return found
