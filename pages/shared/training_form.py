"""Asking for a training: what to learn from, by which method, with which options, and how long it will take."""

import streamlit as st

from core.domain.documents import Reason
from core.services import training_jobs
from core.services.training_estimate import estimate_training
from core.services.training_jobs import TrainingMethod
from pages.shared import address, data, failures, option_inputs, state, training_mix
from pages.shared.text import duration, message, method_name, number, t

DEFAULT_METHOD = "lora"
FIRST = ("epochs", "learning_rate", "rank", "loss", "adversary", "prompt_tokens", "penalty", "folds")
"""Options that most users may want to change; the rest are in an expander."""
N_FIRST = 4


def draw() -> None:
    """Draw the form; its button queues the training."""
    st.subheader(t("What to learn from"))
    mix, report = training_mix.draw()
    st.subheader(t("How to learn"))
    method = choose()
    values = options(method)
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            t("Start training"), type="primary", icon=":material/play_arrow:", disabled=bool(report.problems)
        )
        st.caption(expected(method, values, report.n), width="content")
    if asked:
        with failures.shown():
            training_jobs.request_training(data.workspace(), method.name, values, mix)
            st.toast(t("The training is queued."), icon=":material/check_circle:")
            st.rerun()


def choose() -> TrainingMethod:
    """Draw the methods, a sentence on each, and return the chosen one."""
    methods = {method.name: method for method in training_jobs.list_methods()}
    chosen = st.radio(
        t("Method"),
        list(methods),
        format_func=method_name,
        captions=[message(Reason(method.sentence)) for method in methods.values()],
        **state.bound(address.METHOD, options=methods, default=DEFAULT_METHOD),
    )
    return methods[chosen or DEFAULT_METHOD]


def options(method: TrainingMethod) -> option_inputs.Values:
    """Draw a method's options, few first, and return their values as they were entered; they are checked together."""
    names = [field.name for field in method.fields]
    first = [name for name in FIRST if name in names][:N_FIRST]
    by_name = {field.name: field for field in method.fields}
    values = option_inputs.draw(f"train-{method.name}", [by_name[name] for name in first])
    rest = [field for field in method.fields if field.name not in first]
    with st.expander(t("More options ({n})", n=number(len(rest)))):
        return values | option_inputs.draw(f"train-{method.name}", rest)


def expected(method: TrainingMethod, values: option_inputs.Values, n_texts: int) -> str:
    """Return how long the training will take, and what that estimate rests on."""
    found = estimate_training(data.workspace(), method.name, values, n_texts)
    if found is None:
        return t("No estimate of the time: nothing was trained or tagged here so far, or an option is wrong.")
    words = {"duration": duration(found.seconds), "n": number(found.n)}
    if found.from_trainings:
        return t("About {duration}: an estimate from the last trainings by this method here ({n}).", **words)
    return t("About {duration}: a rough estimate from how fast this machine tags (jobs: {n}).", **words)
