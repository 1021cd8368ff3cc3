"""What came of an import, file by file, in the form that other programs read."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.db import documents
from core.domain.documents import Reason
from core.domain.jobs import ItemStatus, JobItem
from core.services.jobs import JobReport
from core.services.workspace import Workspace

_NOTHING: dict[str, str | None] = {"title": None, "date": None, "lang": None}


def import_report(
    workspace: Workspace, report: JobReport | None, refused: Sequence[tuple[str, Reason]]
) -> dict[str, Any]:
    """Return `{"items": [...], "totals": {...}}`: an item a file, those refused before the job first.

    An item has path, status, documents, passages, duplicates, title, date and lang (of its first document),
    characters, reason and problems; totals are their sums and how many files have each status.
    """
    items = [_refused_item(path, reason) for path, reason in refused]
    if report is not None:
        with workspace.database.reading() as connection:
            firsts = documents.first_documents(connection, report.summary.job.id)
        items += [_item(item, firsts.get(item.id, _NOTHING)) for item in report.items]
    sums = {key: sum(item[key] for item in items) for key in ("documents", "passages", "duplicates", "characters")}
    statuses = {status.value: sum(item["status"] == status for item in items) for status in ItemStatus}
    n_tagged = report.summary.job.n_done if report is not None and report.summary.job.phase == "tagging" else 0
    return {
        "items": items,
        "totals": {"files": len(items), **sums, "tagged": n_tagged, **{k: n for k, n in statuses.items() if n}},
    }


def _refused_item(path: str, reason: Reason) -> dict[str, Any]:
    counts = {"documents": 0, "passages": 0, "duplicates": 0, **_NOTHING, "characters": 0}
    return {"path": path, "status": ItemStatus.REFUSED.value, **counts, "reason": str(reason), "problems": []}


def _item(item: JobItem, first: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "path": item.path,
        "status": item.status.value,
        "documents": item.n_documents,
        "passages": item.n_passages,
        "duplicates": item.n_duplicates,
        **first,
        "characters": item.n_characters,
        "reason": str(item.reason) if item.reason else None,
        "problems": [f"{p['locator']}: {Reason(p['message'], p['params'])}" for p in item.problems],
    }
