"""A candidate against the champion on texts that neither learnt from: the gate's word, figures, disagreements.

What has to be tagged for that is a job's work: it goes on while the reader is elsewhere, and is kept text by text.
"""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain.documents import Reason
from core.domain.jobs import JobKind, JobState
from core.services import comparison_jobs, gate
from core.services.gate import Verdict
from core.services.jobs import JobSummary, list_jobs
from core.services.registry import ListedModel
from pages.shared import address, data, failures, model_disagreements, progress, widgets
from pages.shared.text import label_path, language_name, measure_names, message, model_name, number, plain, t

F1 = st.column_config.NumberColumn(format="%.3f")
CHANGE = st.column_config.NumberColumn(format="%+.3f")


def draw(model: ListedModel) -> None:
    """Draw the comparison of a version with the champion, or the way to it where it has not been made."""
    version = model.version.id
    with st.spinner(t("Looking for texts that neither model learnt from …")):
        tried = data.trial(version)
    if n_left := gate.count_unmeasured(data.workspace(), tried):
        draw_start(version, len(tried.texts), n_left)
        draw_job(version)
        return
    verdict = data.verdict(version)
    draw_verdict(verdict)
    draw_figures(verdict)
    model_disagreements.draw(version)


def draw_start(version: str, n_texts: int, n_left: int) -> None:
    """Draw what a comparison takes, and start it."""
    st.markdown(
        t(
            "Both models tag {n} labelled texts that neither learnt from. {left} taggings are left to do; a job does "
            "them, also while you are elsewhere, and what is done is kept.",
            n=number(n_texts),
            left=number(n_left),
        )
    )
    latest = _latest(version)
    if latest is not None and not latest.job.state.is_final:
        return
    if st.button(t("Compare with the champion"), type="primary", icon=":material/compare_arrows:"):
        with failures.shown():
            comparison_jobs.request_comparison(data.workspace(), version)
            st.rerun()


def draw_job(version: str) -> None:
    """Draw how the latest comparison of a version goes, live, or why it did not come to its end."""
    found = _latest(version)
    if found is None or found.job.state is JobState.SUCCEEDED:
        return
    widgets.worker_banner()

    def draw_once() -> bool:
        latest = _latest(version)
        if latest is None:
            return False
        with st.container(border=True, key="comparison-job"):
            progress.head(latest)
            progress.actions(latest)
        return not latest.job.state.is_final

    progress.live(draw_once, running=not found.job.state.is_final)


def outcome(summary: JobSummary) -> None:
    """Draw the way to the comparison that a job made."""
    if summary.job.state is JobState.SUCCEEDED:
        st.page_link(
            "pages/models.py",
            label=t("The comparison: {model}", model=plain(model_name(summary.job.title))),
            icon=":material/compare_arrows:",
            query_params=address.link(MODEL=summary.job.title, VIEW="comparison"),
        )


def _latest(version: str) -> JobSummary | None:
    found = list_jobs(data.workspace(), kind=JobKind.COMPARISON)
    return next((summary for summary in found if summary.job.title == version), None)


def said(reason: Reason) -> str:
    """Return a reason of the gate in the reader's language, labels and languages by name."""
    params = dict(reason.params)
    if "label" in params:
        params["label"] = label_path(data.workspace().taxonomy, params["label"])
    if "lang" in params:
        params["lang"] = language_name(params["lang"])
    return plain(message(Reason(reason.message, params)))


def draw_verdict(verdict: Verdict) -> None:
    """Draw the gate's word with its reasons, and what to know before believing it."""
    reasons = "\n".join(f"- {said(reason)}" for reason in verdict.reasons)
    if verdict.passed:
        st.success(t("**May take over.**") + f"\n\n{reasons}", icon=":material/check_circle:")
    else:
        st.error(t("**Should not take over.**") + f"\n\n{reasons}", icon=":material/block:")
    facts = [
        t("Measured on {n} labelled texts; intervals by drawing their stories anew 2,000 times.", n=number(verdict.n))
    ]
    if verdict.n_seen:
        facts.append(t("Left out, because one of the two had learnt from them: {n}.", n=number(verdict.n_seen)))
    st.caption(" ".join([*facts, *map(said, verdict.concerns)]))


def state_names() -> dict[str, str]:
    """Return what a difference is worth, in words."""
    return {
        "better": t("better"),
        "even": t("no clear difference"),
        "worse": t("clearly worse"),
        "unsure": t("lower, may be chance"),
        "few": t("too few texts"),
    }


def draw_figures(verdict: Verdict) -> None:
    """Draw macro F1 by level and language, then F1 of every label that occurs."""
    taxonomy = data.workspace().taxonomy
    levels = measure_names() | {gate.ALL: t("All labels")}
    figures = verdict.figures
    broad = figures[figures["scope"] != "label"]
    names = [
        levels[row["id"]] if row["scope"] == "level" else t("Aspects, {lang}", lang=language_name(row["id"]))
        for row in broad.to_dict("records")
    ]
    _table(broad, names, t("Macro F1"))
    labels = figures[figures["scope"] == "label"]
    _table(labels, [label_path(taxonomy, label) for label in labels["id"]], t("F1 of labels"), height=380)


def _table(figures: pd.DataFrame, names: Sequence[str], first: str, *, height: int | str = "content") -> None:
    states, change = state_names(), figures["difference"]
    table = pd.DataFrame(
        {
            first: names,
            t("Champion"): figures["champion"],
            t("This version"): figures["candidate"],
            t("Difference"): change.mask(change.abs() < 0.0005, 0.0),  # else it reads -0.000
            t("Interval from"): figures["low"],
            t("Interval to"): figures["high"],
            t("Texts"): figures["n"],
            t("Worth"): [states[state] for state in figures["state"]],
        }
    )
    numbers = dict.fromkeys((t("Champion"), t("This version")), F1)
    changes = dict.fromkeys((t("Difference"), t("Interval from"), t("Interval to")), CHANGE)
    st.dataframe(table, hide_index=True, width="stretch", height=height, column_config=numbers | changes)


def in_short(version: str) -> Verdict | None:
    """Return the gate's word on a version where it is known, None where nobody compared it with the champion."""
    if not gate.is_begun(data.workspace(), version):
        return None
    tried = data.trial(version)
    return None if gate.count_unmeasured(data.workspace(), tried) else data.verdict(version)
