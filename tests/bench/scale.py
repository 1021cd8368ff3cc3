"""What each view costs with few and with many documents, beside plain SQL over predictions and DuckDB.

`make bench NAME=pages` compares 10,000 documents with 100,000, `NAME=scale` with 1,000,000: writing these takes half an
hour and 5 GB; TRENDVANE_SCALE names a folder that keeps them for the next time. A view is the services that its page
asks, called anew each time (the app remembers answers until the data change), in a process of its own that has loaded
its libraries. Cold: the first call after the database's pages were dropped from memory, where the system allows it;
warm: the median of the calls after it.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from core.config import BUNDLED_DATA, PROJECT_ROOT, Settings
from core.db import documents as documents_rows
from core.db.engine import Database
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.domain.taxonomy_file import load_taxonomy
from core.services import documents, events, outlook, relations, shares, signals, story, terms, trends
from core.services.workspace import Workspace
from tests.bench.corpus import add_documents, build, tag

SIZES = (10_000, 1_000_000)
N_ADDED, TARGET_SECONDS = 1000, 2.0
REPEATS = 5
LABEL = "technology.training"
SCAN = """
SELECT l.label_id, strftime('%Y-%m-01', d.day) AS bin, count(*)
FROM document_label l JOIN document d ON d.id = l.document_id
WHERE l.model_version_id = 'bench' AND d.is_lead
GROUP BY 1, 2
UNION ALL
SELECT '', strftime('%Y-%m-01', d.day), count(*)
FROM tagging t JOIN document d ON d.id = t.document_id WHERE t.model_version_id = 'bench' AND d.is_lead
GROUP BY 1, 2
"""
Rows = dict[str, dict[str, Any]]


def run(sizes: tuple[int, int] = SIZES) -> Rows:
    """Measure and return the rows `scale.*` of the bench."""
    few, many = sizes
    with TemporaryDirectory() as scratch:
        homes = [Path(os.environ.get("TRENDVANE_SCALE", scratch), str(n)) for n in sizes]
        for n, home in zip(sizes, homes, strict=True):
            if not (home / "trendvane.db").exists():
                build(home, n)
        rows: Rows = {}
        small, large = ({name: _in_process(home, name, homes[0]) for name in views()} for home in homes)
        for name, seconds in small.items():
            for how, before, after in zip(("cold", "warm"), seconds, large[name], strict=True):
                said = f"the same at {few} documents; the ratio is growth"
                rows[f"scale.{name}_{how}"] = _row(after, before, after / before, said, many)
        return rows | _scans(homes[1], many) | _added(homes[1], many)


def _row(ours: float, baseline: float, ratio: float, described: str, n: int) -> dict[str, Any]:
    figures = {"ours": round(ours, 4), "baseline": round(baseline, 4), "ratio": round(ratio, 2)}
    return {**figures, "unit": "s", "baseline_is": described, "n": n}


def _in_process(home: Path, name: str, small: Path) -> tuple[float, float]:
    """Return cold and warm seconds of a view, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.scale", str(home), name, str(small)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_ROOT)
    cold, warm = json.loads(done.stdout)
    return cold, warm


def _drop_from_memory(path: Path) -> None:
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def opened(home: Path) -> Workspace:
    """Return the workspace of a corpus that is written already."""
    settings = Settings(home=home)
    return Workspace(settings, Database(settings.resolved_database_url), load_taxonomy(BUNDLED_DATA / "taxonomy.yaml"))


def views() -> dict[str, Callable[[Workspace], object]]:
    """Return what each page asks of the services, at the labels, grain and period that it opens with."""
    return {
        "overview": _overview,
        "trends": lambda workspace: _trends(workspace, 8, Filter()),
        "trends_60_labels": lambda workspace: _trends(workspace, 60, Filter()),
        "trends_filtered": lambda workspace: _trends(
            workspace, 8, Filter(langs=("zh",), sources=("Source 3",), sector="sector.finance")
        ),
        "trends_by_source": lambda workspace: shares.shares_over_time(
            workspace, [LABEL], grain=Grain.MONTH, chosen=Filter(), split=shares.Split.SOURCE
        ),
        "signals": lambda workspace: (
            signals.list_signals(workspace, grain=Grain.QUARTER, chosen=Filter()),
            signals.list_bursts(workspace, grain=Grain.QUARTER, chosen=Filter()),
        ),
        "relations": lambda workspace: relations.label_relations(workspace, chosen=Filter()),
        "relations_zh": lambda workspace: relations.label_relations(workspace, chosen=Filter(langs=("zh",))),
        "pair_over_time": lambda workspace: relations.relation_over_time(
            workspace, LABEL, "market.demand", grain=Grain.QUARTER, chosen=Filter()
        ),
        "leads": lambda workspace: relations.lead_lag(workspace, chosen=Filter()),
        "sectors": lambda workspace: relations.sector_by_aspect(workspace, chosen=Filter()),
        "jurisdictions": lambda workspace: relations.compare_jurisdictions(workspace, chosen=Filter()),
        "new_terms": lambda workspace: terms.list_new_terms(workspace, chosen=Filter()),
        "topic_proposals": lambda workspace: terms.propose_topics(workspace, chosen=Filter()),
        "what_happened": lambda workspace: events.what_happened(
            workspace, LABEL, first=date(2020, 4, 1), last=date(2020, 6, 30), chosen=Filter()
        ),
        "documents": lambda workspace: documents.find_documents(workspace, DocumentFilter()),
        "documents_of_label": lambda workspace: documents.find_documents(workspace, DocumentFilter(labels=(LABEL,))),
        "documents_of_point": lambda workspace: documents.find_documents(
            workspace,
            DocumentFilter(labels=(LABEL,), first=date(2020, 4, 1), last=date(2020, 4, 30), counted_at=Grain.MONTH),
        ),
        "search": lambda workspace: documents.find_documents(workspace, DocumentFilter(query="tebateri")),
        "reader": lambda workspace: documents.read_document(workspace, 5000),
    }


