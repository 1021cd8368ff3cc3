"""Tables as documents: a row is a document once it is known which column holds what.

Opening the files is the business of delimited, workbook and parquet; here is what they share.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.columns import Cell, day_first_in, guess_columns, has_header, names_a_title
from core.ingest.compose import columns_to_compose, compose_text
from core.ingest.records import document_of, is_missing

_SAMPLE_ROWS = 200
_PREVIEW_ROWS = 20

Row = Sequence[Cell] | Problem
"""The cells of a row, or why they cannot be read."""


@dataclass(frozen=True)
class TablePreview:
    """The beginning of a table and what its columns seem to hold, for the user to confirm."""

    columns: list[str]
    rows: list[list[str]]
    guess: dict[str, str]
    """Field (text, title, date, lang, source, url, jurisdiction, id) to column name."""
    composed: list[str]
    """The columns that make the text together, as `Column: value; …`, where the guess has none for it."""
    example: str
    """The text of the first row that has any."""
    delimiter: str
    """Empty for formats that have none, like `encoding`."""
    encoding: str
    has_header: bool


@dataclass(frozen=True)
class Table:
    """One table of a file; `rows` starts from the top at every call, the header row included."""

    rows: Callable[[], Iterator[Row]]
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    columns: tuple[str, ...] = ()
    """The names where the format keeps them apart from the rows; else they are looked for in the first row."""


@dataclass(frozen=True)
class Layout:
    """How the rows of a table are read."""

    columns: list[str]
    guess: dict[str, str]
    composed: list[str]
    header_rows: int
    day_first: bool | None
    sample: list[list[Cell]] = field(repr=False)

    @property
    def has_text(self) -> bool:
        """Say whether rows become documents."""
        return "text" in self.guess or bool(self.composed)


def documents(
    tables: Sequence[Table], *, name: str, options: ReadOptions, skip: int
) -> Iterator[RawDocument | Problem]:
    """Yield a document or problem for each row that is not blank, sheet by sheet."""
    layouts = [(table, layout_of(table, options=options, name=name)) for table in tables]
    filled = [(table, layout) for table, layout in layouts if layout.sample]
    if not filled:
        raise InputError("{name} has no rows with data; add some and try again.", name=name)
    if not any(layout.has_text for _, layout in filled):
        columns = ", ".join(filled[0][1].columns[:12])
        raise InputError(
            "{name} has no column with text; found {columns}. Say which column holds the text.",
            name=name,
            columns=columns,
        )
    yield from islice(_records(filled, skip), skip, None)


def _records(filled: list[tuple[Table, Layout]], n_unread: int) -> Iterator[RawDocument | Problem]:
    """Yield a record for every row, placeholders for the first ones, which are passed over."""
    n_read = 0
    passed = Problem("", Reason(""))
    for table, layout in filled:
        where = f"sheet {table.sheet} " if table.sheet else ""
        if not layout.has_text:
            n_read += 1
            reason = Reason("Sheet {sheet} has no column with text and is left out.", {"sheet": table.sheet})
            yield Problem(where.strip(), reason)
            continue
        for number, row in enumerate(islice(table.rows(), layout.header_rows, None), start=1 + layout.header_rows):
            if not isinstance(row, Problem) and not any(cell not in (None, "") for cell in row):
                continue
            n_read += 1
            if n_read <= n_unread:
                yield passed
            else:
                yield row if isinstance(row, Problem) else _document(row, layout, f"{where}row {number}")


def _document(row: Sequence[Cell], layout: Layout, locator: str) -> RawDocument | Problem:
    """Turn the cells of one row into a document."""
    cells = {column: None if is_missing(cell) else cell for column, cell in zip(layout.columns, row, strict=False)}
    fields: dict[str, object] = {name: cells.get(column) for name, column in layout.guess.items()}
    if layout.composed:
        beside = [cells.get(layout.guess[name]) for name in ("title", "date") if name in layout.guess]
        fields["text"] = compose_text(cells, layout.composed, beside=beside)
    return document_of(fields, locator=locator, day_first=layout.day_first)


def layout_of(table: Table, *, options: ReadOptions, name: str) -> Layout:
    """Decide from the first 200 rows how a table is read; columns that the user named are taken as they are."""
    sample = [list(row) for row in islice(table.rows(), _SAMPLE_ROWS) if not isinstance(row, Problem)]
    header = not table.columns and has_header([row for row in sample if any(cell not in (None, "") for cell in row)])
    body = sample[1:] if header else sample
    width = max((len(row) for row in sample), default=0)
    columns = list(table.columns) or _names(sample[0] if header else [], width)
    guess = dict(options.columns) or guess_columns(columns, body)
    _check_columns(guess, columns, name)
    filled = [row for row in body if any(cell not in (None, "") for cell in row)]
    composed = [] if "text" in options.columns else columns_to_compose(columns, filled, guess)
    if composed:
        guess = _without_text(guess)
        composed = [column for column in composed if column != guess.get("title")]
    day_first = day_first_in(guess["date"], columns, filled) if "date" in guess else None
    return Layout(columns, guess, composed, int(header), day_first, filled)


def _without_text(guess: dict[str, str]) -> dict[str, str]:
    """Return a guess without a text column; a column of names that stood for it is the title."""
    rest = {field: column for field, column in guess.items() if field != "text"}
    if "title" not in guess and names_a_title(guess.get("text", "")):
        return {"title": guess["text"], **rest}
    return rest


def preview_of(tables: Sequence[Table], *, name: str) -> TablePreview:
    """Return the preview of the first table with a text column, else of the first with rows."""
    layouts = [(table, layout_of(table, options=ReadOptions(), name=name)) for table in tables]
    filled = [pair for pair in layouts if pair[1].sample]
    if not filled:
        raise InputError("{name} has no rows with data; add some and try again.", name=name)
    table, layout = next((pair for pair in filled if pair[1].has_text), filled[0])
    rows = [["" if cell is None else str(cell) for cell in row] for row in layout.sample[:_PREVIEW_ROWS]]
    return TablePreview(
        columns=layout.columns,
        rows=rows,
        guess=layout.guess,
        composed=layout.composed,
        example=_first_text(layout),
        delimiter=table.delimiter,
        encoding=table.encoding,
        has_header=bool(layout.header_rows or table.columns),
    )


def _first_text(layout: Layout) -> str:
    """Return the text of the first row of the sample that makes a document."""
    records = (_document(row, layout, "") for row in layout.sample if layout.has_text)
    return next((record.text for record in records if isinstance(record, RawDocument)), "")


def _names(header: Sequence[Cell], width: int) -> list[str]:
    """Return a distinct name for every column, from the header where it has one."""
    names: list[str] = []
    for at in range(width):
        name = str(header[at]).strip() if at < len(header) and header[at] not in (None, "") else f"column {at + 1}"
        names.append(name if name not in names else f"{name} ({at + 1})")
    return names


def _check_columns(guess: dict[str, str], columns: list[str], name: str) -> None:
    """Raise InputError for a named column that the table does not have."""
    for wanted in guess.values():
        if wanted not in columns:
            near = difflib.get_close_matches(wanted, columns, n=1)
            raise InputError(
                "{name} has no column {column}; did you mean {near}?",
                name=name,
                column=wanted,
                near=near[0] if near else ", ".join(columns[:12]),
            )
