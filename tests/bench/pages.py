"""Server time of what the pages ask for at 100,000 documents, beside the same answer scanned from predictions."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services import documents, trends
from core.services.workspace import Workspace
from tests.bench.corpus import MODEL, build

REPEATS = 5
SCAN = """
SELECT l.label_id, strftime('%Y-%m-01', d.day) AS bin, count(*)
FROM document_label l JOIN document d ON d.id = l.document_id
WHERE l.model_version_id = :model AND d.is_lead AND d.day BETWEEN '2016-01-01' AND '2025-12-31'
GROUP BY 1, 2
UNION ALL
SELECT '', strftime('%Y-%m-01', d.day), count(*)
FROM tagging t JOIN document d ON d.id = t.document_id WHERE t.model_version_id = :model AND d.is_lead
GROUP BY 1, 2
"""


def run(n_documents: int = 100_000) -> dict[str, dict[str, Any]]:
    """Return median seconds of each page's services, next to a scan of predictions for the same counts."""
    with TemporaryDirectory() as folder:
        workspace = build(Path(folder), n_documents)
        scan = _seconds(lambda: _scan(workspace))
        asked = {
            "pages.trends_seconds": lambda: _trends(workspace, Filter()),
            "pages.trends_filtered_seconds": lambda: _trends(
                workspace, Filter(langs=("zh",), sources=("Source 3", "Source 4"), sector="sector.finance")
            ),
            "pages.overview_seconds": lambda: _overview(workspace),
            "pages.documents_seconds": lambda: documents.find_documents(workspace, DocumentFilter()),
            "pages.documents_label_seconds": lambda: documents.find_documents(
                workspace, DocumentFilter(labels=("technology.training",), first=date(2020, 1, 1))
            ),
            "pages.search_en_seconds": lambda: documents.find_documents(
                workspace, DocumentFilter(query="hospital law")
            ),
            "pages.search_zh_seconds": lambda: documents.find_documents(workspace, DocumentFilter(query="智能体 医院")),
            "pages.reader_seconds": lambda: documents.read_document(workspace, n_documents // 2),
        }
        return {name: _row(_seconds(ask), scan, n_documents) for name, ask in asked.items()}


def _row(ours: float, scan: float, n: int) -> dict[str, Any]:
    return {
        "ours": round(ours, 4),
        "baseline": round(scan, 4),
        "ratio": round(scan / ours, 2),
        "unit": "s",
        "baseline_is": "monthly counts of every label scanned from predictions by plain SQL",
        "n": n,
    }


def _seconds(ask: Callable[[], Any]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return sorted(times)[REPEATS // 2]


def _scan(workspace: Workspace) -> None:
    with workspace.database.reading() as connection:
        connection.exec_driver_sql(SCAN, {"model": MODEL}).fetchall()


def _trends(workspace: Workspace, chosen: Filter) -> None:
    labels = [label.id for label in workspace.taxonomy.labels if label.id.count(".") == 1][:8]
    trends.choices(workspace)
    trends.share_over_time(workspace, labels, grain=Grain.MONTH, chosen=chosen)


def _overview(workspace: Workspace) -> None:
    trends.facts(workspace)
    trends.what_moved(workspace, grain=Grain.MONTH, chosen=Filter())
    trends.share_over_time(
        workspace, [label.id for label in workspace.taxonomy.labels], grain=Grain.MONTH, chosen=Filter()
    )
    documents.find_documents(workspace, DocumentFilter(), page_size=5, newest_added=True)
