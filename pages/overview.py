"""Overview: the last period's story, what moved, signals, the three dimensions at a glance, the newest documents."""

import streamlit as st

from core import charts
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.trends.movement import Movement
from pages.shared import address, data, dimension_cards, findings, markup, state, story_text, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import label_names, model_name, number, plain, t

N_MOVERS = 8
N_NEWEST = 5


def draw() -> None:
    """Draw the facts, the movements, the dimensions and the newest documents."""
    st.title(t("Overview"))
    widgets.worker_banner()
    draw_facts()
    if data.period() is None:
        widgets.nothing_tagged()
        return
    draw_movement()
    draw_newest()


def draw_facts() -> None:
    """Draw how much there is, and say what waits."""
    facts = data.facts()
    if not facts.n_documents:
        return
    entries = [
        (t("Documents"), number(facts.n_documents)),
        (t("Stories"), number(facts.n_stories)),
        (t("Passages"), number(facts.n_passages)),
        (t("Without a date"), number(facts.n_undated)),
        (t("Waiting to be tagged"), number(facts.n_untagged)),
    ]
    with st.container(horizontal=True, gap="medium"):
        for figure in markup.figures(entries):
            st.html(figure, width="content")
    if facts.n_untagged:
        st.info(t("Documents waiting to be tagged: {n}. Charts leave them out until then.", n=number(facts.n_untagged)))
    if facts.model_version:
        model = plain(model_name(facts.model_version))
        st.caption(t("{model}, label tree {tree}.", model=model, tree=plain(facts.taxonomy_version)))


def draw_movement() -> None:
    """Draw the last period's story, what moved as chart and sentences, signals, and the dimensions below."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        heading = st.empty()
        grain = widgets.grain_picker(findings.GRAINS, findings.comparable_grain(), label_visibility="collapsed")
    heading.subheader(story_text.title(grain))
    movement = data.what_moved(grain=grain, chosen=Filter())
    if movement is None or not len(findings.comparable(movement)):
        widgets.empty(
            t("Too few stories to compare"),
            t("Two complete periods with at least 20 stories each are needed; choose a wider period."),
        )
    else:
        story_text.draw(grain)
        draw_movers(movement, grain)
        draw_signals(grain)
    dimension_cards.draw(movement, grain)


def draw_movers(movement: Movement, grain: Grain) -> None:
    """Draw the movers beside their sentences."""
    st.subheader(t("What moved"))
    taxonomy = data.workspace().taxonomy
    st.caption(findings.compared_periods(movement, grain))
    rows = findings.comparable(movement).head(N_MOVERS)
    with st.container(key="wide-movers"):
        chart, words = st.columns([6, 5], gap="large")
        with chart:
            figure = charts.movers(rows, names=label_names(taxonomy), text=chart_text(), dark=state.is_dark())
            st.plotly_chart(figure, theme=None, config=widgets.chart_config("trendvane-movers"), key="movers")
        with words:
            if not rows["significant"].any():
                st.write(t("Given how many labels are compared, chance may explain every change. The clearest were:"))
            curves = findings.sparklines(movement, grain)
            st.html(markup.findings(findings.sentences(movement, taxonomy), curves))


def draw_signals(grain: Grain) -> None:
    """Draw the signal map small, with the way to the whole."""
    paths = data.list_signals(grain=grain, chosen=Filter(), n_steps=1)
    if paths is None:
        return
    st.subheader(t("Signals"))
    names = label_names(data.workspace().taxonomy)
    figure = charts.signal_map(paths.last, names=names, text=chart_text(), dark=state.is_dark(), small=True)
    st.plotly_chart(figure, theme=None, config=widgets.chart_config("trendvane-signals"), key="signals-small")
    query = address.link(GRAIN=grain.value)
    st.page_link("pages/signals.py", label=t("All signals"), icon=":material/radar:", query_params=query)


def draw_newest() -> None:
    """Draw the documents that came in last."""
    st.subheader(t("Newest documents"))
    found = data.find_documents(DocumentFilter(), page_size=N_NEWEST, newest_added=True)
    widgets.document_rows(found.frame, DocumentFilter())
    query = address.link(PAGE=1)  # not an empty one: that would bring filters chosen before
    st.page_link("pages/documents.py", label=t("All documents"), icon=":material/article:", query_params=query)


if __name__ == "__main__":
    state.through_app(draw)
