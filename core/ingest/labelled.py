"""Files of labelled texts, JSON lines or CSV: every record that can be used, and what is wrong with the others.

Text, title, language and date are read and cleaned as those of documents are; here is what labels need beyond that.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path

from core.domain.documents import Problem, ReadOptions, Reason
from core.domain.labelled import LabelledFile, LabelledText
from core.domain.taxonomy import Taxonomy
from core.errors import InputError
from core.ingest.clean import REPLACEMENT, clean_line
from core.ingest.duplicates import content_hash
from core.ingest.prepare import prepare
from core.ingest.readers.lines import MAX_LINE_CHARACTERS, bounded_lines, open_text
from core.ingest.records import document_of, field_key, known_fields

LABEL_FIELDS = ("labels", "label", "label_ids", "tags", "标签")
"""Names that the field of labels may have."""
_BETWEEN = re.compile(r"[\s,;|，；、]+")
_DELIMITERS = ",\t;|"
_RUN_BY_SPREADSHEETS = re.compile(r"^'(?=\s*[=+\-@])")
_MOST_UNREADABLE = 0.05
"""A text with a larger share of unreadable characters is in an encoding that was not recognised."""

Record = Mapping[str, object]


def read_labelled(path: Path, *, name: str, taxonomy: Taxonomy, today: date) -> LabelledFile:
    """Read JSON lines or CSV with a text and its labels; good records go through, the others are listed.

    Labels are full ids: a list, or one string with spaces, commas or semicolons between them; an empty one means off
    topic. Raise InputError for a file without records, or a table without a column of texts or of labels.
    """
    found = LabelledFile([], [], [])
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    records = _rows(path, name) if path.suffix.lower() in (".csv", ".tsv") else _lines(path)
    for record in records:
        read = record if isinstance(record, Problem) else _labelled(*record, taxonomy, today, found.notes)
        if isinstance(read, LabelledText) and not isinstance(record, Problem):
            read = _unless_repeated(record[0], read, seen)
        if isinstance(read, Problem):
            found.refused.append(read)
        else:
            found.texts.append(read)
    if not found.texts and not found.refused:
        raise InputError("{name} holds no labelled texts; add some and try again.", name=name)
    return found


def _lines(path: Path) -> Iterator[tuple[str, Record] | Problem]:
    """Yield where each line stands and what it holds."""
    with open_text(path, newline="\n") as handle:
        for number, line in enumerate(bounded_lines(handle), start=1):
            if line is None:
                params = {"line": number, "limit": MAX_LINE_CHARACTERS}
                reason = Reason("Line {line} is longer than {limit} characters; split the text.", params)
                yield Problem(f"line {number}", reason)
            elif line.strip("\ufeff\0 \t\r\n"):
                yield _parsed(line, number)


def _parsed(line: str, number: int) -> tuple[str, Record] | Problem:
    try:
        record = json.loads(line.lstrip("\ufeff\0"), strict=False)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        return f"line {number}", record
    params = {"line": number, "example": '{"text": "…", "labels": ["…"]}'}
    return Problem(f"line {number}", Reason("Line {line} is no JSON object such as {example}.", params))


def _rows(path: Path, name: str) -> Iterator[tuple[str, Record] | Problem]:
    """Yield where each row stands and its cells by column; lines that begin with # before the header are facts."""
    csv.field_size_limit(MAX_LINE_CHARACTERS)
    with open_text(path, newline="") as handle:
        lines = (line.lstrip("\ufeff").replace("\0", "") for line in handle)
        n_facts, header = 0, ""
        for header in lines:
            if header.strip() and not header.startswith(("#", '"#')):
                break
            n_facts += 1
        delimiter = max(_DELIMITERS, key=header.count)
        rows = csv.reader(chain([header], lines), delimiter=delimiter)
        columns = next(rows, [])
        _require_columns(columns, name)
        for number, cells in enumerate(rows, start=n_facts + 2):
            if any(cell.strip() for cell in cells):
                values = (_RUN_BY_SPREADSHEETS.sub("", cell) for cell in cells)
                yield f"row {number}", dict(zip(columns, values, strict=False))


