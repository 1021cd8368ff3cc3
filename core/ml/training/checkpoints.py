"""Checkpoints of a training in its run's folder: written whole or not at all, found again, discarded when done.

Owns folders and their checks; leaves out what is in them (loop.py). A checkpoint is written beside its place and
renamed into it with a list of its files' sums, so a machine that dies at any moment leaves the one before.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

KEPT = 2
_LIST = "whole.json"
_NAME = "checkpoint-"


def publish(written: Path, run_dir: Path, *, identity: str) -> None:
    """Move a written folder `checkpoint-STEP` to its place and drop all but the latest; raise OSError where refused."""
    sums = {path.name: _sum(path) for path in sorted(written.iterdir())}
    content = json.dumps({"identity": identity, "sha256": sums})
    for path in [*written.iterdir(), _write(written / _LIST, content)]:
        _to_disk(path)
    target = run_dir / written.name
    shutil.rmtree(target, ignore_errors=True)
    written.replace(target)
    _to_disk(run_dir)
    for old in _found(run_dir)[KEPT:]:
        shutil.rmtree(old)


def latest_whole(run_dir: Path, *, identity: str) -> Path | None:
    """Return the latest checkpoint of this identity whose files are all as they were written, None without one."""
    return next((folder for folder in _found(run_dir) if _is_whole(folder, identity)), None)


def discard(run_dir: Path) -> None:
    """Remove all checkpoints."""
    for folder in _found(run_dir):
        shutil.rmtree(folder)


def _found(run_dir: Path) -> list[Path]:
    """Return the checkpoints, the latest first."""
    folders = [path for path in run_dir.glob(f"{_NAME}*") if path.name.removeprefix(_NAME).isdecimal()]
    return sorted(folders, key=lambda path: -int(path.name.removeprefix(_NAME)))


def _is_whole(folder: Path, identity: str) -> bool:
    try:
        content = json.loads((folder / _LIST).read_text("utf-8"))
        return content["identity"] == identity and all(
            _sum(folder / name) == expected for name, expected in content["sha256"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


def _to_disk(path: Path) -> None:
    """Make sure that a file's or folder's content outlives a loss of power; Windows cannot do so for folders."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
