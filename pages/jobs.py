"""Jobs: what was asked for, how it goes, and what became of every file."""

import streamlit as st

from core.domain.jobs import JobKind
from core.services.jobs import get_job, list_jobs
from pages.shared import address, data, model_gate, progress, smaller, state, training_runs, widgets
from pages.shared.text import t


def draw() -> None:
    """Draw one job where it is asked for, else all of them."""
    job_id = address.ID.read()
    if job_id is not None:
        back = address.link()
        st.page_link("pages/jobs.py", label=t("All jobs"), icon=":material/arrow_back:", query_params=back)
        st.title(t("Job {id}", id=job_id))
        widgets.worker_banner()
        draw_job(job_id)
        return
    st.title(t("Jobs"))
    widgets.worker_banner()
    if not list_jobs(data.workspace(), limit=1):
        widgets.empty(
            t("No jobs yet"),
            t("Each import, each tagging of documents and each training shows here, with its progress."),
            page="pages/add_documents.py",
            label=t("Add documents"),
        )
        return
    draw_list()


def draw_list() -> None:
    """Draw all jobs, live while one of them runs."""

    def draw_once() -> bool:
        summaries = list_jobs(data.workspace())
        for summary in summaries:
            with st.container(border=True, key=f"job-{summary.job.id}"):
                progress.head(summary)
                query = address.link(ID=summary.job.id)
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link("pages/jobs.py", label=t("Details"), icon=":material/info:", query_params=query)
                    progress.actions(summary)
        return any(not summary.job.state.is_final for summary in summaries)

    running = any(not summary.job.state.is_final for summary in list_jobs(data.workspace()))
    progress.live(draw_once, running=running)


def draw_job(job_id: int) -> None:
    """Draw one job with its files, live while it runs."""

    def draw_once() -> bool:
        report = get_job(data.workspace(), job_id)
        progress.head(report.summary)
        progress.actions(report.summary, removing=True)
        if report.summary.job.kind is JobKind.TRAINING:
            training_runs.course(report.summary.job)
        elif report.summary.job.kind is JobKind.COMPRESSION:
            smaller.outcome(report.summary)
        elif report.summary.job.kind is JobKind.COMPARISON:
            model_gate.outcome(report.summary)
        else:
            progress.items(report)
        return not report.summary.job.state.is_final

    progress.live(draw_once, running=not get_job(data.workspace(), job_id).summary.job.state.is_final)


if __name__ == "__main__":
    state.through_app(draw)
