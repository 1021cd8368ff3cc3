"""What Word and PowerPoint files share: damage, sane titles and dates out of their properties."""

import re
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from core.domain.dates import PartialDate, Precision
from core.errors import InputError
from core.ingest.clean import clean_line
from core.ingest.readers.sizes import check_office_zip

_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|(?:document|presentation|slide|dokument|文档|演示文稿)"
    r"\s*\d*|powerpoint presentation|word document|title|无标题.*"
    r"|.*\.(?:docx?|pdf|pptx?|xlsx?|indd|tex|dvi|qxd|rtf|odt|html?))$",
    re.I,
)
DAMAGE = (
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
_TEMPLATE_DATES = {(2013, 1, 27), (2013, 12, 23)}
"""When python-pptx's and python-docx's own templates were made, which generated files carry along."""


def open_office(path: Path, *, name: str, opener: Callable[[str], Any]) -> Any:
    """Open an Office file; raise InputError when it is damaged."""
    check_office_zip(path, name=name)
    try:
        return opener(str(path))
    except DAMAGE as error:
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


def created_on(properties: Any) -> PartialDate | None:
    """Return the day an Office file says it was made, a template's own day aside."""
    created = properties.created
    if not isinstance(created, datetime) or (created.year, created.month, created.day) in _TEMPLATE_DATES:
        return None
    return PartialDate(created.date(), Precision.DAY)
