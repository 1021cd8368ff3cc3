"""Limits on what is read into memory at once, and on what compressed Office files unfold to."""

import zipfile
from pathlib import Path

from core.errors import InputError

MAX_WHOLE_BYTES = 20_000_000
MAX_UNFOLDED_BYTES = 1_000_000_000
MAX_RATIO = 200
_RATIO_MATTERS_BYTES = 10_000_000


def read_whole(path: Path, *, name: str) -> bytes:
    """Return the content of a file of up to 20 MB; raise InputError for a larger one without reading it."""
    size = path.stat().st_size
    if size > MAX_WHOLE_BYTES:
        raise InputError(
            "{name} has {found} MB; a single text is read up to {limit} MB. "
            "Split it into several files, or put one text a line into a .jsonl file.",
            name=name,
            found=round(size / 1e6),
            limit=MAX_WHOLE_BYTES // 1_000_000,
        )
    return path.read_bytes()


def check_office_zip(path: Path, *, name: str) -> None:
    """Raise InputError for an Office file that is damaged or unfolds to far more than its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise InputError("{name} is damaged and cannot be opened. Copy or download it again.", name=name) from error
    unfolded = sum(part.file_size for part in parts)
    if unfolded > MAX_UNFOLDED_BYTES or any(is_bomb(part.file_size, part.compress_size) for part in parts):
        raise InputError(
            "{name} unfolds to {found} MB, which looks like a zip bomb and is not opened.",
            name=name,
            found=round(unfolded / 1e6),
        )


def is_bomb(unfolded: int, packed: int) -> bool:
    """Say whether a member of an archive unfolds suspiciously far.

    >>> is_bomb(1_000_000_000, 1_000_000), is_bomb(5_000_000, 1_000_000)
    (True, False)
    """
    return unfolded > _RATIO_MATTERS_BYTES and unfolded > MAX_RATIO * max(packed, 1)
