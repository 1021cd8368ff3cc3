"""Tables of what training measured: all versions at a glance, and one beside the champion."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.services.comparing import key_metrics
from core.services.registry import ListedModel
from pages.shared import address, data, widgets
from pages.shared.text import (
    label_path,
    language_name,
    measure_names,
    method_name,
    model_name,
    role_names,
    t,
)

F1 = st.column_config.NumberColumn(format="%.3f")
CHANGE = st.column_config.NumberColumn(format="%+.3f")


def versions(listed: Sequence[ListedModel]) -> None:
    """Draw a row a version with its main figures, named so shortly that all fit beside one another."""
    names = measure_names()
    short = names | {"off_topic": t("Off topic"), "calibration_error": t("Calibration")}
    rows = [
        {
            t("Version"): model_name(model.version.id),
            t("Role"): ", ".join(role_names(model.aliases)),
            t("Method"): method_name(model.version.method),
            t("Texts"): model.n_examples,
            t("Since"): model.version.created_at,
            **{short[name]: value for name, value in key_metrics(model.version.metrics).items()},
        }
        for model in listed
    ]
    held_out = t("Measured on texts that training had held out, each model's own.")
    figures = {
        short[name]: st.column_config.NumberColumn(
            format="%.3f", help=f"{names[name] if short[name] != names[name] else t('Macro F1')}. {held_out}"
        )
        for name in names
    }
    frame = pd.DataFrame(rows).astype({t("Texts"): "Int64"} | dict.fromkeys(figures, float))
    since = {t("Since"): st.column_config.DatetimeColumn(format="YYYY-MM-DD")}
    st.dataframe(frame, hide_index=True, width="stretch", placeholder="", column_config=figures | since)


def comparison(model: ListedModel) -> None:
    """Draw the figures of a version beside the champion's, of all held-out texts or those of one language."""
    found = data.compare_models("champion", model.version.id)
    known = [lang for lang in found.measures["lang"].unique() if lang != "all"]
    langs = {"all": t("All texts")} | {lang: language_name(lang) for lang in known}
    lang = widgets.choice(t("Language of the texts"), address.MEASURED, langs)
    st.caption(
        t(
            "F1 (macro on the levels), the share of off-topic texts left untagged, and calibration error, as training "
            "measured them on each model's own held-out texts. Two models that learnt from different texts were "
            "measured on different texts, so small differences say little."
        )
    )
    is_champion = found.champion.id == found.candidate.id
    taxonomy, measures = data.workspace().taxonomy, measure_names()
    levels = found.measures[found.measures["lang"] == lang].assign(name=lambda rows: rows["measure"].map(measures))
    _table(levels, t("Measure"), is_champion=is_champion)
    labels = found.labels[found.labels["lang"] == lang]
    _table(
        labels.assign(name=[label_path(taxonomy, label) for label in labels["label_id"]]),
        t("Label"),
        is_champion=is_champion,
        height=430,
    )


def _table(frame: pd.DataFrame, first: str, *, is_champion: bool, height: int | str = "content") -> None:
    """Draw figures side by side; the champion beside itself has one column."""
    own = {t("This version"): frame["candidate"]}
    config = {t("This version"): F1}
    counts = {t("Texts"): frame["n_candidate"].round().astype("Int64")}
    if not is_champion:
        change = frame["candidate"] - frame["champion"]
        change = change.mask(change.abs() < 0.0005, 0.0)  # else it reads -0.000
        own = {t("Champion"): frame["champion"], **own, t("Difference"): change}
        config |= {t("Champion"): F1, t("Difference"): CHANGE}
        counts = {t("Texts of the champion"): frame["n_champion"].round().astype("Int64"), **counts}
    st.dataframe(
        pd.DataFrame({first: frame["name"], **own, **counts}),
        hide_index=True,
        width="stretch",
        height=height,
        placeholder="–",
        column_config=config,
    )
