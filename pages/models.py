"""Models: the versions of the classifier, how they compare, and which one is the champion."""

import streamlit as st

from core.services import registry, smaller_versions
from core.services.registry import ListedModel
from pages.shared import (
    address,
    data,
    markup,
    model_actions,
    model_figures,
    model_gate,
    smaller,
    state,
    training_form,
    training_runs,
    widgets,
)
from pages.shared.text import day, duration, method_name, model_name, number, role_names, t

FIGURES, COMPARISON, CARD, HISTORY = "figures", "comparison", "card", "history"
VERSIONS, TRAIN = "versions", "train"


def draw() -> None:
    """Draw the versions, or the training of a new one."""
    st.title(t("Models"))
    st.caption(
        t("The champion's labels are shown everywhere. Every version keeps what it tagged, so going back is quick.")
    )
    sections = {VERSIONS: t("Versions"), TRAIN: t("Train")}
    if widgets.choice(t("Section"), address.SECTION, sections, label_visibility="collapsed") == TRAIN:
        draw_training()
    else:
        draw_versions()


def draw_training() -> None:
    """Draw the training under way, the form for a new one, and what the versions cost so far."""
    widgets.worker_banner()
    training_runs.draw()
    training_form.draw()
    training_runs.costs()


def draw_versions() -> None:
    """Draw all versions, then the chosen one with its figures, card and history."""
    model_actions.tagging_note()
    listed = data.models()
    model_figures.versions(listed)
    smaller.runs()
    with st.container(horizontal=True, gap="small"):
        model_actions.rollback_button()
        model_actions.import_popover()
    if len(listed) == 1:
        draw_next_step()
    draw_version(choose(listed))


def draw_next_step() -> None:
    """Say how a second model comes to be."""
    widgets.empty(
        t("Only one model so far"),
        t("Correct labels in documents, then train a model on them: it shows here as the candidate."),
        page="pages/models.py",
        label=t("Train a model"),
        query=address.link(SECTION=TRAIN),
    )


def choose(listed: list[ListedModel]) -> ListedModel:
    """Draw the choice of a version and return it; the newest candidate, else the champion, comes first."""
    by_id = {model.version.id: model for model in listed}
    by_alias = {alias: model.version.id for model in listed for alias in model.aliases}
    default = by_alias.get("candidate") or by_alias["champion"]
    with st.container(key="version", width=420):
        chosen = st.selectbox(
            t("Version"),
            list(by_id),
            format_func=lambda id_: "  ·  ".join([model_name(id_), *role_names(by_id[id_].aliases)]),
            **state.bound(address.MODEL, options=by_id, default=default),
        )
    return by_id[chosen or default]


def draw_version(model: ListedModel) -> None:
    """Draw the chosen version: its facts, what can be done with it, and one of the views."""
    details = registry.get_model(data.workspace(), model.version.id)
    st.html(markup.facts_line(facts(details)))
    if not model.has_files:
        st.warning(
            t("The files of this version are gone: what it tagged is kept, but it cannot tag what is new."),
            icon=":material/folder_off:",
        )
    model_actions.draw(model)
    is_compared = model.has_files and "champion" not in model.aliases
    compared = {COMPARISON: t("Comparison with the champion")} if is_compared else {}
    views = {FIGURES: t("Figures"), **compared, CARD: t("Model card"), HISTORY: t("Promotions")}
    view = widgets.choice(t("View"), address.VIEW, views, label_visibility="collapsed")
    if view == CARD:
        # brackets make links and pictures, and the card may come from anywhere
        st.markdown(details.card.replace("[", r"\[") or t("There is no card."))
    elif view == COMPARISON:
        model_gate.draw(model)
    elif view == HISTORY:
        model_actions.history()
    else:
        smaller.costs(smaller_versions.steps_of(data.workspace(), details))
        model_figures.comparison(model)


def facts(details: registry.ModelDetails) -> list[str]:
    """Return how a version came to be and what it has done."""
    version, described = details.listed.version, details.description
    made = described and [
        t("trained on {n} texts", n=number(described["n_examples"])),
        t("in {duration}", duration=duration(described["seconds"])),
        described["encoder_name"],
    ]
    return [
        method_name(version.method),
        *made,
        t("label tree {version}", version=version.taxonomy_version),
        t("since {day}", day=day(version.created_at.date())),
        t("{n} documents tagged", n=number(details.listed.n_tagged)),
    ]


if __name__ == "__main__":
    state.through_app(draw)
