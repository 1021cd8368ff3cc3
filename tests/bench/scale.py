"""What each view costs at 10,000 and at 1,000,000 documents, beside plain SQL over predictions and DuckDB.

Run by name (`make bench NAME=scale`): writing the larger corpus takes half an hour and 10 GB. A view is the services
that its page asks, called anew each time (the app remembers answers until the data change). Cold: the first call of a
process of its own, with the database's pages dropped from memory where the system allows it; warm: the median of the
calls after it.
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
from core.db.engine import Database
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.domain.taxonomy_file import load_taxonomy
from core.services import documents, events, outlook, relations, shares, signals, story, terms, trends
from core.services.workspace import Workspace
from tests.bench.corpus import add_documents, build, tag

SIZES = (10_000, 1_000_000)
N_ADDED = 1000
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


def run() -> Rows:
    """Measure and return the rows `scale.*` of the bench."""
    with TemporaryDirectory() as scratch:
        homes = {n: Path(os.environ.get("TRENDVANE_SCALE", scratch), str(n)) for n in SIZES}
        for n, home in homes.items():
            if not (home / "trendvane.db").exists():
                build(home, n)
        rows: Rows = {}
        few, many = (_all_views(home) for home in homes.values())
        for name, small in few.items():
            rows |= _rows(name, small, many[name])
        rows |= _added(homes[SIZES[1]])
        return rows | _scans(homes[SIZES[1]])


def _rows(name: str, few: tuple[float, float], many: tuple[float, float]) -> Rows:
    facts = {"unit": "s", "n": SIZES[1]}
    small = f"{SIZES[0]} documents"
    return {
        f"scale.{name}_cold": {"ours": many[0], "baseline": few[0], "ratio": round(many[0] / few[0], 2), **facts}
        | {"baseline_is": f"the same at {small}; the ratio is growth"},
        f"scale.{name}_warm": {"ours": many[1], "baseline": few[1], "ratio": round(many[1] / few[1], 2), **facts}
        | {"baseline_is": f"the same at {small}; the ratio is growth"},
    }


def _all_views(home: Path) -> dict[str, tuple[float, float]]:
    return {name: _in_process(home, name) for name in views()}


def _in_process(home: Path, name: str) -> tuple[float, float]:
    """Return cold and warm seconds of a view, measured in a process of its own."""
    _drop_from_memory(home / "trendvane.db")
    command = [sys.executable, "-m", "tests.bench.scale", str(home), name]
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
    trends.what_moved(workspace, grain=grain, chosen=Filter())
    signals.list_signals(workspace, grain=grain, chosen=Filter(), n_steps=1)
    story.tell_story(workspace, grain=grain, chosen=Filter())
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


def _added(home: Path) -> Rows:
    workspace = opened(home)
    with workspace.database.reading() as connection:
        last = connection.exec_driver_sql("SELECT max(id) FROM document").scalar_one()
    ids = range(int(last) + 1, int(last) + 1 + N_ADDED)
    add_documents(workspace, ids)
    started = time.perf_counter()
    tag(workspace, ids)
    seconds = time.perf_counter() - started
    return {
        "scale.adding_1000_documents": {
            "ours": round(seconds, 3),
            "baseline": 2.0,
            "ratio": round(2.0 / seconds, 2),
            "unit": "s",
            "baseline_is": "the target; from what a model says of the documents to counts, in one transaction",
            "n": SIZES[1],
        }
    }


def _scans(home: Path) -> Rows:
    """Return monthly counts of every label from the roll-ups, by plain SQL over predictions, and by DuckDB."""
    workspace = opened(home)
    labels = [label.id for label in workspace.taxonomy.labels]
    ours = _median(lambda: trends.share_over_time(workspace, labels, grain=Grain.MONTH, chosen=Filter()))
    rows = {"scale.monthly_counts_by_sql": _beside(ours, _median(lambda: _scan(workspace)), "by plain SQL in SQLite")}
    if importlib.util.find_spec("duckdb"):
        seconds = _median(_in_duckdb(workspace))
        rows["scale.monthly_counts_by_duckdb"] = _beside(ours, seconds, "by DuckDB, its own copy in memory")
    return rows


def _beside(ours: float, theirs: float, how: str) -> dict[str, Any]:
    said = f"counts of every label by month over predictions {how}"
    return {
        "ours": round(ours, 4),
        "baseline": round(theirs, 4),
        "ratio": round(theirs / ours, 2),
        "unit": "s",
        "baseline_is": said,
        "n": SIZES[1],
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


def main(home: str, name: str) -> None:
    """Print cold and warm seconds of a view."""
    workspace, view = opened(Path(home)), views()[name]
    times = []
    for _ in range(1 + REPEATS):
        started = time.perf_counter()
        view(workspace)
        times.append(time.perf_counter() - started)
    print(json.dumps([round(times[0], 4), round(sorted(times[1:])[REPEATS // 2], 4)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