def _require_columns(columns: list[str], name: str) -> None:
    fields = known_fields(dict.fromkeys(columns, "x"))
    missing = [field for field in ("text", "labels") if field not in fields and (field == "text" or not _has(columns))]
    if missing:
        raise InputError(
            "{name} has no column for {missing}: expected a header with text and labels, found {found}.",
            name=name,
            missing=" + ".join(missing),
            found=", ".join(column[:40] for column in columns[:12]) or "-",
        )


def _has(columns: list[str]) -> bool:
    return bool({field_key(column) for column in columns} & set(LABEL_FIELDS))


def _labelled(
    locator: str, record: Record, taxonomy: Taxonomy, today: date, notes: list[Problem]
) -> LabelledText | Problem:
    """Turn a record into a labelled text, or into what is wrong with it."""
    labels = _labels(locator, record, taxonomy)
    if isinstance(labels, Problem):
        return labels
    raw = document_of(known_fields(record), locator=locator)
    if isinstance(raw, Problem):
        return raw
    try:
        document, warnings = prepare(raw, options=ReadOptions(), today=today)
    except InputError as error:
        return Problem(locator, Reason(error.message, error.params))
    if document.text.count(REPLACEMENT) > _MOST_UNREADABLE * len(document.text):
        reason = Reason("The text is in no encoding that could be recognised; save the file as UTF-8.")
        return Problem(locator, reason)
    notes += [Problem(locator, warning) for warning in warnings]
    return LabelledText(
        external_id=raw.external_id or content_hash("", document.text)[:16],
        lang=document.lang,
        date=str(document.date or ""),
        title=clean_line(raw.title),  # as it is stated: a first sentence in its place would be read twice
        text=document.text,
        labels=labels,
        minhash=document.minhash,
    )


def _labels(locator: str, record: Record, taxonomy: Taxonomy) -> tuple[str, ...] | Problem:
    keyed = {field_key(str(column)): value for column, value in record.items()}
    stated = next((keyed[name] for name in LABEL_FIELDS if keyed.get(name) is not None), None)
    if isinstance(stated, str):
        stated = [part for part in _BETWEEN.split(stated.strip().strip("[]")) if part]
    if not isinstance(stated, list):
        reason = Reason("The labels are missing; write their ids, or an empty list for a text that is off topic.")
        return Problem(locator, reason)
    ids = [str(label).strip().strip("\"'") for label in stated]
    unknown = [label for label in ids if label not in taxonomy.by_id]
    if unknown:
        params = {
            "unknown": ", ".join(label[:60] for label in unknown),
            "near": ", ".join(dict.fromkeys(taxonomy.nearest(label) or "-" for label in unknown)),
        }
        return Problem(locator, Reason("No such label: {unknown}. Did you mean {near}?", params))
    return taxonomy.in_tree_order(taxonomy.with_parents(ids))


def _unless_repeated(
    locator: str, read: LabelledText, seen: dict[str, tuple[str, tuple[str, ...]]]
) -> LabelledText | Problem:
    """Return the text, or that its id or its words stood in the file before."""
    words = content_hash("", read.text)
    if earlier := seen.get(words):
        params = {"first": earlier[0]}
        if earlier[1] == read.labels:
            return Problem(locator, Reason("The same text stands at {first}; it is kept once.", params))
        reason = Reason("The same text has other labels at {first}, which are kept; decide and correct one.", params)
        return Problem(locator, reason)
    if earlier := seen.get(f"id {read.external_id}"):
        params = {"id": read.external_id[:60], "first": earlier[0]}
        return Problem(
            locator, Reason("The id {id} stands at {first} with another text; give it one of its own.", params)
        )
    seen[words] = seen[f"id {read.external_id}"] = (locator, read.labels)
    return read
