"""Which labels are compared with each other: chosen ones, or all of a level of the tree."""

import streamlit as st

from core.domain.taxonomy import LabelKind
from pages.shared import address, data, widgets
from pages.shared.text import t

FEWEST = 2
KINDS = {
    "aspect": (LabelKind.ASPECT, LabelKind.SECTOR),
    "topic": (LabelKind.TOPIC,),
    "all": tuple(LabelKind),
}


def draw() -> list[str]:
    """Draw both choices and return the labels in tree order; fewer than two are as good as none."""
    names = {"aspect": t("Aspects and sectors"), "topic": t("Topics"), "all": t("All labels")}
    picker, levels = st.columns([6, 4], vertical_alignment="bottom")
    with picker:
        chosen = widgets.label_picker(t("Only these labels"), [])
    with levels:
        level = widgets.choice(t("Labels"), address.LEVEL, names, disabled=bool(chosen))
    if len(chosen) == 1:
        st.caption(t("Choose a second label; one alone has no relation."))
    wanted = set(chosen) if len(chosen) >= FEWEST else set()
    return [label.id for label in data.workspace().taxonomy.labels if _wanted(label.id, label.kind, wanted, level)]


def _wanted(label_id: str, kind: LabelKind, chosen: set[str], level: str) -> bool:
    return label_id in chosen if chosen else kind in KINDS[level]
