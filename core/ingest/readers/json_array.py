"""A JSON file that is one array of records, an object around such an array, or a single record."""

import json
from collections.abc import Iterator
from pathlib import Path

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.encoding import decode_bytes
from core.ingest.readers.json_lines import record_document
from core.ingest.readers.sizes import read_whole
from core.ingest.records import known_fields


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each record."""
    text = decode_bytes(read_whole(path, name=name)).lstrip("\ufeff").replace("\0", "")
    try:
        content = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "{name} is not complete JSON ({detail}). Save it again, or use one record a line (.jsonl).",
            name=name,
            detail=str(error),
        ) from error
    for number, record in enumerate(_records(content), start=1):
        locator = f"item {number}"
        if isinstance(record, dict):
            yield record_document(record, locator=locator, options=options)
        else:
            yield Problem(locator, Reason("Item {item} is no JSON object.", {"item": number}))


def _records(content: object) -> list[object]:
    """Return the records of a parsed file: the array, the longest array of an object, or the object alone."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict) and "text" not in known_fields(content):
        arrays = [value for value in content.values() if isinstance(value, list)]
        if arrays:
            return max(arrays, key=len)
    return [content]
