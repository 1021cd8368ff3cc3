"""Which format a file is in: by its content first, by the extension of its name second.

Refuses what cannot be read, saying what it seems to be; leaves opening the formats to the readers.
"""

import re
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath

from core.errors import InputError
from core.ingest.encoding import decode_bytes, detect_encoding


class Format(StrEnum):
    """A format that has a reader."""

    TEXT = "txt"
    MARKDOWN = "md"
    HTML = "html"
    PDF = "pdf"
    WORD = "docx"
    SLIDES = "pptx"
    WORKBOOK = "xlsx"
    DELIMITED = "csv"
    JSON_LINES = "jsonl"
    JSON = "json"
    PARQUET = "parquet"
    FEED = "rss"
    ZIP = "zip"


_BY_EXTENSION = {
    ".txt": Format.TEXT,
    ".text": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".pdf": Format.PDF,
    ".docx": Format.WORD,
    ".pptx": Format.SLIDES,
    ".xlsx": Format.WORKBOOK,
    ".csv": Format.DELIMITED,
    ".tsv": Format.DELIMITED,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".json": Format.JSON,
    ".parquet": Format.PARQUET,
    ".rss": Format.FEED,
    ".atom": Format.FEED,
    ".xml": Format.FEED,
    ".zip": Format.ZIP,
}
SUPPORTED_EXTENSIONS: tuple[str, ...] = tuple(_BY_EXTENSION)

_BINARY = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "an RTF file"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio file"),
    (b"RIFF", "an audio, video or image file"),
)
_OFFICE_PARTS = {"word/": Format.WORD, "ppt/": Format.SLIDES, "xl/": Format.WORKBOOK}
_HEAD_BYTES = 65_536
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.I)
_HTML = re.compile(r"^\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S)
_JSON_RECORD = re.compile(r'^\s*\{\s*"')
_TEXT_FORMATS = (
    Format.TEXT,
    Format.MARKDOWN,
    Format.HTML,
    Format.DELIMITED,
    Format.JSON_LINES,
    Format.JSON,
    Format.FEED,
)


def detect_format(path: Path, name: str) -> Format:
    """Return the format of a file; raise InputError for empty files and for content that no reader takes."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise InputError("{name} is empty; choose a file with text in it.", name=name)
    if head.lstrip(b" \t\r\n\0\xef\xbb\xbf").startswith(b"%PDF-") or (
        b"%PDF-" in head[:1024] and extension_of(name) == ".pdf"
    ):
        return Format.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(path, name)
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    _refuse_binary(head, name)
    return _of_text(decode_bytes(head), extension_of(name))


def extension_of(name: str) -> str:
    """Return a file name's extension in lower case.

    >>> extension_of("Report.FINAL.PDF")
    '.pdf'
    """
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _inside_zip(path: Path, name: str) -> Format:
    """Tell Office files and plain archives apart by the parts they contain."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, UnicodeDecodeError) as error:
        raise InputError(
            "{name} is damaged and cannot be opened ({detail}). Copy or download it again.",
            name=name,
            detail=str(error),
        ) from error
    if "[Content_Types].xml" in members:
        for part, office_format in _OFFICE_PARTS.items():
            if any(member.startswith(part) for member in members):
                return office_format
    if members and members[0] == "mimetype":
        raise InputError(
            "{name} is an OpenDocument or EPUB file, which is not read; save it as DOCX, XLSX or PDF.", name=name
        )
    return Format.ZIP


def _refuse_binary(head: bytes, name: str) -> None:
    """Raise InputError for content that is no text, naming what it seems to be."""
    for magic, kind in _BINARY:
        if head.startswith(magic) and (len(magic) > 2 or b"\0" in head):
            raise InputError(
                "{name} seems to be {kind}, which cannot be read; save it as PDF, DOCX, XLSX or text.",
                name=name,
                kind=kind,
            )
    if detect_encoding(head).startswith(("utf-16", "utf-32")):
        return
    n_control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if n_control > 0.1 * len(head):
        raise InputError(
            "{name} is not text: it holds binary data of an unknown kind. Choose a text, PDF, Office or data file.",
            name=name,
        )


def _of_text(head: str, extension: str) -> Format:
    """Decide between the formats that are text."""
    named = _BY_EXTENSION.get(extension)
    if head.lstrip("\ufeff \t\r\n").startswith("<") and named is not Format.MARKDOWN:
        return _of_tags(head, named)
    if named in (Format.DELIMITED, Format.JSON_LINES, Format.JSON, Format.MARKDOWN, Format.HTML):
        return _json_shape(head, named) if named in (Format.JSON_LINES, Format.JSON) else named
    if _JSON_RECORD.match(head) and _is_json_record(head):
        return Format.JSON_LINES
    return Format.TEXT


def _of_tags(head: str, named: Format | None) -> Format:
    """Tell feeds, pages and other text that begins with a tag apart."""
    if _FEED.search(head[:4096]) and not _HTML.match(head):
        return Format.FEED
    if _HTML.match(head) or named is Format.HTML:
        return Format.HTML
    return named if named in _TEXT_FORMATS else Format.TEXT


def _json_shape(head: str, named: Format) -> Format:
    """Correct a swapped .json/.jsonl by the shape of the content: an array or one spread-out object is JSON."""
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return Format.JSON if named is Format.JSON or re.match(r"\[\s*(\{|$)", start) else named
    if named is Format.JSON and _is_json_record(head):
        return Format.JSON_LINES
    return named


def _is_json_record(head: str) -> bool:
    """Say whether the first line alone is a JSON object that another line follows, or that ends the text."""
    import json

    first = head.strip("\ufeff \t\r\n").split("\n", 1)[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
