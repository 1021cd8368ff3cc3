"""Inputs for the options of a training method or a technique, made from the fields of their dataclasses."""

from collections.abc import Sequence

import streamlit as st

from core.domain.documents import Reason
from core.services.training_jobs import OptionField
from pages.shared.text import message

Values = dict[str, str | bool]


def draw(name: str, fields: Sequence[OptionField]) -> Values:
    """Draw options, two beside each other, and return their values as they were entered; they are checked together."""
    values: Values = {}
    for place in range(0, len(fields), 2):
        pair = zip(st.columns(2, vertical_alignment="bottom"), fields[place : place + 2], strict=False)
        for column, field in pair:
            with column:
                values[field.name] = _input(name, field)
    return values


def _input(name: str, field: OptionField) -> str | bool:
    """Draw one option as text, choice or toggle; a number is free text, so that all wrong ones are named at once."""
    label = f"{message(Reason(field.sentence)).rstrip('.。')}  `{field.name}`"
    key = f"{name}-{field.name}"
    if field.kind == "bool":
        return st.toggle(label, value=bool(field.default), key=key)
    if field.choices:
        return str(st.selectbox(label, field.choices, index=field.choices.index(str(field.default)), key=key))
    return st.text_input(label, value=f"{field.default}", key=key).strip()
