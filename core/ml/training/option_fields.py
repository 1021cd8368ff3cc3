"""One option of a training method as data: name, kind, default, bounds and a sentence; and the checks of a choice.

Leaves out which options there are (options.py).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from core.errors import InputError

Value = str | int | float | bool
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def option(
    default: Any,
    sentence: str,
    *,
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Return a dataclass field with its sentence and bounds (both included) as metadata."""
    about = {"sentence": sentence, "least": least, "most": most, "choices": choices}
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True)
class OptionField:
    """One option as a form or a command line shows it."""

    name: str
    kind: str
    """`int`, `float`, `str` or `bool`."""
    default: Value
    sentence: str
    """English, translated by the catalogues."""
    least: float | None
    most: float | None
    choices: tuple[str, ...] | None


def fields_of_options(options: type[Any]) -> list[OptionField]:
    """Return the options of a dataclass in the order of a form: the method's own first, those of all methods last."""
    own = set(options.__annotations__)
    fields: tuple[Any, ...] = dataclasses.fields(options)
    found = [OptionField(f.name, type(f.default).__name__, f.default, **f.metadata) for f in fields]
    return sorted(found, key=lambda field: field.name not in own)


def parse_into(options: type[Any], values: Mapping[str, Value]) -> Any:
    """Return the options with these values, text read as what each option is.

    Raise one InputError that names every unknown option and every value of the wrong kind or out of bounds.

    >>> @dataclass(frozen=True)
    ... class Few:
    ...     folds: int = option(5, "Parts.", least=2, most=20)
    >>> parse_into(Few, {"folds": "3"}).folds
    3
    >>> parse_into(Few, {"fold": 3})
    Traceback (most recent call last):
    core.errors.InputError: Options that cannot be used: fold is not known, did you mean folds?
    """
    fields = {field.name: field for field in fields_of_options(options)}
    parsed, problems = {}, []
    for name, value in values.items():
        if name not in fields:
            problems.append(_unknown(name, list(fields)))
            continue
        found = _parsed(fields[name], value)
        if found is None:
            problems.append(f"{name}: {_expected(fields[name])} was expected, found {value}")
        parsed[name] = found
    if problems:
        raise InputError("Options that cannot be used: {problems}", problems="; ".join(problems))
    return options(**parsed)


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"{name} is not known, did you mean {close[0]}?" if close else f"{name} is not known"


def _parsed(field: OptionField, value: Value) -> Value | None:
    """Return the value as the option's kind, None where it is not of it."""
    if field.kind == "bool":
        text = str(value).strip().lower()
        return True if text in _TRUE else False if text in _FALSE else None
    if field.kind == "str":
        return value if isinstance(value, str) and (not field.choices or value in field.choices) else None
    try:
        number = float(value)
    except ValueError:
        return None
    whole = field.kind != "int" or number.is_integer()
    least, most = field.least, field.most
    if isinstance(value, bool) or not whole or (least is not None and not number >= least):
        return None
    if most is not None and not number <= most:
        return None
    return int(number) if field.kind == "int" else number


def _expected(field: OptionField) -> str:
    if field.choices:
        return f"one of {', '.join(field.choices)}"
    if field.kind == "bool":
        return "true or false"
    what = "a whole number" if field.kind == "int" else "a number" if field.kind == "float" else "a text"
    return (
        f"{what} from {field.least:g} to {field.most:g}" if field.least is not None and field.most is not None else what
    )
