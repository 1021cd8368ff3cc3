"""From a document as a reader found it to one that can be stored: cleaned, dated, in a known language, cut up.

Leaves out reading files and everything that needs other documents (duplicates, near-duplicates).
"""

import re
from datetime import date, timedelta

from core.domain.dates import PartialDate
from core.domain.documents import PreparedDocument, RawDocument, ReadOptions, Reason
from core.errors import InputError
from core.ingest.clean import REPLACEMENT, clean_line, clean_text
from core.ingest.duplicates import band_hashes, content_hash, minhash
from core.ingest.language import agrees_with_script, detect_language
from core.ingest.passages import split_passages

MAX_TEXT_CHARACTERS = 20_000_000
_MAX_TITLE_CHARACTERS = 120
_MAX_FIELD_CHARACTERS = 2000
_EARLIEST_YEAR = 1900
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s|$)")
_LANG_CODE = re.compile(r"^[a-z]{2}(?=$|[-_])", re.I)
_LANG_NAMES = {
    "english": "en",
    "chinese": "zh",
    "中文": "zh",
    "英文": "en",
    "eng": "en",
    "zho": "zh",
    "chi": "zh",
    "cn": "zh",
}


def prepare(raw: RawDocument, *, options: ReadOptions, today: date) -> tuple[PreparedDocument, tuple[Reason, ...]]:
    """Make a document ready to be stored, with warnings about what was dropped or replaced on the way.

    What the user said in the options counts before what the file says. A date before 1900 or more than a day
    after today is dropped with a warning; raises InputError when nothing readable is left.
    """
    text, title = clean_text(raw.text), clean_line(raw.title)
    text = text or title
    _check_readable(text)
    day, warnings = _plausible(raw.date, today)
    if n_replaced := text.count(REPLACEMENT) + title.count(REPLACEMENT):
        warnings.append(Reason("{count} unreadable characters were replaced by \ufffd.", {"count": n_replaced}))
    title = title[:_MAX_FIELD_CHARACTERS] or first_sentence(text)
    sketch = minhash(text)
    document = PreparedDocument(
        text=text,
        title=title,
        lang=_language(text, title, options.lang, raw.lang),
        date=day,
        source=_field(options.source or raw.source),
        url=_field(raw.url),
        jurisdiction=_field(options.jurisdiction or raw.jurisdiction),
        external_id=_field(raw.external_id),
        locator=raw.locator,
        passages=split_passages(text),
        content_hash=content_hash(title, text),
        signature=band_hashes(sketch),
        minhash=sketch,
    )
    return document, (*raw.warnings, *warnings)


def first_sentence(text: str) -> str:
    """Return the first line or sentence as a title, at most 120 characters.

    >>> first_sentence("AI Act in force. It applies from today.")
    'AI Act in force.'
    """
    line = text.split("\n", 1)[0].strip()
    if end := _SENTENCE_END.search(line, 10):
        line = line[: end.end()]
    if len(line) <= _MAX_TITLE_CHARACTERS:
        return line
    cut = line[: _MAX_TITLE_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[60:] else cut) + "…"


def _check_readable(text: str) -> None:
    """Raise InputError for a text with no words, or of a size that no reader of ours handles."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InputError(
            "The text has {found} characters; at most {limit} are read at once. Split it into several documents.",
            found=len(text),
            limit=MAX_TEXT_CHARACTERS,
        )
    if not any(char.isalnum() for char in text):
        raise InputError("There is no readable text; add some words and try again.")


def _plausible(day: PartialDate | None, today: date) -> tuple[PartialDate | None, list[Reason]]:
    """Return the date if a document can bear it, else none with the reason why it was dropped."""
    if day is None:
        return None, []
    if day.day > today + timedelta(days=1):
        return None, [
            Reason("The date {date} lies in the future; the document is kept without a date.", {"date": str(day)})
        ]
    if day.day.year < _EARLIEST_YEAR:
        return None, [
            Reason("The date {date} is before 1900; the document is kept without a date.", {"date": str(day)})
        ]
    return day, []


def _language(text: str, title: str, chosen: str, stated: str) -> str:
    """Return the chosen language, else the stated one unless the script contradicts it, else the detected one."""
    if code := _code(chosen):
        return code
    sample = text if len(text) >= 200 else f"{title}\n{text}"
    code = _code(stated)
    if code and agrees_with_script(code, sample):
        return code
    return detect_language(sample)


def _code(lang: str) -> str:
    """Return the two-letter code of a language tag or name; empty when there is none."""
    name = lang.strip().lower()
    if name in _LANG_NAMES:
        return _LANG_NAMES[name]
    match = _LANG_CODE.match(name)
    return match[0].lower() if match else ""


def _field(text: str) -> str:
    """Return a short field on one line."""
    return clean_line(text)[:_MAX_FIELD_CHARACTERS]
