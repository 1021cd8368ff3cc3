"""Why a label: the words that carry it, what would have changed the decision, and the labelled texts nearest to it.

Asking the model takes a second or two, and loads it the first time; nothing is asked before the reader wants to know.
"""

import streamlit as st

from core.charts import label_color
from core.services.documents import Reading
from core.services.explaining import PassageExplanation
from core.services.similar_texts import LabelledText, SimilarTexts, similar_texts
from core.services.workspace import revision
from pages.shared import address, data, markup, reasons, state
from pages.shared.label_choice import Place
from pages.shared.text import joined, label_path, language_name, number, percent, points, t

N_NEAREST = 3
"""Labels nearest to their thresholds that can be explained, too."""
LEAST = 0.005
"""A word that moves the probability by less is not shown."""


def offer(reading: Reading, place: Place, label: str) -> None:
    """Draw the button that opens the explanation of the chosen label, or of the nearest one, and closes it again."""
    explainable = options(reading, place, label)
    if explainable:
        now_open = bool(address.WHY.read())
        st.button(
            t("Why?") if label else t("Why none?"),
            icon=":material/help:",
            key="why",
            shortcut="W",
            type="primary" if now_open else "secondary",
            help=t("Which words carry the label, and what would have changed the decision."),
            on_click=address.WHY.set,
            args=("" if now_open else explainable[0],),
        )


def options(reading: Reading, place: Place, label: str) -> list[str]:
    """Return the labels that can be explained: the chosen one, then those that came nearest to their thresholds."""
    if reading.tagging is None:
        return []
    thresholds, labelling = reading.tagging.thresholds, place.labelling
    missed = [id_ for id_ in thresholds if id_ not in (label, *labelling.labels, *labelling.removed)]
    missed.sort(key=lambda id_: -place.probabilities.get(id_, 0.0) / max(thresholds[id_], 1e-6))
    return [*([label] if label in thresholds else []), *missed[:N_NEAREST]]


def draw(reading: Reading, place: Place, label: str) -> None:
    """Draw the explanation where it is wanted."""
    explainable = options(reading, place, label)
    if not address.WHY.read() or not explainable:
        return
    if address.WHY.read() not in explainable:  # another label or document was chosen since
        address.WHY.set(explainable[0])
    with st.container(border=True, key="why-panel"):
        picked = st.selectbox(
            t("Why, or why not"),
            explainable,
            format_func=lambda id_: option_name(reading, place, id_),
            **state.bound(address.WHY, options=explainable, default=explainable[0]),
        )
        with st.spinner(t("The model reads the passage with and without its words …")):
            explanation = data.explain(reading, str(picked), passage=place.passage)
        st.html(
            markup.findings(
                [*reasons.verdict(reading, explanation, str(picked)), *reasons.change(explanation, str(picked))]
            )
        )
        draw_words(explanation, str(picked))
        st.toggle(t("Similar labelled texts"), **state.bound(address.SIMILAR))
        if address.SIMILAR.read():
            draw_similar(reading, place, str(picked))
        with st.expander(t("How is this computed?")):
            st.html(markup.findings(reasons.how()))


def option_name(reading: Reading, place: Place, label: str) -> str:
    """Return a label with its probability and what it needs."""
    needed = reading.tagging.thresholds[label] if reading.tagging else 0.0
    return t(
        "{label}: {p}, {needed} needed",
        label=label_path(data.workspace().taxonomy, label),
        p=percent(place.probabilities.get(label, 0.0), decimals=0),
        needed=percent(needed, decimals=0),
    )


def draw_words(explanation: PassageExplanation, label: str) -> None:
    """Draw the passage with the words marked that move the probability, and these words in figures."""
    found = explanation.found
    weighed = [(word, word.without.probability) for word in (*found.words_for, *found.words_against) if word.without]
    moved = [(word, p) for word, p in weighed if abs(p - found.outcome.probability) >= LEAST]
    if explanation.n_passages > 1:
        facts = {"n": number(explanation.ordinal + 1), "total": number(explanation.n_passages)}
        st.caption(t("Passage {n} of {total}, with the title before it", **facts))
    marks = [
        markup.WordMark(start, end, p - found.outcome.probability) for word, p in moved for start, end in word.spans
    ]
    st.html(markup.weighed_text(explanation.text, marks, label_color(label)))
    if not moved:
        st.caption(t("No single word moves the probability by half a point; together they may."))
        return
    st.caption(t("Shaded and underlined: words that speak for the label. Dotted: words that speak against it."))
    header = [t("Word"), t("Times"), t("Probability without it"), t("Change, in points")]
    rows = [
        [word.text, number(len(word.spans)), percent(p), points(p - found.outcome.probability)] for word, p in moved
    ]
    st.html(markup.words_table(header, rows))


def draw_similar(reading: Reading, place: Place, label: str) -> None:
    """Draw the labelled texts nearest to the passage; the first time for a label takes a while, and says how long."""
    bar = st.empty()

    def on_progress(done: int, total: int) -> None:
        said = t("The first time for a label, its texts are read: {n} of {total}", n=number(done), total=number(total))
        bar.progress(done / total, text=said)

    def find() -> SimilarTexts:
        return similar_texts(data.workspace(), reading.id, label, passage=place.passage, on_progress=on_progress)

    found = state.once("similar", f"{reading.id}|{label}|{place.passage}|{revision(data.workspace())}", find)
    bar.empty()
    if not found.texts:
        st.caption(t("No labelled text has this label."))
        return
    facts = {"n": number(found.n_compared), "total": number(found.n_labelled)}
    compared = t("The nearest of {n} labelled texts, of {total} that have this label.", **facts)
    learnt = t("The model learnt from the bundled ones.") if found.learnt else t("The model may not have seen them.")
    st.caption(joined([compared, learnt]))
    for text, cosine in found.texts:
        draw_labelled(text, cosine, same=text.text == found.read)


def draw_labelled(text: LabelledText, cosine: float, *, same: bool) -> None:
    """Draw one labelled text: how near it is, where it comes from, its opening, its labels."""
    corrected = text.document_id is not None
    facts = [
        t("similarity {value}", value=number(round(cosine, 3))),
        t("this very text") if same else "",
        t("corrected document {id}", id=text.document_id) if corrected else t("bundled text {id}", id=text.id),
        language_name(text.lang),
    ]
    st.html(markup.row(facts, text.text, markup.chips(data.workspace().taxonomy, text.labels)))
