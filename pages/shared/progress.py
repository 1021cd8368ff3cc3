"""How a job goes, live while it runs, and what can be done with it."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.domain.documents import Reason
from core.domain.jobs import ItemStatus, Job, JobKind, JobState, Phase
from core.services import imports, jobs
from core.services.documents import as_csv
from core.services.jobs import JobReport, JobSummary
from pages.shared import address, data, failures
from pages.shared.text import (
    duration,
    message,
    method_name,
    model_name,
    moment,
    number,
    place,
    plain,
    t,
    technique_name,
)

REFRESH_SECONDS = 1.5
STATE_COLORS = {
    JobState.QUEUED: "gray",
    JobState.RUNNING: "blue",
    JobState.SUCCEEDED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "orange",
}


def live(draw: Callable[[], bool], *, running: bool) -> None:
    """Draw, and draw again while something runs, which `draw` returns; the whole page follows at the end."""

    def once_more() -> None:
        with failures.shown():
            if running and not draw():
                st.rerun()
            elif not running:
                draw()

    st.fragment(once_more, run_every=REFRESH_SECONDS if running else None)()


def state_name(value: JobState) -> str:
    """Return the name of a job's state."""
    return {
        JobState.QUEUED: t("Waiting"),
        JobState.RUNNING: t("Running"),
        JobState.SUCCEEDED: t("Finished"),
        JobState.FAILED: t("Failed"),
        JobState.CANCELLED: t("Cancelled"),
    }[value]


def status_name(value: ItemStatus) -> str:
    """Return the name of what became of a file."""
    return {
        ItemStatus.WAITING: t("Waiting"),
        ItemStatus.READING: t("Being read"),
        ItemStatus.ADDED: t("Added"),
        ItemStatus.DUPLICATE: t("Already there"),
        ItemStatus.REFUSED: t("Refused"),
    }[value]


def title(summary: JobSummary) -> str:
    """Return what a job does, as Markdown."""
    job = summary.job
    if job.kind is JobKind.TAGGING:
        return t("Tagging: {model}", model=plain(model_name(job.title)))
    if job.kind is JobKind.TRAINING:
        return t("Training: {method}", method=plain(method_name(job.title)))
    if job.kind is JobKind.COMPRESSION:
        made = {"technique": technique_name(job.title), "model": plain(model_name(job.params["model_version"]))}
        return t("Making {model} smaller: {technique}", **made)
    if job.kind is JobKind.COMPARISON:
        return t("Comparison with the champion: {model}", model=plain(model_name(job.title)))
    return t("Import of {name}", name=plain(job.title))


def head(summary: JobSummary) -> None:
    """Draw a job's state, its progress and its sums."""
    job, counts = summary.job, summary.counts
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(state_name(job.state), color=STATE_COLORS[job.state])
        st.markdown(f"**{title(summary)}**", width="content")
        st.caption(moment(job.created_at), width="content")
    if job.state is JobState.RUNNING:
        st.progress(min(job.n_done / job.n_total, 1.0) if job.n_total else 0.0, text=_progress_text(summary))
    if job.kind is JobKind.IMPORT:
        st.caption(_sums(counts))
    if job.error:
        st.error(plain(message(job.error)), icon=":material/error:")


def _progress_text(summary: JobSummary) -> str:
    job = summary.job
    if job.cancel_requested:
        return t("Stopping after the current batch …")
    text = _phase_text(job)
    if summary.seconds_left is not None:
        text += "  ·  " + t("about {duration} left", duration=duration(summary.seconds_left))
    return text


def _phase_text(job: Job) -> str:
    done = {"done": number(job.n_done), "total": number(job.n_total)}
    match job.phase:
        case Phase.TAGGING:
            return t("Tagging: {done} of {total} documents", **done)
        case Phase.READING if job.kind in (JobKind.TRAINING, JobKind.COMPRESSION):
            return t("Reading: {done} of {total} texts", **done)
        case Phase.READING:
            return t("Reading: {done} of {total} files", **done)
        case Phase.TRAINING:
            return t("Training: step {done} of {total}", **done)
        case Phase.EVALUATING:
            return t("Evaluating: {done} of {total} texts", **done)
        case Phase.CALIBRATING:
            return t("Looking for the scales: {done} of {total} texts", **done)
        case Phase.MEASURING:
            return t("Trying to do without a layer: {done} of {total} tries", **done)
        case Phase.FITTING:
            return t("Fitting the head: {done} of {total} texts", **done)
        case Phase.COMPARING:
            return t("Comparing: {done} of {total} texts", **done)
        case _:
            return t("Starting …")