def _overview(workspace: Workspace) -> None:
    trends.period(workspace)
    trends.facts(workspace)
    trends.choices(workspace)
    grain = trends.suggested_grain(workspace, Filter())
    trends.main_beginning(workspace, Filter())
    moved = trends.what_moved(workspace, grain=grain, chosen=Filter())
    paths = signals.list_signals(workspace, grain=grain, chosen=Filter(), n_steps=1)
    story.tell_story(workspace, grain=grain, chosen=Filter(), moved=moved, paths=paths)
    documents.find_documents(workspace, DocumentFilter(), page_size=5, newest_added=True)


def _trends(workspace: Workspace, n_labels: int, chosen: Filter) -> None:
    labels = [label.id for label in workspace.taxonomy.labels][:n_labels]
    trends.period(workspace)
    trends.choices(workspace)
    trends.main_beginning(workspace, chosen)
    grain = trends.suggested_grain(workspace, chosen)
    if n_labels > shares.MOST_LINES:
        trends.share_over_time(workspace, labels, grain=grain, chosen=chosen)
        return
    shares.shares_over_time(workspace, labels, grain=grain, chosen=chosen)
    outlook.find_marks(workspace, labels, grain=grain, chosen=chosen)


def _added(home: Path, n: int) -> Rows:
    """Return the seconds from what a model says of documents to counts, for a feed's and for an archive's documents."""
    workspace, rows = opened(home), {}
    for name, last_days in (("of_a_month", 30), ("of_ten_years", None)):
        with workspace.database.reading() as connection:
            last = connection.exec_driver_sql("SELECT max(id) FROM document").scalar_one()
        ids = range(int(last) + 1, int(last) + 1 + N_ADDED)
        add_documents(workspace, ids, last_days=last_days)
        started = time.perf_counter()
        tag(workspace, ids)
        seconds = time.perf_counter() - started
        with workspace.database.writing() as connection:
            documents_rows.remove_documents(connection, list(ids))
        said = f"the target for {N_ADDED} documents; labels and counts in one transaction"
        rows[f"scale.adding_documents_{name}"] = _row(seconds, TARGET_SECONDS, TARGET_SECONDS / seconds, said, n)
    return rows


def _scans(home: Path, n: int) -> Rows:
    """Return monthly counts of every label from the roll-ups, by plain SQL over predictions, and by DuckDB."""
    workspace = opened(home)
    labels = [label.id for label in workspace.taxonomy.labels]
    ours = _median(lambda: trends.share_over_time(workspace, labels, grain=Grain.MONTH, chosen=Filter()))
    found = {"sql": (_median(lambda: _scan(workspace)), "plain SQL in SQLite")}
    if importlib.util.find_spec("duckdb"):
        found["duckdb"] = (_median(_in_duckdb(workspace)), "DuckDB, its own copy in memory")
    return {
        f"scale.monthly_counts_by_{name}": _row(ours, seconds, seconds / ours, f"the same over predictions by {how}", n)
        for name, (seconds, how) in found.items()
    }


def _median(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return sorted(times)[1]


def _scan(workspace: Workspace) -> None:
    with workspace.database.reading() as connection:
        connection.exec_driver_sql(SCAN).fetchall()


def _in_duckdb(workspace: Workspace) -> Callable[[], object]:
    """Return the query over a copy of the tables; copying is not timed."""
    import duckdb

    copy = duckdb.connect()
    with workspace.database.reading() as connection:
        for name, columns in (
            ("document", "id, day, is_lead"),
            ("document_label", "document_id, model_version_id, label_id"),
            ("tagging", "document_id, model_version_id"),
        ):
            # names of ours
            frame = pd.read_sql_query(f"SELECT {columns} FROM {name}", connection.connection)
            copy.register("frame", frame)
            copy.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
            copy.unregister("frame")
    query = SCAN.replace("strftime('%Y-%m-01', d.day)", "date_trunc('month', CAST(d.day AS DATE))")
    return lambda: copy.execute(query).fetchall()


def main(home: str, name: str, small: str) -> None:
    """Print cold and warm seconds of a view; asking the small corpus first loads the libraries."""
    view, before = views()[name], opened(Path(small))
    view(before)
    before.database.close()
    _drop_from_memory(Path(home, "trendvane.db"))
    workspace, times = opened(Path(home)), []
    for _ in range(1 + REPEATS):
        started = time.perf_counter()
        view(workspace)
        times.append(time.perf_counter() - started)
    print(json.dumps([round(times[0], 4), round(sorted(times[1:])[REPEATS // 2], 4)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
