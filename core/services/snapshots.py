"""What each model version learnt from, kept so that a training can be looked at and repeated."""

import gzip
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.services.training_data import Mix, TrainingData, parts_of, training_data
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.examples import Example


@dataclass(frozen=True)
class Snapshot:
    """What a model version learnt from."""

    mix: Mix
    sources: dict[str, int]
    """Texts by source."""
    examples: "list[Example]"


def keep_snapshot(workspace: Workspace, mix: Mix, data: TrainingData) -> Path:
    """Keep what a training learns from under its data hash, so that it can be repeated and looked at; return the file.

    The file is gzipped JSON lines: first the mix and the counts, then a line for each text, as `train --data` reads.
    """
    path = _snapshot_path(workspace, data.report.data_hash)
    path.parent.mkdir(exist_ok=True)
    head = {
        "mix": asdict(mix),
        "sources": data.report.sources,
        "taxonomy_version": workspace.taxonomy.version,
        "data_hash": data.report.data_hash,
    }
    lines = (json.dumps(line, ensure_ascii=False) for line in (head, *map(snapshot_line, data.examples)))
    scratch = path.with_suffix(".part")
    scratch.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    scratch.replace(path)
    return path


def snapshot_line(example: "Example") -> dict[str, Any]:
    """Return an example as a line of JSON has it, its story and source included."""
    return {**asdict(example), "labels": sorted(example.labels)}


def _snapshot_path(workspace: Workspace, data_hash: str) -> Path:
    return workspace.settings.home / "snapshots" / f"{data_hash[:16]}.jsonl.gz"


def find_snapshot(workspace: Workspace, data_hash: str) -> Snapshot | None:
    """Return what was kept under a data hash, or None where nothing was."""
    from core.ml.examples import Example

    path = _snapshot_path(workspace, data_hash)
    if not data_hash or not path.is_file():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        head, *lines = map(json.loads, file)
    mix = Mix(**{**head["mix"], "sets": tuple(head["mix"]["sets"])})
    examples = [Example(**{**line, "labels": frozenset(line["labels"])}) for line in lines]
    return Snapshot(mix, head["sources"], examples)


def learnt_from(workspace: Workspace, described: dict[str, Any]) -> Snapshot | None:
    """Return what a version learnt from by its model.json: as it was kept, else the bundled texts where it says so.

    It does where its data hash is theirs and it was measured on exactly their test part; a version from before there
    was one may have learnt from these texts too.
    """
    kept = find_snapshot(workspace, described.get("data_hash", ""))
    if kept is not None or not described:
        return kept
    mix = Mix(corrections=False)
    bundled = training_data(workspace, mix)
    n_test = parts_of(workspace, bundled.examples).count("test")
    n_measured = described["metrics"].get("all", {}).get("n")
    if (described["data_hash"], n_measured) != (bundled.report.data_hash, n_test):
        return None
    return Snapshot(mix, bundled.report.sources, bundled.examples)
