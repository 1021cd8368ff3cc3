"""PDF files by pdfium: one document a file, with its title and date.

What stands in one line is `pdf_lines`, putting lines together into paragraphs `pdf_layout`.
"""

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.domain.dates import PartialDate
from core.domain.documents import Problem, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.clean import clean_line
from core.ingest.dates import find_date, parse_date
from core.ingest.readers.names import date_of_file, title_in_name
from core.ingest.readers.office import sane_title
from core.ingest.readers.pdf_layout import join_pages, joint
from core.ingest.readers.pdf_lines import Line, printed_lines

_COVER_CHARACTERS = 500
_OPENING_CHARACTERS = 2500
_MIN_LETTERS_A_PAGE = 5
_CREATED = re.compile(r"^D:(\d{4})(\d\d)")
_WRITING_PROGRAM = re.compile(
    r"word|writer|libreoffice|openoffice|indesign|framemaker|pagemaker|quark|scribus|affinity|publisher|powerpoint|"
    r"impress|excel|acrobat pdfmaker|tex|pages|keynote|wps|永中",
    re.I,
)
_TITLE_LINES = 10
_MAX_TITLE_CHARACTERS = 250
_SHORT_TITLE_CHARACTERS = 60


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file as one document; raise InputError when it is encrypted, broken or a scan."""
    del options
    document = _open(path, name)
    try:
        pages = [_page_lines(document, number) for number in range(len(document))]
        metadata = document.get_metadata_dict()
    finally:
        document.close()
    filled = [page for page in pages if page]
    if sum(map(_n_letters, filled)) < _MIN_LETTERS_A_PAGE * max(1, min(len(pages), 20)):
        raise InputError(
            "{name} is a scan: its {pages} pages are pictures without text. Run text recognition (OCR) on it first.",
            name=name,
            pages=len(pages),
        )
    n_broken = sum(page is None for page in pages)
    yield RawDocument(
        text=join_pages(filled),
        locator="",
        title=sane_title(metadata.get("Title")) or _largest_lines(filled) or title_in_name(name),
        date=_date(filled, name, _made_in(metadata)),
        warnings=(Reason("{count} pages are damaged and were left out.", {"count": n_broken}),) if n_broken else (),
    )


def _open(path: Path, name: str) -> Any:
    """Open a PDF, telling protection and damage apart."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        n_pages = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise InputError(
                "{name} is protected by a password; save it without one and try again.", name=name
            ) from error
        raise InputError("{name} is damaged and cannot be opened. Copy or download it again.", name=name) from error
    if n_pages == 0:
        raise InputError("{name} has no pages; copy or download it again.", name=name)
    return document


def _page_lines(document: Any, number: int) -> list[Line] | None:
    """Return a page's lines in reading order; None for a page that pdfium cannot load."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    textpage = page.get_textpage()
    try:
        return printed_lines(textpage)
    finally:
        textpage.close()
        page.close()


def _n_letters(lines: Sequence[Line]) -> int:
    """Return the number of letters."""
    return sum(char.isalpha() for line in lines for char in line.text)


def _largest_lines(pages: Sequence[Sequence[Line]]) -> str:
    """Return the title: the lines of the largest type near the top of the first page, with a subtitle.

    Nothing when the opening is set like the body.
    """
    body = statistics.median(line.height for page in pages for line in page)
    worded = [line for line in pages[0] if _n_letters([line]) >= 3]
    largest = max(line.height for line in worded) if worded else 0
    first = next((at for at, line in enumerate(worded) if line.height >= 0.92 * largest), 0)
    if len(pages[0]) > _TITLE_LINES and (first >= _TITLE_LINES or largest < 1.08 * body):
        return ""
    title, height = "", largest
    for line in worded[first:]:
        starts_subtitle = line.height >= 1.2 * body and len(title) < _SHORT_TITLE_CHARACTERS
        if find_date(line.text) or not (line.height >= 0.92 * height or starts_subtitle):
            break
        title, height = clean_line(f"{title}{joint(title, line.text)}{line.text}"), line.height
    return title if len(title) <= _MAX_TITLE_CHARACTERS else ""


def _date(pages: Sequence[Sequence[Line]], name: str, made: PartialDate | None) -> PartialDate | None:
    """Return the date printed on the first page (the second too after a mere cover), or what name and file say."""
    opening = "\n".join(line.text for line in pages[0])
    if len(opening) < _COVER_CHARACTERS and len(pages) > 1:
        opening += "\n" + "\n".join(line.text for line in pages[1])
    return date_of_file(name, printed=find_date(opening[:_OPENING_CHARACTERS]), made=made)


def _made_in(metadata: Mapping[str, str]) -> PartialDate | None:
    """Return the month the file was made in, if by a program that documents are written in.

    Publishers export within days of publishing. A browser or a system's print dialogue makes a copy at any later
    time, which says nothing of the document, and so may a program that is not named.
    """
    match = _CREATED.match(metadata.get("CreationDate", ""))
    written = _WRITING_PROGRAM.search(metadata.get("Creator", ""))
    return parse_date("-".join(match.groups())) if match and written else None
