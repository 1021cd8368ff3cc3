"""ZIP archives: every member read by its own reader, one at a time, in a temporary folder.

Members are written under names of our own, so that no name in an archive can point anywhere.
"""

import lzma
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.encoding import decode_bytes
from core.ingest.readers.sizes import MAX_RATIO, is_bomb

MAX_MEMBERS = 10_000
MAX_TOTAL_BYTES = 4_000_000_000
_CHUNK_BYTES = 1 << 20
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_UNICODE_NAME = 0x800
_ENCRYPTED = 0x1

ReadMember = Callable[[Path, str, ReadOptions], Iterator[RawDocument | Problem]]


def read(path: Path, *, name: str, options: ReadOptions, read_member: ReadMember) -> Iterator[RawDocument | Problem]:
    """Yield the documents and problems of every member, each locator beginning with the member's name."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError("{name} is damaged and cannot be opened. Copy or download it again.", name=name) from error
    with archive, tempfile.TemporaryDirectory(prefix="trendvane-") as folder:
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_junk(member.filename)]
        if not members:
            raise InputError("{name} holds no files.", name=name)
        if len(members) > MAX_MEMBERS:
            raise InputError(
                "{name} holds {found} files; at most {limit} are read from one archive. Split it.",
                name=name,
                found=len(members),
                limit=MAX_MEMBERS,
            )
        budget = MAX_TOTAL_BYTES
        for member in members:
            target = Path(folder) / "member"
            try:
                budget -= _extract(archive, member, target, budget)
                yield from _documents(target, member_name(member), options, read_member)
            except InputError as error:
                yield Problem(member_name(member), Reason(error.message, error.params))


def member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; old Windows archives carry it in the local encoding, read as cp437."""
    if member.flag_bits & _UNICODE_NAME or member.filename.isascii():
        return member.filename
    try:
        return decode_bytes(member.filename.encode("cp437"))
    except UnicodeEncodeError:
        return member.filename


def _documents(path: Path, name: str, options: ReadOptions, read_member: ReadMember) -> Iterator[RawDocument | Problem]:
    """Yield what a member's reader yields, under the member's name."""
    for record in read_member(path, name, options):
        yield replace(record, locator=f"{name} {record.locator}".strip())


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: int) -> int:
    """Write a member to the target and return its size; raise InputError for anything suspicious or broken."""
    _check_member(member)
    size = 0
    with target.open("wb") as out:
        for chunk in _chunks(archive, member):
            size += len(chunk)
            if size > budget or is_bomb(size, member.compress_size):
                raise InputError(
                    "{name} unfolds to more than {ratio} times its size or beyond the archive's limit; "
                    "it looks like a zip bomb and is not read.",
                    name=member_name(member),
                    ratio=MAX_RATIO,
                )
            out.write(chunk)
    return size


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked content of a member; raise InputError where it is damaged."""
    try:
        with archive.open(member) as packed:
            while chunk := packed.read(_CHUNK_BYTES):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
        detail = str(error)
        raise InputError(
            "{name} is damaged inside the archive ({detail}).", name=member_name(member), detail=detail
        ) from error


def _check_member(member: zipfile.ZipInfo) -> None:
    """Raise InputError for members that are links, protected, or named to escape their folder."""
    name = member_name(member)
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts or name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        raise InputError("{name} points outside the archive and is not read.", name=name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError("{name} is a link, not a file, and is not read.", name=name)
    if member.flag_bits & _ENCRYPTED:
        raise InputError("{name} is protected by a password; unpack it and add the file itself.", name=name)
    if is_bomb(member.file_size, member.compress_size):
        raise InputError(
            "{name} would unfold to {size} MB; it looks like a zip bomb.", name=name, size=member.file_size // 10**6
        )


def _is_junk(name: str) -> bool:
    """Say whether a member is a by-product of the system that made the archive."""
    return (
        name.startswith(_JUNK[0]) or PurePosixPath(name).name in _JUNK[1:] or PurePosixPath(name).name.startswith("._")
    )
