"""The texts that ship with the app: sound, varied, spread over labels, languages and years."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.config import BUNDLED_DATA
from core.domain.dates import PartialDate
from core.domain.documents import RawDocument, ReadOptions
from core.domain.taxonomy import LabelKind, Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.ingest import minhash_similarity, prepare

OFF_TOPIC_AT_LEAST = 0.2


def read(pattern: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in sorted(BUNDLED_DATA.glob(pattern)) for line in path.read_text("utf-8").splitlines()
    ]


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")


@pytest.fixture(scope="module")
def training() -> list[dict[str, Any]]:
    return read("training/*.jsonl")


@pytest.fixture(scope="module")
def chronicle() -> list[dict[str, Any]]:
    return read("chronicle/*.jsonl")


def counts(rows: list[dict[str, Any]], taxonomy: Taxonomy, lang: str = "") -> Counter[str]:
    return Counter(x for r in rows if lang in ("", r["lang"]) for x in taxonomy.with_parents(r["labels"]))


@pytest.mark.parametrize("name", ["training", "chronicle"])
def test_ids_labels_and_languages_are_sound(name: str, taxonomy: Taxonomy, request: pytest.FixtureRequest) -> None:
    rows = request.getfixturevalue(name)
    assert len({r["id"] for r in rows}) == len(rows)
    assert {r["lang"] for r in rows} == {"en", "zh"}
    assert not {label for r in rows for label in r["labels"]} - taxonomy.by_id.keys()
    assert all(r["text"].strip() for r in rows)


def test_training_texts_cover_every_label_in_both_languages(training: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    for lang in ("en", "zh"):
        found = counts(training, taxonomy, lang)
        assert min(found[label.id] for label in taxonomy.of_kind(LabelKind.ASPECT)) >= 12
        assert min(found[label.id] for label in taxonomy.of_kind(LabelKind.TOPIC)) >= 4
        own = [r for r in training if r["lang"] == lang]
        assert sum(not r["labels"] for r in own) >= max(60, OFF_TOPIC_AT_LEAST * len(own))


def test_the_chronicle_covers_every_label_year_and_language(
    chronicle: list[dict[str, Any]], taxonomy: Taxonomy
) -> None:
    assert len(chronicle) >= 900
    found = counts(chronicle, taxonomy)
    assert min(found[label.id] for label in taxonomy.of_kind(LabelKind.ASPECT)) >= 60
    assert min(found[label.id] for label in taxonomy.of_kind(LabelKind.TOPIC)) >= 12
    assert min(found[label.id] for label in taxonomy.of_kind(LabelKind.SECTOR)) >= 25
    years = Counter((r["date"][:4], r["lang"]) for r in chronicle)
    assert min(years[(str(year), lang)] for year in range(2017, 2027) for lang in ("en", "zh")) >= 20


def test_chronicle_entries_are_dated_summaries(chronicle: list[dict[str, Any]]) -> None:
    for row in chronicle:
        found = PartialDate.parse(row["date"])
        assert date(2017, 1, 1) <= found.day <= date(2026, 12, 31), row["id"]
        length = len(row["text"].split()) if row["lang"] == "en" else len(row["text"]) / 1.8
        assert 35 <= length <= 130, row["id"]
        assert row["title"] and row["labels"] and row["source_name"], row["id"]
        assert row["source_url"] == "" or row["source_url"].startswith(("https://", "http://")), row["id"]
        assert row["jurisdiction"] == "" or (len(row["jurisdiction"]) == 2 and row["jurisdiction"].isupper()), row["id"]


def test_no_text_is_there_twice_or_nearly(training: list[dict[str, Any]], chronicle: list[dict[str, Any]]) -> None:
    bands: dict[tuple[int, int], list[tuple[str, bytes]]] = {}
    for row in training + chronicle:
        raw = RawDocument(text=row["text"], title=row["title"], locator="")
        sketch, _ = prepare(raw, options=ReadOptions(), today=date(2026, 12, 31))
        near = {other for band in enumerate(sketch.signature) for other in bands.get(band, [])}
        alike = [other for other, minhash in near if minhash_similarity(minhash, sketch.minhash) > 0.7]
        assert not alike, f"{row['id']} repeats {alike}"
        for band in enumerate(sketch.signature):
            bands.setdefault(band, []).append((row["id"], sketch.minhash))


def test_no_real_text_of_the_measuring_set_is_among_them(
    training: list[dict[str, Any]], chronicle: list[dict[str, Any]]
) -> None:
    folder = Path(__file__).parents[3] / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus to measure on is not beside the project")
    real = {json.loads(line)["text"].strip() for path in folder.glob("*.jsonl") for line in path.open(encoding="utf-8")}
    assert not [r["id"] for r in training + chronicle if r["text"].strip() in real]
