"""Which labels of a document the reader shows: those of the whole text or of one passage, and the chosen one."""

from dataclasses import dataclass

import streamlit as st

from core.domain.annotations import Labelling
from core.services.documents import Reading
from pages.shared import address, data, state
from pages.shared.text import bare_name, label_name, number, t

OPENING_CHARACTERS = 50


@dataclass(frozen=True)
class Place:
    """A document, or one passage of it, with its labels and their probabilities."""

    document_id: int
    passage: int | None
    """Ordinal, from 0."""
    labelling: Labelling
    probabilities: dict[str, float]

    @property
    def options(self) -> list[str]:
        """Return the labels to choose among: the most specific first, then their parents, then those taken away."""
        taxonomy = data.workspace().taxonomy
        known = [label for label in self.labelling.labels if label in taxonomy.by_id]
        implied = {parent for label in known for parent in taxonomy.ancestors(label)}
        ranked = sorted(self.labelling.labels, key=lambda label: (label in implied, -self.probabilities.get(label, 0)))
        return [*ranked, *self.labelling.removed]


def pick_place(reading: Reading) -> Place:
    """Draw the choice between the whole document and its passages where there are several; return what is chosen."""
    passages = reading.tagging.passages if reading.tagging else ()
    whole = Place(reading.id, None, reading.labelling, reading.tagging.probabilities if reading.tagging else {})
    if len(passages) < 2:
        return whole
    chosen = st.selectbox(
        t("Labels of"),
        list(range(1, len(passages) + 1)),
        index=None,
        placeholder=t("The whole document"),
        format_func=lambda n: t("Passage {n}: {words}", n=number(n), words=opening(reading, n - 1)),
        **state.bound(address.PASSAGE, options=range(1, len(passages) + 1)),
    )
    if chosen is None:
        return whole
    passage = passages[chosen - 1]
    return Place(reading.id, chosen - 1, passage.labelling, passage.probabilities)


def opening(reading: Reading, ordinal: int) -> str:
    """Return the first words of a passage."""
    passage = reading.tagging.passages[ordinal] if reading.tagging else None
    start, end = (passage.start, passage.end) if passage else (0, 0)
    return " ".join(reading.text[start : min(end, start + OPENING_CHARACTERS)].split())


def pick_label(place: Place, *, tagged: bool) -> str:
    """Draw the labels of a place as a choice and return the chosen one, or '' where there is none."""
    options = place.options
    if not options:
        if not tagged:
            return ""
        if place.passage is None and not place.labelling.human:
            st.write(t("The model finds none of the labels in this text: it counts as off topic."))
        else:
            st.write(t("No label holds for this passage."))
        return ""
    chosen = st.pills(
        t("Show the passages of"),
        options,
        format_func=lambda label_id: signed_name(place.labelling, label_id),
        wrap=True,
        **state.bound(address.EVIDENCE, options=options, default=options[0]),
    )
    return str(chosen or "")


def signed_name(labelling: Labelling, label_id: str) -> str:
    """Return a label's name, with a ✓ where a human confirmed or added it and a ✕ where one took it away."""
    taxonomy = data.workspace().taxonomy
    sign = "✓" if label_id in labelling.human else "✕" if label_id in labelling.removed else ""
    return f"{sign} {bare_name(taxonomy, label_id)}" if sign else label_name(taxonomy, label_id)
