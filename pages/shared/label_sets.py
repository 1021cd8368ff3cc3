"""Whole branches of the label tree to compare in one click."""

import streamlit as st

from core.domain.taxonomy import LabelKind, Taxonomy
from pages.shared import address, data
from pages.shared.text import label_name, t


def draw() -> None:
    """Draw the sets as a menu; choosing one writes its labels to the URL."""
    sets = label_sets(data.workspace().taxonomy)
    with st.popover(t("Label sets"), icon=":material/account_tree:"):
        st.caption(t("Compare a whole branch of the label tree."))
        with st.container(gap=None, key="label-sets"):
            st.button(t("What moved most"), type="tertiary", on_click=address.clear, args=((address.LABELS,),))
            for name, labels in sets:
                st.button(name, key=f"set:{name}", type="tertiary", on_click=_choose, args=(labels,))


def label_sets(taxonomy: Taxonomy) -> list[tuple[str, list[str]]]:
    """Return (name, label ids) of the dimensions, of each label with several children, and of the sectors."""
    found = [(t("The three dimensions"), [label.id for label in taxonomy.of_kind(LabelKind.DIMENSION)])]
    for label in taxonomy.labels:
        children = [child.id for child in taxonomy.children(label.id)]
        if len(children) > 1:
            name = f"{'› ' * len(taxonomy.ancestors(label.id))}{label_name(taxonomy, label.id)} ({len(children)})"
            found.append((name, children))
    kinds = {t("Sectors"): LabelKind.SECTOR, t("All aspects"): LabelKind.ASPECT, t("All topics"): LabelKind.TOPIC}
    return [*found, *((name, [label.id for label in taxonomy.of_kind(kind)]) for name, kind in kinds.items())]


def _choose(labels: list[str]) -> None:
    address.LABELS.set(labels)
    address.clear(())  # the point on view belongs to the labels before
