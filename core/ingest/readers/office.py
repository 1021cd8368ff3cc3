"""What Word and PowerPoint files share: damage, sane titles and dates out of their properties."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zipfile import BadZipFile

from core.domain.dates import PartialDate, Precision
from core.errors import InputError
from core.ingest.clean import clean_line

_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|\W*(?:anonymous|unspecified)\W*|无标题.*"
    r"|(?:document|presentation|slide|dokument|文档|演示文稿)\s*\d*|powerpoint presentation|word document|title"
    r"|.*\.(?:docx?|pdf|pptx?|xlsx?|indd|tex|dvi|qxd|rtf|odt|html?))$",
    re.I,
)
_DAMAGE: tuple[type[Exception], ...] = (
    BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
)
"""What the Office libraries raise for damaged files, XML errors being syntax errors."""
_TIME_TO_WRITE = timedelta(hours=1)
_TEMPLATE_DATES = {(2013, 1, 27), (2013, 12, 23)}
"""When python-pptx's and python-docx's own templates were made, which generated files carry along."""


@contextmanager
def refusing_damage(name: str, *own: type[Exception]) -> Iterator[None]:
    """Raise InputError in place of what an Office library raises for a damaged file, its `own` errors too."""
    try:
        yield
    except _DAMAGE + own as error:
        raise InputError(
            "{name} is damaged and cannot be opened ({detail}). Open it in its program, save it again and retry.",
            name=name,
            detail=str(error),
        ) from error


def sane_title(title: str | None) -> str:
    """Return a title out of a file's properties, or nothing where a program filled it in.

    >>> sane_title("Microsoft Word - draft3.doc"), sane_title("AI Update")
    ('', 'AI Update')
    """
    line = clean_line(title or "")
    worded = sum(char.isalpha() for char in line) >= 3 and (" " in line or not re.search(r"[_\d]", line))
    return line if worded and not _NO_TITLE.match(line) else ""


def made_in(properties: Any) -> PartialDate | None:
    """Return the month that an Office file was begun in, if it was worked on afterwards.

    A file that was made and saved within the hour is a copy: a page pasted into a new document, a program's
    export. When its words were written is not known, so it has no date. The day itself is never more than a
    guess at the day of publication.
    """
    created, modified = properties.created, properties.modified
    if not isinstance(created, datetime) or (created.year, created.month, created.day) in _TEMPLATE_DATES:
        return None
    if not isinstance(modified, datetime) or modified - created < _TIME_TO_WRITE:
        return None
    return PartialDate(created.date().replace(day=1), Precision.MONTH)
