"""Every text of the app and every error of core has a translation with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.charts import ChartText
from core.config import PROJECT_ROOT
from core.locale import LANGUAGES, catalogue_path, match_language, translation

MARKERS = {"t", "AppError", "InputError", "MissingError", "MachineError", "ModelError", "Reason", "Method", "Technique"}
SECOND = {"option"}
"""Calls whose second argument is the text."""
FOREIGN = [lang for lang in LANGUAGES if lang != "en"]


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS | SECOND:
            yield node


def text_of(call: ast.Call) -> ast.expr | None:
    place = 1 if getattr(call.func, "id", "") in SECOND else 0
    return call.args[place] if len(call.args) > place else None


def sources() -> list[Path]:
    return [
        PROJECT_ROOT / "app.py",
        *sorted((PROJECT_ROOT / "pages").rglob("*.py")),
        *sorted((PROJECT_ROOT / "core").rglob("*.py")),
    ]


def messages() -> set[str]:
    found = set()
    for path in sources():
        for call in calls(path):
            text = text_of(call)
            if isinstance(text, ast.Constant) and text.value:
                found.add(text.value)
    return found


def catalogue(lang: str) -> dict[str, str]:
    with catalogue_path(lang).open("rb") as file:
        return {
            message.id: message.string for message in read_po(file, locale=lang) if message.id and not message.fuzzy
        }


def placeholders(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


@pytest.mark.parametrize("lang", FOREIGN)
def test_every_text_is_translated_with_the_same_placeholders(lang: str) -> None:
    known = catalogue(lang)
    missing = sorted(text for text in messages() if not known.get(text))
    assert not missing
    wrong = [text for text, translated in known.items() if placeholders(text) != placeholders(translated)]
    assert not wrong


@pytest.mark.parametrize("lang", FOREIGN)
def test_the_catalogue_holds_nothing_that_no_longer_occurs(lang: str) -> None:
    assert sorted(catalogue(lang).keys() - messages()) == []


def test_texts_of_pages_are_plain_literals() -> None:
    loose = [
        f"{path.name}:{call.lineno}"
        for path in sources()
        if "core" not in path.relative_to(PROJECT_ROOT).parts
        for call in calls(path)
        if getattr(call.func, "id", "") == "t" and not isinstance(call.args[0], ast.Constant)
    ]
    assert not loose


def test_every_word_on_a_chart_is_translated() -> None:
    translate = translation("zh_CN")
    assert [field.name for field in fields(ChartText) if translate(field.default) == field.default] == []


def test_a_text_without_a_translation_stays_english() -> None:
    assert translation("zh_CN")("no such text") == "no such text"
    assert translation("fr")("Trends") == "Trends"


def test_the_browsers_language_is_matched() -> None:
    assert [match_language(found) for found in ("zh", "zh-TW", "en-GB", "de", "", None)] == ["zh_CN"] * 2 + ["en"] * 4
