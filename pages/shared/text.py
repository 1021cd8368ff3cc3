"""Texts, numbers, dates and names in the reader's language."""

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st
from babel import Locale, dates, lists, numbers, units

from core.domain.dates import Grain, Precision
from core.domain.documents import Reason, Reasons
from core.domain.taxonomy import LabelKind, Taxonomy
from core.errors import AppError
from core.locale import translation
from pages.shared import data, state

_SINGULAR = {"stories": "story"} | {
    plural: plural.removesuffix("s")
    for plural in ("documents", "labels", "terms", "texts", "sources", "periods", "records", "rows", "lines", "layers")
}
_ONE = re.compile(rf"(?<![\d.,×÷])\b1 ({'|'.join(_SINGULAR)})\b")
UNTRAINED = "◌"
"""Behind the name of a label that works from its description alone; see label_marks."""


def t(template: str, **params: Any) -> str:
    """Return a text in the reader's language with its parameters filled in; the template is a plain literal."""
    translated = translation(state.language())(template)
    filled = translated.format(**params) if params else translated
    # the only plural of the app's languages is English, and after a number
    return _ONE.sub(lambda found: f"1 {_SINGULAR[found[1]]}", filled) if state.language() == "en" else filled


def joined(sentences: list[str]) -> str:
    """Return sentences one after the other, as the language sets them."""
    return ("" if state.language().startswith("zh") else " ").join(sentences)


def listed(items: list[str]) -> str:
    """Return things one after the other, as the language lists them."""
    return lists.format_list(items, style="standard", locale=state.language())


def quoted(words: str) -> str:
    """Return words in the language's quotation marks."""
    return t('"{words}"', words=words)


def message(stored: AppError | Reason) -> str:
    """Return an error or a reason in the reader's language."""
    params = {
        name: joined([message(reason) for reason in value]) if isinstance(value, Reasons) else value
        for name, value in stored.params.items()
    }
    return translation(state.language())(stored.message).format(**params)


