"""A generated, tagged corpus of any size, written straight into the tables; its texts mean nothing."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from core.config import BUNDLED_DATA, Settings
from core.db import documents, models, search
from core.db.engine import Connection, Database
from core.db.migrate import upgrade
from core.db.rollups import add_to_rollup
from core.db.tables import document, document_label, passage, tagging
from core.domain.taxonomy import LabelKind
from core.domain.taxonomy_file import load_taxonomy
from core.services.workspace import Workspace
from tests.builders import NOW

MODEL = "bench"
SOURCES = [f"Source {i}" for i in range(20)]
PLACES = ["", "US", "CN", "EU", "GB", "JP"]
WORDS = [
    *("model", "chip", "market", "training", "price", "law", "standard", "fund", "agent", "hospital"),
    *("模型", "芯片", "市场", "训练", "价格", "法律", "标准", "基金", "智能体", "医院"),
]


def build(home: Path, n_documents: int, *, years: int = 10, batch: int = 2000) -> Workspace:
    """Return a workspace of that many tagged documents, spread evenly over the years; the same every time."""
    settings = Settings(home=home)
    database = Database(settings.resolved_database_url)
    upgrade(database)
    workspace = Workspace(settings, database, load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))
    label_ids = [label.id for label in workspace.taxonomy.labels]
    version = models.ModelVersion(MODEL, workspace.taxonomy.version, "head", label_ids, {}, {}, "models/bench", NOW)
    with database.writing() as connection:
        models.save_taxonomy(connection, workspace.taxonomy)
        models.add_model_version(connection, version)
        models.set_champion(connection, MODEL)
        sources = list(documents.source_ids(connection, SOURCES).values())
    rng = np.random.default_rng(7)
    for start in range(0, n_documents, batch):
        ids = range(start + 1, min(start + batch, n_documents) + 1)
        with database.writing() as connection:
            _add(connection, ids, rng, sources, years)
            _tag(connection, ids, rng, workspace, label_ids)
            models.bump_revision(connection)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    return workspace


def _add(connection: Connection, ids: range, rng: np.random.Generator, sources: list[int], years: int) -> None:
    rows = []
    for id_ in ids:
        text = " ".join(rng.choice(WORDS, 150))
        rows.append(
            {
                "id": id_,
                "content_hash": hashlib.sha256(str(id_).encode()).hexdigest(),
                "story_id": id_,
                "is_lead": True,
                "title": f"Document {id_}",
                "lang": ("en", "zh")[id_ % 2],
                "day": date(2016, 1, 1) + timedelta(days=int(rng.integers(0, 365 * years))),
                "date_precision": "day",
                "source_id": int(rng.choice(sources)),
                "jurisdiction": str(rng.choice(PLACES)),
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


def _tag(
    connection: Connection, ids: range, rng: np.random.Generator, workspace: Workspace, label_ids: list[str]
) -> None:
    chances = rng.random((len(ids), len(label_ids)), dtype=np.float32).astype("<f2")
    holding = {id_: list(_labels(rng, workspace)) for id_ in ids}
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


def _labels(rng: np.random.Generator, workspace: Workspace) -> Iterator[str]:
    topics = workspace.taxonomy.of_kind(LabelKind.TOPIC)
    chosen = {topics[int(i)].id for i in rng.integers(0, len(topics), 2)}
    yield from workspace.taxonomy.with_parents(chosen)
    if rng.random() < 0.4:
        sectors = workspace.taxonomy.of_kind(LabelKind.SECTOR)
        yield sectors[int(rng.integers(0, len(sectors)))].id
