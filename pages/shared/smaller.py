"""Making a version smaller: the form behind a button, how such jobs go, and what smaller versions cost."""

import pandas as pd
import streamlit as st

from core.domain.documents import Reason
from core.domain.jobs import JobKind, JobState
from core.services import compression_jobs
from core.services.compression_jobs import CompressionTechnique
from core.services.jobs import JobSummary, list_jobs
from core.services.registry import ListedModel
from core.services.smaller_versions import MadeSmaller
from pages.shared import address, data, failures, option_inputs, progress
from pages.shared.text import duration, measure_names, message, model_name, number, percent, plain, t, technique_name


def popover(model: ListedModel) -> None:
    """Draw the form that makes a version smaller; its button queues a job."""
    with st.popover(t("Make smaller …"), icon=":material/compress:", disabled=not model.has_files):
        st.caption(t("What comes of it is a version of its own; this one stays as it is."))
        technique = _choose()
        values = option_inputs.draw(f"smaller-{technique.name}", technique.fields)
        st.caption(_expected(model, technique, values))
        if st.button(t("Make it smaller"), type="primary"):
            with failures.shown():
                compression_jobs.request_compression(data.workspace(), model.version.id, technique.name, values)
                st.toast(t("The job is queued."), icon=":material/check_circle:")
                st.rerun()


def _choose() -> CompressionTechnique:
    techniques = {technique.name: technique for technique in compression_jobs.list_techniques()}
    chosen = st.radio(
        t("Technique"),
        list(techniques),
        format_func=technique_name,
        captions=[message(Reason(technique.sentence)) for technique in techniques.values()],
        key="smaller-technique",
    )
    return techniques[chosen]


def _expected(model: ListedModel, technique: CompressionTechnique, values: option_inputs.Values) -> str:
    """Return how long it will take, and what that estimate rests on."""
    found = compression_jobs.estimate_compression(data.workspace(), model.version, technique.name, values)
    if found is None:
        return t("No estimate of the time: nothing was tagged here so far, or an option is wrong.")
    words = {"duration": duration(found.seconds), "n": number(found.n)}
    if found.from_compressions:
        return t("About {duration}: an estimate from the last jobs with the same options here ({n}).", **words)
    return t("About {duration}: a rough estimate from how fast this machine tags (jobs: {n}).", **words)


def runs() -> None:
    """Draw the jobs that make versions smaller: those that have not ended, else the latest; live while one goes on."""

    def draw_once() -> bool:
        shown = _shown()
        for summary in shown:
            with st.container(border=True, key=f"smaller-job-{summary.job.id}"):
                progress.head(summary)
                outcome(summary)
                progress.actions(summary)
        return any(not summary.job.state.is_final for summary in shown)

    progress.live(draw_once, running=any(not summary.job.state.is_final for summary in _shown()))


def _shown() -> list[JobSummary]:
    latest = list_jobs(data.workspace(), kind=JobKind.COMPRESSION)
    return [summary for summary in reversed(latest) if not summary.job.state.is_final] or latest[:1]


def outcome(summary: JobSummary) -> None:
    """Draw the way to the version that a job came to."""
    version = summary.job.result.get("model_version")
    if summary.job.state is JobState.SUCCEEDED and version:
        st.page_link(
            "pages/models.py",
            label=t("What it cost: {model}", model=plain(model_name(version))),
            icon=":material/table_chart:",
            query_params=address.link(MODEL=version, VIEW="figures"),
        )


def costs(made: list[MadeSmaller]) -> None:
    """Draw what each step of making a version smaller changed, the last one first; nothing where there was none."""
    for step in made:
        what = {"technique": technique_name(step.technique), "model": plain(model_name(step.origin))}
        st.markdown(t("**Made smaller: {technique}**, from {model}", **what))
        st.dataframe(_table(step), hide_index=True, width="content", placeholder="–")
        st.caption(_kept(step))


def _table(step: MadeSmaller) -> pd.DataFrame:
    """Return size, speed and F1 before and after, in words, as the units differ."""
    rows = [(t("Weights and tokenizer, MB"), *(_written(x and x / 2**20, 0) for x in step.n_bytes))]
    rows.append((t("Texts a second of processor time"), *(_written(x, 1) for x in step.texts_per_second)))
    names = measure_names()
    rows += [
        (t("Macro F1: {measure}", measure=names[level]), *(_written(x, 3) for x in pair))
        for level, pair in step.macro_f1.items()
    ]
    return pd.DataFrame(rows, columns=[t("Figure"), t("Before"), t("After")])


def _written(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:,.{decimals}f}"


def _kept(step: MadeSmaller) -> str:
    shares = (step.equal_decisions, step.equal_labels, step.equal_texts)
    decisions, labels, texts = ("–" if x is None else percent(x, decimals=2) for x in shares)
    said = t(
        "On {n} texts that nothing was learnt from, {decisions} of all decisions (text and label) are unchanged, "
        "{labels} of the labels given (as F1), and {texts} of the texts have all labels the same. Speed: {n_timed} of "
        "them, both in turns.",
        n=number(step.n or 0),
        n_timed=number(step.n_timed or 0),
        decisions=decisions,
        labels=labels,
        texts=texts,
    )
    if step.n_measured:
        said += " " + t("F1 on the same {n} held-out texts.", n=number(step.n_measured))
    else:
        said += " " + t("F1 after was not measured: the texts that the model learnt from are not here.")
    return said