def plain(content: str) -> str:
    r"""Return text that no Markdown, LaTeX, emoji code or HTML is read out of, on one line.

    >>> print(plain("**a** $x$ <b>"))
    \*\*a\*\* \$x\$ \<b\>
    """
    # a word joiner, which nobody sees, keeps addresses from becoming links
    unlinked = re.sub(r"(?i)(www(?=\.)|https?:(?=//)|@)", "\\1\u2060", " ".join(content.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", unlinked)


def label_name(taxonomy: Taxonomy, label_id: str) -> str:
    """Return a label's name, marked where no model was trained for it; a label of another tree keeps its id."""
    name = bare_name(taxonomy, label_id)
    return f"{name} {UNTRAINED}" if is_untrained(taxonomy, label_id) else name


def bare_name(taxonomy: Taxonomy, label_id: str) -> str:
    """Return a label's name without the mark."""
    label = taxonomy.by_id.get(label_id)
    return label.name(state.language()) if label else label_id


def is_untrained(taxonomy: Taxonomy, label_id: str) -> bool:
    """Return whether a label is one that users added and the champion was not trained for."""
    label = taxonomy.by_id.get(label_id)
    return label is not None and label.own and label_id in data.untrained()


def label_path(taxonomy: Taxonomy, label_id: str) -> str:
    """Return a label's name behind its parent's, so that a flat list reads as the tree."""
    label = taxonomy.by_id.get(label_id)
    if label is None or label.kind is LabelKind.DIMENSION:
        return label_name(taxonomy, label_id)
    parent = label_name(taxonomy, label.parent) if label.parent else t("Sector")
    return f"{parent} › {label_name(taxonomy, label_id)}"


def model_name(version: str) -> str:
    """Return what a model version is called: whether it came with the app, and the beginning of its id."""
    bundled = any(model.version.id == version and model.is_default for model in data.models())
    return t("Default model {id}", id=version[:7]) if bundled else t("Model {id}", id=version[:7])


def role_names(aliases: Collection[str]) -> list[str]:
    """Return what a model version is at present."""
    names = {"champion": t("champion"), "candidate": t("candidate")}
    return [names[alias] for alias in aliases]


def method_name(method: str) -> str:
    """Return the name of a training method, and of how its result was made smaller."""
    names = {
        "head": t("linear head"),
        "lora": t("LoRA"),
        "adalora": t("AdaLoRA"),
        "full": t("full fine-tuning"),
        "prompt": t("prompt tuning"),
        "few_shot": t("few-shot, contrastive"),
        "incremental": t("incremental"),
    }
    trained, *steps = method.split("-")
    return " · ".join([names.get(trained, trained), *map(technique_name, steps)])


def technique_name(technique: str) -> str:
    """Return the name of a technique that makes models smaller."""
    names = {
        "int8": t("8-bit weights"),
        "vocabulary": t("fewer words"),
        "layers": t("fewer layers"),
        "distill": t("distilled"),
    }
    return names.get(technique, technique)


def measure_names() -> dict[str, str]:
    """Return the names of the figures that models are compared by."""
    return {
        LabelKind.DIMENSION: t("Dimensions"),
        LabelKind.ASPECT: t("Aspects"),
        LabelKind.TOPIC: t("Topics"),
        LabelKind.SECTOR: t("Sectors"),
        "off_topic": t("Off topic left untagged"),
        "calibration_error": t("Calibration error"),
    }


def number(value: float) -> str:
    """Return a number with the language's group and decimal marks."""
    return numbers.format_decimal(value, locale=state.language())


def percent(share: float, *, decimals: int = 1) -> str:
    """Return a share as a percentage."""
    pattern = "#,##0." + "0" * decimals + "%" if decimals else "#,##0%"
    return numbers.format_percent(share, format=pattern, locale=state.language())


def points(change: float) -> str:
    """Return a change of a share in percentage points, with its sign."""
    return numbers.format_decimal(100 * change, format="+#,##0.0;−#,##0.0", locale=state.language())


def day(value: date) -> str:
    """Return a date in words."""
    return dates.format_date(value, format="medium", locale=state.language())


def partial_date(value: date | None, precision: str | None) -> str:
    """Return a date only as precisely as it is known."""
    if not isinstance(value, date) or precision is None:
        return t("no date")
    grain = {Precision.DAY: Grain.DAY, Precision.MONTH: Grain.MONTH, Precision.YEAR: Grain.YEAR}[Precision(precision)]
    return bin_name(value, grain)


def bin_name(start: date, grain: Grain) -> str:
    """Return the name of a calendar bin: a day, `week of …`, month, quarter or year."""
    lang = state.language()
    match grain:
        case Grain.DAY:
            return day(start)
        case Grain.WEEK:
            return t("week of {day}", day=day(start))
        case Grain.MONTH:
            return dates.format_skeleton("yMMM", start, locale=lang)
        case Grain.QUARTER:
            return dates.format_skeleton("yQQQ", start, locale=lang)
        case Grain.YEAR:
            return dates.format_skeleton("y", start, locale=lang)


def grain_name(grain: str) -> str:
    """Return the name of a bin width."""
    return {
        Grain.DAY: t("Day"),
        Grain.WEEK: t("Week"),
        Grain.MONTH: t("Month"),
        Grain.QUARTER: t("Quarter"),
        Grain.YEAR: t("Year"),
    }[Grain(grain)]


def moment(value: datetime) -> str:
    """Return a moment in the reader's time zone."""
    zone = dates.get_timezone(st.context.timezone or "UTC")
    return dates.format_datetime(value, format="medium", tzinfo=zone, locale=state.language())


def duration(seconds: float) -> str:
    """Return a length of time in its largest sensible unit."""
    return dates.format_timedelta(timedelta(seconds=max(seconds, 1)), threshold=1.2, locale=state.language())


def language_name(code: str) -> str:
    """Return the name of a language by its code."""
    return Locale.parse(state.language()).languages.get(code) or code or t("unknown")


def place_name(code: str) -> str:
    """Return the name of a jurisdiction where it is a territory's code."""
    return Locale.parse(state.language()).territories.get(code.upper()) or code


def place(locator: str) -> str:
    """Return where in a file something stands; names of sheets and files within it stay as they are."""
    words = {"line": t("line {n}"), "row": t("row {n}"), "item": t("item {n}"), "entry": t("entry {n}")}
    return re.sub(r"\b(line|row|item|entry) (\d+)$", lambda found: words[found[1]].format(n=found[2]), locator)


def bins(n: int, grain: Grain) -> str:
    """Return a length of so many bins in words: `3 months`."""
    if grain is Grain.QUARTER:
        return t("{n} quarters", n=number(n)) if n > 1 else t("1 quarter")
    # Babel knows the Chinese units in the short form only, which is the usual one there
    length = "short" if state.language().startswith("zh") else "long"
    return units.format_unit(n, f"duration-{grain.value}", length=length, locale=state.language())


def label_names(taxonomy: Taxonomy) -> dict[str, str]:
    """Return every label's name by id."""
    return {label.id: label_name(taxonomy, label.id) for label in taxonomy.labels}
