"""DOCX files: headings, paragraphs and tables in the order of the document."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.dates import find_date
from core.ingest.readers.names import date_of_file, title_in_name
from core.ingest.readers.office import created_on, open_office, sane_title

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

_OPENING_CHARACTERS = 800
_MAX_TITLE_CHARACTERS = 120


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file as one document."""
    del options
    import docx

    document = open_office(path, name=name, opener=docx.Document)
    text = "\n\n".join(_blocks(document))
    if not text:
        raise InputError(
            "{name} has no text; if it shows pictures of text, run text recognition (OCR) on it.", name=name
        )
    properties = document.core_properties
    yield RawDocument(
        text=text,
        locator="",
        title=sane_title(properties.title) or _title(document) or title_in_name(name),
        date=date_of_file(name, printed=find_date(text[:_OPENING_CHARACTERS]), created=created_on(properties)),
    )


def _blocks(document: "Document") -> Iterator[str]:
    """Yield the text of paragraphs and tables that have any."""
    from docx.table import Table

    for block in document.iter_inner_content():
        text = _table_text(block) if isinstance(block, Table) else block.text.strip()
        if text:
            yield text


def _table_text(table: "Table") -> str:
    """Return a line for each row, a merged cell once."""
    lines = []
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            text = " ".join(cell.text.split())
            if text and (not cells or text != cells[-1]):
                cells.append(text)
        lines.append(" | ".join(cells))
    return "\n".join(filter(None, lines))


def _title(document: "Document") -> str:
    """Return the first paragraph in a title style, else the first heading or short opening line."""
    filled = [
        (paragraph.style.name or "" if paragraph.style else "", paragraph.text)
        for paragraph in document.paragraphs[:60]
    ]
    filled = [(style, text.strip()) for style, text in filled if text.strip()]
    for wanted in ("title", "heading 1"):
        for style, text in filled:
            if style.lower() == wanted:
                return text
    if filled and len(filled[0][1]) <= _MAX_TITLE_CHARACTERS and not filled[0][1].endswith((".", "。", ":", "：")):
        return filled[0][1]
    return ""
