"""How a training goes and what came of it: its curve, its remarks, the model version, and what each version cost."""

import pandas as pd
import streamlit as st

from core.charts import learning_curve
from core.domain.documents import Reason
from core.domain.jobs import Job, JobKind, JobState
from core.services.comparing import LEVELS
from core.services.documents import as_csv
from core.services.jobs import JobSummary, list_jobs
from core.services.training_costs import TrainedVersion, costs_frame
from core.services.training_jobs import training_curve
from pages.shared import address, data, progress, state, widgets
from pages.shared.chart_words import chart_text
from pages.shared.text import duration, measure_names, message, method_name, model_name, number, plain, t


def draw() -> None:
    """Draw the trainings that are under way or wait, else the latest that has ended; live while one goes on."""

    def draw_once() -> bool:
        shown = _shown()
        for summary in shown:
            with st.container(border=True, key=f"training-{summary.job.id}"):
                progress.head(summary)
                if summary.job.state is not JobState.QUEUED:
                    course(summary.job)
                progress.actions(summary)
        return any(not summary.job.state.is_final for summary in shown)

    progress.live(draw_once, running=any(not summary.job.state.is_final for summary in _shown()))


def _shown() -> list[JobSummary]:
    """Return the trainings that have not ended, in the order they are done; else the latest one."""
    latest = list_jobs(data.workspace(), kind=JobKind.TRAINING)
    return [summary for summary in reversed(latest) if not summary.job.state.is_final] or latest[:1]


def course(job: Job) -> None:
    """Draw a training's curve, its remarks and the version that came of it."""
    points = training_curve(data.workspace(), job.id)
    if not points.empty:
        figure = learning_curve(points, text=chart_text(), dark=state.is_dark())
        name = f"trendvane-training-{job.id}"
        st.plotly_chart(figure, theme=None, key=f"curve-{job.id}", config=widgets.chart_config(name))
    elif job.state is JobState.RUNNING:
        st.caption(t("The curve begins with the first steps; a linear head has none."))
    for remark in job.result.get("remarks", []):
        st.info(plain(message(Reason(**remark))), icon=":material/info:")
    if job.state is JobState.SUCCEEDED:
        _outcome(str(job.result.get("model_version", "")))
    elif job.state in (JobState.CANCELLED, JobState.FAILED):
        st.caption(t("Resuming goes on from the last checkpoint."))


def _outcome(version: str) -> None:
    found = next((made for made in data.trained() if made.version == version), None)
    if found is None:
        return
    aspects = found.macro_f1["aspect"]
    score = "–" if aspects is None else f"{aspects:.3f}"
    st.markdown(
        t(
            "**{model}** is trained: macro F1 of the aspects {score} on {n} texts that training did not see.",
            model=plain(model_name(version)),
            score=score,
            n=number(found.n_measured or 0),
        )
    )
    st.page_link(
        "pages/models.py",
        label=t("Compare it with the champion"),
        icon=":material/compare_arrows:",
        query_params=address.link(MODEL=version),
    )


def costs() -> None:
    """Draw what each registered version took to train and takes to keep, beside how good it is, with a download."""
    st.subheader(t("What the versions cost"))
    trained = data.trained()
    whole = [t("Texts measured"), t("Weights trained")]
    levels = [measure_names()[level] for level in LEVELS]
    frame = pd.DataFrame([_row(made) for made in trained]).astype(
        dict.fromkeys(whole, "Int64") | dict.fromkeys(levels, float)
    )
    config = {
        **dict.fromkeys(levels, st.column_config.NumberColumn(format="%.3f", help=t("Macro F1"))),
        t("Weights trained"): st.column_config.NumberColumn(format="localized"),
        t("CPU, s"): st.column_config.NumberColumn(format="%.0f", help=t("Time of all cores together.")),
        t("Memory, MB"): st.column_config.NumberColumn(
            format="%.0f", help=t("Most memory that the process held while it trained.")
        ),
        t("On disk, MB"): st.column_config.NumberColumn(format="%.1f"),
    }
    st.dataframe(frame, hide_index=True, width="stretch", placeholder="–", column_config=config)
    st.caption(
        t(
            "Macro F1 of each level as training measured it on the frozen test part, texts that it had set aside; "
            "times are of the machine that trained; – stands for what was not recorded."
        )
    )
    _download(trained)


def _download(trained: list[TrainedVersion]) -> None:
    facts = {"taxonomy_version": data.workspace().taxonomy.version, "language": state.language()}
    st.download_button(
        t("Download as CSV"),
        lambda: as_csv(costs_frame(trained), facts=facts),
        file_name="trendvane-training-costs.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv-costs",
    )


def _row(made: TrainedVersion) -> dict[str, object]:
    names = measure_names()
    return {
        t("Version"): model_name(made.version),
        t("Method"): method_name(made.method),
        **{names[level]: made.macro_f1[level] for level in LEVELS},
        t("Texts measured"): made.n_measured,
        t("Time"): duration(made.seconds) if made.seconds else None,
        t("CPU, s"): made.cpu_seconds,
        t("Memory, MB"): made.peak_bytes / 1e6 if made.peak_bytes else None,
        t("Weights trained"): made.n_trainable,
        t("On disk, MB"): made.disk_bytes / 1e6 if made.disk_bytes else None,
    }
