"""What can be chosen about each training method: names, defaults, bounds and a sentence for the user on each.

Owns the checks of what a user chose; leaves out what the options do (the methods' own modules).
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


@dataclass(frozen=True)
class Options:
    """What every method has."""

    held_out_of: int = option(
        7, "One text of so many is held out to calibrate the probabilities and choose thresholds.", least=2, most=50
    )
    seed: int = option(
        0, "Decides the order of the texts, what is left out, and which texts are held out.", least=0, most=2**31 - 1
    )


@dataclass(frozen=True)
class HeadOptions(Options):
    """What can be chosen about the training of a head."""

    folds: int = option(
        5, "Parts for cross-validation; each text is scored by a head that did not see it.", least=2, most=20
    )
    penalty: float = option(
        0.0, "Ridge penalty on the head's weights; 0 tries several and takes the best.", least=0.0, most=10.0
    )


@dataclass(frozen=True)
class LoraOptions(Options):
    """What can be chosen about LoRA."""

    frozen_layers: int = option(
        6, "Lower layers that are left out of training; their results are computed once.", least=0, most=48
    )
    rank: int = option(16, "Width of the trained matrices; more can learn more and costs size.", least=1, most=256)
    dropout: float = option(
        0.0, "Share of values left out at random while training; costs a third of the speed.", least=0.0, most=0.9
    )
    epochs: int = option(2, "Times that every text is seen.", least=1, most=100)
    batch_size: int = option(16, "Texts a step.", least=1, most=1024)
    learning_rate: float = option(
        1e-3,
        "Largest step of the encoder's weights; rises over the first steps, then falls to nothing.",
        least=1e-7,
        most=0.1,
    )
    head_learning_rate: float = option(1e-3, "The same for the head.", least=1e-7, most=0.1)
    weight_decay: float = option(0.01, "Pull of the trained weights towards zero.", least=0.0, most=1.0)
    max_tokens: int = option(
        288, "Tokens of a text that are read while training; what follows is left out.", least=16, most=512
    )
    head_penalty: float = option(
        0.03,
        "Ridge penalty of the head to begin with, which is fitted to the encoder as it is.",
        least=1e-4,
        most=10.0,
    )


def fields_of_options(options: type[Any]) -> list[OptionField]:
    """Return the options of a dataclass in the order of a form: the method's own first, those of all methods last."""
    own = set(options.__annotations__)
    fields: tuple[Any, ...] = dataclasses.fields(options)
    found = [OptionField(f.name, type(f.default).__name__, f.default, **f.metadata) for f in fields]
    return sorted(found, key=lambda field: field.name not in own)


def parse_into(options: type[Any], values: Mapping[str, Value]) -> Any:
    """Return the options with these values, text read as what each option is.

    Raise one InputError that names every unknown option and every value of the wrong kind or out of bounds.

    >>> parse_into(HeadOptions, {"folds": "3"}).folds
    3
    >>> parse_into(HeadOptions, {"fold": 3})
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
