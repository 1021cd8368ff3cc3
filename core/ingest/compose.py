"""Text for table rows whose words are spread over several short columns: which columns tell something, how they join.

Leaves out which column holds which field: that is `columns`.
"""

import re
import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from core.ingest.columns import Cell, is_url, label_of, shown, words_of
from core.ingest.records import is_missing

_MIN_LETTERS = 30
"""A text column is short below this median: a headline has 50 letters, a Chinese one of 18 hanzi counts as 36,
the label of an industry or a business has 5 to 25."""
_MIN_FILLED = 0.5
_MIN_COLUMNS = 2
_MIN_LETTERS_A_ROW = 12
_SAYS_NOTHING = frozenset(
    {
        "-", "--", "---", "–", "—", "?", "[]", "{}", "n.a.", "na", "nil", "tbd", "tba", "unknown", "undisclosed",
        "unspecified", "not disclosed", "not available", "not specified", "not applicable", "confidential",
        "未披露", "未透露", "未公开", "未知", "不详", "保密", "无", "暂无",
    }
)  # fmt: skip
_ID_NAMES = frozenset(str.split("id ids no nr number num index idx key uuid guid code slug votes 编号 序号 代码"))
_KEPT_BACK = re.compile(r"^(?:undisclosed|unspecified|unknown|not disclosed)\b.{0,14}$", re.I)
_MACHINE_KEY = re.compile(r"^(?=.*\d)[\w-]{8,}$")


def columns_to_compose(columns: Sequence[str], rows: Sequence[Sequence[Cell]], guess: Mapping[str, str]) -> list[str]:
    """Return the columns whose cells together make the text of a row; none where one column does it alone.

    One column does when half of its cells are filled, with 30 letters in the median (a hanzi counts as two).
    Columns that serve another field, numbers of rows, keys and addresses tell nothing and are left out.
    """
    values = {name: _filled(rows, at) for at, name in enumerate(columns)}
    if "text" in guess and _is_text(values[guess["text"]], len(rows)):
        return []
    taken = {column for field, column in guess.items() if field != "text"}
    told = [name for name in columns if name not in taken and _tells_something(name, values[name])]
    n_letters = sum(_n_letters(value) for name in told for value in values[name])
    return told if len(told) >= _MIN_COLUMNS and n_letters >= _MIN_LETTERS_A_ROW * len(rows) else []


def compose_text(cells: Mapping[str, Cell], columns: Sequence[str], *, beside: Sequence[Cell] = ()) -> str:
    """Join the cells that say something as `Column: value`, those that repeat one beside them left out.

    >>> compose_text({"Name": "Acme", "Sector": "Chips", "City": "nan"}, ["Name", "Sector", "City"], beside=["Acme"])
    'Sector: Chips'
    """
    said = {shown(cell).casefold() for cell in beside}
    parts = []
    for column in columns:
        value = _written(cells.get(column))
        if not value or value.casefold() in said:
            continue
        said.add(value.casefold())
        parts.append(f"{label_of(column)}: {value}")
    return "; ".join(parts)


def _written(cell: Cell) -> str:
    """Return a cell's words on one line; nothing where it says nothing."""
    if is_missing(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    value = " ".join(shown(cell).split()).rstrip(";")
    return "" if value.lower() in _SAYS_NOTHING or _KEPT_BACK.match(value) else value


def _filled(rows: Sequence[Sequence[Cell]], at: int) -> list[str]:
    """Return the values of a column that say something."""
    return [value for row in rows if at < len(row) and (value := _written(row[at]))]


def _is_text(values: list[str], n_rows: int) -> bool:
    """Say whether a column is filled and long enough to be the text by itself."""
    return len(values) >= _MIN_FILLED * n_rows > 0 and statistics.median(map(_n_letters, values)) >= _MIN_LETTERS


def _tells_something(name: str, values: list[str]) -> bool:
    """Say whether a reader learns anything from a column: it has values, and they are no keys or addresses."""
    if not values or _ID_NAMES & set(words_of(name)[-1:]) or _counts_up(values):
        return False
    keys = sum(is_url(value) or bool(_MACHINE_KEY.match(value)) for value in values)
    return keys < 0.8 * len(values) or len(set(values)) < 0.5 * len(values)


def _counts_up(values: list[str]) -> bool:
    """Say whether the values number the rows."""
    numbers = [int(value) for value in values if value.isdecimal()]
    steps = [after - before for before, after in pairwise(numbers)]
    return len(numbers) == len(values) > _MIN_COLUMNS and all(step == 1 for step in steps)


def _n_letters(value: str) -> int:
    """Return the number of letters, a CJK character counting as two."""
    return sum(1 + (char >= "\u3400") for char in value[:2000] if char.isalpha())
