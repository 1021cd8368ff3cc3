"""What the columns of a table mean: whether it has a header, and which column holds which field.

Works on a sample of rows; the user confirms or corrects the guess.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from core.ingest.dates import parse_date, slashes_put_day_first
from core.ingest.records import FIELD_NAMES, field_key

Cell = str | int | float | bool | datetime | date | None
"""A value of a table, as its format stores it."""

_NUMBER = re.compile(r"^[\s$€£¥+-]*\d[\d,.\s]*%?$")
_URL = re.compile(r"^https?://\S+$", re.I)
_NOT_TEXT = frozenset(
    str.split(
        "id no number investor investors author authors city location address email phone code remarks url link "
        "website tags keywords industries regions status name batch amount price type category categories "
        "classifications"
    )
)
_HANZI = re.compile(r"[\u3400-\u9fff]+$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MIN_TEXT_LENGTH = 12


def has_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Say whether the first row names the columns.

    >>> has_header([["title", "n"], ["A long story", "3"]]), has_header([["1", "A story"], ["2", "More"]])
    (True, False)
    """
    if not rows or not any(shown(cell) for cell in rows[0]):
        return False
    first = [shown(cell) for cell in rows[0]]
    names = [name for name in first if name]
    if len(set(names)) < len(names) or any(
        _NUMBER.match(name) or is_url(name) or _is_date(name) or len(name) > 60 for name in names
    ):
        return False
    known = {name for field in FIELD_NAMES.values() for name in field}
    if any(known & {field_key(name), *words_of(name)} for name in names):
        return True
    return any(_differs(rows, at) for at in range(len(first)))


def guess_columns(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> dict[str, str]:
    """Return field to column name as far as names and values tell; each column serves one field.

    >>> guess_columns(["Date", "Headline", "Story"], [["2024-05-01", "Rates rise", "The bank raised its rate again."]])
    {'date': 'Date', 'title': 'Headline', 'text': 'Story'}
    """
    values = {name: [shown(row[at]) for row in rows if at < len(row)] for at, name in enumerate(columns)}
    guess: dict[str, str] = {}
    for field in ("text", "date", "title", "lang", "source", "url", "jurisdiction", "id"):
        if column := _by_name(field, values, taken=set(guess.values())):
            guess[field] = column
    free = [name for name in columns if name not in guess.values()]
    if "date" not in guess and (found := _first_with(free, values, _is_date, share=0.8)):
        guess["date"] = found
    if "url" not in guess and (found := _first_with(free, values, is_url, share=0.8)):
        guess["url"] = found
    if "text" not in guess and (found := _wordiest(columns, values, taken=set(guess.values()))):
        guess["text"] = found
    if "text" not in guess and "title" in guess:
        guess["text"] = guess.pop("title")
    order = ("date", "title", "text", "lang", "source", "url", "jurisdiction", "id")
    return {field: guess[field] for field in order if field in guess}


def names_a_title(column: str) -> bool:
    """Say whether a column is called what titles and names are called.

    >>> names_a_title("StartupName"), names_a_title("Industry")
    (True, False)
    """
    return bool({field_key(column), *words_of(column)[-1:]} & set(FIELD_NAMES["title"]))


def day_first_in(column: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bool | None:
    """Return the order of day and month that a date column's sample proves."""
    at = list(columns).index(column)
    return slashes_put_day_first(row[at] for row in rows if at < len(row))


def _by_name(field: str, values: dict[str, list[str]], *, taken: set[str]) -> str | None:
    """Return the filled column whose whole name, or else last word, is one the field is known by."""
    free = [name for name in values if name not in taken and _fits(field, values[name])]
    for wanted in FIELD_NAMES[field]:
        if found := next((name for name in free if field_key(name) == wanted), None):
            return found
    if field in ("id", "source", "url"):
        return None
    for wanted in FIELD_NAMES[field]:
        if found := next((name for name in free if wanted in words_of(name)[-1:]), None):
            return found
    return None


def _fits(field: str, values: list[str]) -> bool:
    """Say whether a column's values can be what its name promises."""
    filled = [value for value in values if value]
    if values and len(filled) < 0.3 * len(values):
        return False
    if field == "date" and filled:
        return sum(map(_is_date, filled)) >= 0.5 * len(filled)
    if field in ("text", "title") and filled:
        return sum(any(char.isalpha() for char in value) and not is_url(value) for value in filled) >= 0.5 * len(filled)
    return True


def _first_with(
    names: list[str], values: dict[str, list[str]], test: Callable[[str], bool], *, share: float
) -> str | None:
    """Return the first column of which the given share of filled values passes a test."""
    for name in names:
        filled = [value for value in values[name] if value]
        if len(filled) >= 0.5 * max(1, len(values[name])) and sum(map(test, filled)) >= share * len(filled):
            return name
    return None


def _wordiest(columns: Sequence[str], values: dict[str, list[str]], *, taken: set[str]) -> str | None:
    """Return the column with the longest wording, lists of names and codes aside."""
    lengths = {
        name: _mean_wording(values[name]) * (0.25 if _NOT_TEXT & set(words_of(name)) else 1.0)
        for name in columns
        if name not in taken
    }
    best = max(lengths, key=lambda name: lengths[name], default=None)
    return best if best is not None and lengths[best] >= _MIN_TEXT_LENGTH else None


def _mean_wording(values: list[str]) -> float:
    """Return the mean number of letters, a CJK character counting as two, in values that are wording."""
    wording = [value for value in values if value and not (_NUMBER.match(value) or is_url(value) or _is_date(value))]
    letters = sum(1 + (char >= "\u3400") for value in wording for char in value[:2000] if char.isalpha())
    return letters / max(1, sum(1 for value in values if value))


def _is_date(text: str) -> bool:
    """Say whether a value is a written date; a bare number up to five digits may be anything but a year."""
    if len(text) > 40 or (text.isdigit() and not (len(text) == 4 or len(text) in (8, 10, 13))):
        return False
    found = parse_date(text, any_language=False)
    return found is not None and 1900 <= found.day.year <= 2100


def _differs(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    """Say whether a column holds numbers or dates below a first cell that is neither."""
    below = [shown(row[at]) for row in rows[1:] if at < len(row) and shown(row[at])]
    typed = sum(bool(_NUMBER.match(value)) or _is_date(value) for value in below)
    return bool(below) and typed >= 0.8 * len(below) and not _is_date(shown(rows[0][at])) and bool(shown(rows[0][at]))


def words_of(name: str) -> list[str]:
    """Return the words of a column name; of a Chinese one its last two characters, which say what it is, apart.

    >>> words_of("StartupName"), words_of("long_description"), words_of("公司名称")
    (['startup', 'name'], ['long', 'description'], ['公司', '名称'])
    """
    words = [word for word in re.split(r"[\s_\-./()（）]+", _CAMEL.sub("_", name).lower()) if word]
    if words and len(words[-1]) > 2 and _HANZI.match(words[-1]):
        words[-1:] = [words[-1][:-2], words[-1][-2:]]
    return words


def label_of(column: str) -> str:
    """Return a column's name as words for a reader.

    >>> label_of("IndustryVertical"), label_of("team_size")
    ('Industry Vertical', 'team size')
    """
    return " ".join(_CAMEL.sub(" ", column).replace("_", " ").split())


def is_url(value: str) -> bool:
    """Say whether a value is a web address and nothing else.

    >>> is_url("https://example.org/a"), is_url("see https://example.org/a")
    (True, False)
    """
    return bool(_URL.match(value))


def shown(cell: Cell) -> str:
    """Return a cell as text."""
    return "" if cell is None else str(cell).strip()
