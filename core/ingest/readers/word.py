"""DOCX files: headings, paragraphs and tables in the order of the document."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.dates import find_date
from core.ingest.readers.names import date_of_file, title_in_name
from core.ingest.readers.office import made_in, refusing_damage, sane_title
from core.ingest.readers.sizes import check_office_zip

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

_PAGE_CONTROL = re.compile(
    r"^(?:(?:back|return) to top(?: of page)?|skip to (?:main )?content|(?:expand|collapse|show|hide) all|"
    r"share this(?: page)?|print this page|返回顶部|回到顶部|打印本页|关闭窗口)$",
    re.I,
)
"""What stands on the buttons of web pages, and stays behind where a page was pasted."""
_OPENING_CHARACTERS = 800
_MAX_TITLE_CHARACTERS = 120


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file as one document."""
    del options
    import docx
    from docx.exceptions import PythonDocxError

    check_office_zip(path, name=name)
    with refusing_damage(name, PythonDocxError):
        document = docx.Document(str(path))
        text = "\n\n".join(_blocks(document))
        title = sane_title(document.core_properties.title) or _title(document) or title_in_name(name)
        made = made_in(document.core_properties)
    if not text:
        raise InputError(
            "{name} has no text; if it shows pictures of text, run text recognition (OCR) on it.", name=name
        )
    day = date_of_file(name, printed=find_date(text[:_OPENING_CHARACTERS]), made=made)
    yield RawDocument(text=text, locator="", title=title, date=day)


def _blocks(document: "Document") -> Iterator[str]:
    """Yield the text of paragraphs and tables that have any."""
    from docx.table import Table

    for block in document.iter_inner_content():
        text = _table_text(block) if isinstance(block, Table) else block.text.strip()
        if text and not _PAGE_CONTROL.match(text):
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
