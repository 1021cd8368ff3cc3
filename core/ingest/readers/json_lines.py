"""JSON Lines: one object a line, streamed; lines that cannot be read are listed by number."""

import json
from collections.abc import Iterator
from pathlib import Path

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.ingest.readers.lines import MAX_LINE_CHARACTERS, bounded_lines, open_text
from core.ingest.records import document_of, known_fields


def read(path: Path, *, name: str, options: ReadOptions, skip: int = 0) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each line that is not blank, after passing over `skip` of them unparsed."""
    del name
    with open_text(path, newline="\n") as handle:
        for number, line in enumerate(bounded_lines(handle), start=1):
            if line is not None and line.isspace():
                continue
            if skip > 0:
                skip -= 1
                continue
            yield _read_line(line, number, options)


def _read_line(line: str | None, number: int, options: ReadOptions) -> RawDocument | Problem:
    """Turn one line into a document or problem."""
    locator = f"line {number}"
    if line is None:
        limit = MAX_LINE_CHARACTERS
        return Problem(
            locator,
            Reason("Line {line} is longer than {limit} characters; split the text.", {"line": number, "limit": limit}),
        )
    try:
        record = json.loads(line.lstrip("\ufeff\0"), strict=False)
    except (ValueError, RecursionError) as error:
        return Problem(
            locator,
            Reason(
                "Line {line} is not complete JSON ({detail}); repair or remove it.",
                {"line": number, "detail": _detail(error)},
            ),
        )
    if not isinstance(record, dict):
        return Problem(
            locator, Reason("Line {line} is no JSON object such as {example}.", {"line": number, "example": _EXAMPLE})
        )
    return record_document(record, locator=locator, options=options)


def record_document(record: dict[str, object], *, locator: str, options: ReadOptions) -> RawDocument | Problem:
    """Turn a JSON object into a document, by the columns the user named or else by the usual names."""
    fields = known_fields(record) | {field: record.get(column) for field, column in options.columns.items()}
    if any(fields.get(field) for field in ("text", "title")):
        return document_of(fields, locator=locator)
    found = ", ".join(sorted(map(str, record))[:10])
    return Problem(
        locator,
        Reason(
            "No text was found: expected a field such as text, body or content, found {found}.",
            {"found": found or "nothing"},
        ),
    )


_EXAMPLE = '{"text": "…"}'


def _detail(error: ValueError | RecursionError) -> str:
    """Return the parser's words for what is wrong, without our own frames."""
    return (
        error.msg
        if isinstance(error, json.JSONDecodeError)
        else "too deeply nested"
        if isinstance(error, RecursionError)
        else str(error)
    )