def _sums(counts: dict[str, int]) -> str:
    parts = [
        t("Documents: {n}", n=number(counts["n_documents"])),
        t("Passages: {n}", n=number(counts["n_passages"])),
        t("Already there: {n}", n=number(counts["n_duplicates"])),
    ]
    if counts["n_problems"]:
        parts.append(t("Remarks: {n}", n=number(counts["n_problems"])))
    if counts["n_refused"]:
        parts.append(t("Files refused: {n}", n=number(counts["n_refused"])))
    return "  ·  ".join(parts)


def actions(summary: JobSummary, *, removing: bool = False) -> None:
    """Draw what can be done with a job in its state, and do it; `removing` adds what takes something away."""
    job, counts = summary.job, summary.counts
    ws = data.workspace()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not job.state.is_final and not job.cancel_requested:
            _action(t("Cancel"), "cancel", job.id, lambda: jobs.cancel(ws, job.id))
        if job.state in (JobState.CANCELLED, JobState.FAILED):
            _action(t("Resume"), "resume", job.id, lambda: jobs.resume(ws, job.id))
        if job.state.is_final and counts["n_refused"]:
            _action(t("Retry refused files"), "retry", job.id, lambda: jobs.retry_refused(ws, job.id))
        if counts["n_documents"]:
            query = address.link(JOB=job.id)
            st.page_link("pages/documents.py", label=t("Its documents"), icon=":material/article:", query_params=query)
        if removing and job.state.is_final and counts["n_documents"]:
            _undo(job.id, counts["n_documents"])
        if removing and job.state.is_final:
            _action(t("Remove from the list"), "remove", job.id, lambda: jobs.remove(ws, job.id), leave=True)


def _action(label: str, name: str, job_id: int, act: Callable[[], object], *, leave: bool = False) -> None:
    if st.button(label, key=f"{name}-{job_id}"):
        act()
        if leave:
            address.clear((address.ID, address.JOB))
        st.rerun()


def _undo(job_id: int, n_documents: int) -> None:
    """Draw the undoing of an import, which asks first."""
    with st.popover(t("Undo this import")):
        st.write(
            t(
                "This removes {n} documents that the import added, with their passages and tags. "
                "The files themselves stay where they are.",
                n=number(n_documents),
            )
        )
        _action(t("Remove these documents"), "undo", job_id, lambda: imports.undo_import(data.workspace(), job_id))


def items_frame(report: JobReport) -> pd.DataFrame:
    """Return one row for each file and one for each remark on a record, with reasons in words."""
    rows = []
    for item in report.items:
        reason = message(item.reason) if item.reason else ""
        counts = (item.n_documents, item.n_passages, item.n_duplicates)
        rows.append((item.name, "", status_name(item.status), reason, *counts))
        for problem in item.problems:
            reason = message(Reason(**{name: problem[name] for name in ("message", "params")}))
            rows.append((item.name, place(problem["locator"]), t("Remark"), reason, None, None, None))
    names = [t("File"), t("Place"), t("Status"), t("Reason"), t("Documents"), t("Passages"), t("Already there")]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype(dict.fromkeys(names[4:], "Int64"))


def panel(job_id: int) -> None:
    """Draw one job in short, live while it runs, with the files that were refused at its end."""
    workspace = data.workspace()

    def draw_once() -> bool:
        report = jobs.get_job(workspace, job_id)
        with st.container(border=True):
            head(report.summary)
            query = address.link(ID=job_id)
            st.page_link("pages/jobs.py", label=t("Details"), icon=":material/info:", query_params=query)
            if report.summary.job.state.is_final:
                refusals(report)
        return not report.summary.job.state.is_final

    live(draw_once, running=not jobs.get_job(workspace, job_id).summary.job.state.is_final)


def refusals(report: JobReport) -> None:
    """Draw the files of an ended import that were refused, each with its reason."""
    for item in report.items:
        if item.status is ItemStatus.REFUSED and item.reason:
            reason = message(item.reason)
            name = "" if item.name in reason else f"**{plain(item.name)}**  "
            st.error(f"{name}{plain(reason)}", icon=":material/error:")


def items(report: JobReport) -> None:
    """Draw what became of each file, with a download."""
    frame = items_frame(report)
    widths = {t("File"): 220, t("Place"): 90, t("Status"): 90, t("Reason"): 420} if frame[t("Reason")].any() else {}
    columns = {name: st.column_config.Column(width=width) for name, width in widths.items()}
    st.dataframe(frame, hide_index=True, width="stretch", placeholder="", column_config=columns)
    job = report.summary.job
    st.download_button(
        t("Download as CSV"),
        as_csv(frame, facts={t("Job"): str(job.id), t("Title"): job.title, t("State"): state_name(job.state)}),
        file_name=f"trendvane-job-{job.id}.csv",
        mime="text/csv",
        icon=":material/download:",
    )
