"""The app's languages and their message catalogues: English text in, the reader's language out.

Formatting of numbers and dates is the pages' business; names of labels come with the label tree.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh_CN")

LANGUAGE_NAMES = {"en": "English", "zh_CN": "简体中文"}
"""Each language in its own words, for pickers."""


def catalogue_path(lang: str) -> Path:
    """Return where the catalogue of a language lies."""
    return Path(__file__).parent / lang / "LC_MESSAGES" / "trendvane.po"


@lru_cache(maxsize=len(LANGUAGES))
def translation(lang: str) -> Callable[[str], str]:
    """Return the function from an English text to its translation; a text without one is returned as it is.

    >>> translation("en")("Trends")
    'Trends'
    >>> translation("zh_CN")("Trends")
    '趋势'
    """
    if lang not in LANGUAGES or not catalogue_path(lang).exists():
        return str
    with catalogue_path(lang).open("rb") as file:
        catalogue = read_po(file, locale=lang)
    messages = {m.id: m.string for m in catalogue if isinstance(m.id, str) and m.string and not m.fuzzy}

    def translate(text: str) -> str:
        return str(messages.get(text, text))

    return translate


def match_language(wanted: str | None) -> str:
    """Return the app's language nearest to a browser's locale.

    >>> match_language("zh-Hans-CN"), match_language("fr-FR"), match_language(None)
    ('zh_CN', 'en', 'en')
    """
    return "zh_CN" if (wanted or "").lower().startswith("zh") else "en"
