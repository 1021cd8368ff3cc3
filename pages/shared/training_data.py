"""What a training learns from, as a report: counts, gaps, contradictions; and the imported sets, in and out."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from core.domain.documents import Problem
from core.services import labelled_sets
from core.services.contradictions import Contradiction, Resolution, Side
from core.services.label_sources import CORRECTION, IMPORT
from core.services.training_data import FEW_EXAMPLES, PARTS, DataReport
from pages.shared import data, failures, state
from pages.shared.model_disagreements import reader_address
from pages.shared.text import label_name, label_path, language_name, message, number, place, plain, t

SHOWN = 50
"""Contradictions and refused records that are listed; the rest are counted."""


def source_name(source: str) -> str:
    """Return what a source of labelled texts is called."""
    names = {CORRECTION: t("Corrections"), "training": t("Bundled texts"), "chronicle": t("Bundled chronicle")}
    return names.get(source, source.removeprefix(IMPORT))


def draw_report(report: DataReport) -> None:
    """Draw how many texts there are of what, what keeps a model from learning, and what contradicts itself."""
    for problem in report.problems:
        st.error(plain(message(problem)), icon=":material/block:")
    sources = [f"{plain(source_name(source))} {number(n)}" for source, n in report.sources.items()]
    st.markdown(t("Texts: {n}", n=number(report.n)) + (f" ({', '.join(sources)})" if sources else ""))
    if report.n_repeated:
        st.caption(
            t(
                "{n} more are left out: their story is there already, with more authority.",
                n=number(report.n_repeated),
            )
        )
    if report.n:
        draw_gaps(report)
        with st.expander(t("Texts by label, language and part"), icon=":material/table:"):
            draw_counts(report)
    if report.contradictions:
        draw_contradictions(report.contradictions)


def draw_gaps(report: DataReport) -> None:
    """Name the labels that have no texts or few to learn from."""
    taxonomy = data.workspace().taxonomy

    def names(label_ids: tuple[str, ...]) -> str:
        return ", ".join(plain(label_name(taxonomy, label_id)) for label_id in label_ids)

    if report.untaught:
        words = t("No text to learn from, so the model hardly gives them: {labels}", labels=names(report.untaught))
        st.warning(words, icon=":material/warning:")
    if report.few:
        words = t("Fewer than {n} texts to learn from: {labels}", n=FEW_EXAMPLES, labels=names(report.few))
        st.warning(words, icon=":material/warning:")


def draw_counts(report: DataReport) -> None:
    """Draw how many texts of each label and language are learnt from, calibrate, and are measured on."""
    taxonomy, counts = data.workspace().taxonomy, report.counts
    parts = dict(zip(PARTS, (t("Learnt from"), t("Calibrate"), t("Measured on")), strict=True))
    table = pd.DataFrame(
        {
            t("Label"): [label_path(taxonomy, label) if label else t("no label") for label in counts["label_id"]],
            t("Language"): [language_name(lang) for lang in counts["lang"]],
            **{name: counts[part] for part, name in parts.items()},
        }
    )
    st.dataframe(table, hide_index=True, width="stretch", height=320)


def draw_contradictions(found: tuple[Contradiction, ...]) -> None:
    """List texts of one story with different labels, what is done about each, and the way to corrected documents."""
    decided = {
        Resolution.AUTHORITY: t("The first counts: corrections before imported before bundled."),
        Resolution.NEWER: t("The first counts: it was imported last. Remove the set that is wrong."),
        Resolution.BOTH: t("Both count. Correct one of them, or remove its set."),
    }
    table = pd.DataFrame(
        {
            t("Text"): [one.used.text for one in found[:SHOWN]],
            t("First"): [_side(one.used) for one in found[:SHOWN]],
            t("Second"): [_side(one.other) for one in found[:SHOWN]],
            t("What is done"): [decided[one.resolution] for one in found[:SHOWN]],
            t("Open"): [_address(one) for one in found[:SHOWN]],
        }
    )
    with st.expander(t("Contradictions ({n})", n=number(len(found))), icon=":material/compare_arrows:"):
        link = {t("Open"): st.column_config.LinkColumn(display_text=t("Open"))}
        st.dataframe(table, hide_index=True, width="stretch", placeholder="", column_config=link)


def _side(side: Side) -> str:
    """Return where a text comes from, and the labels that the other one lacks."""
    taxonomy = data.workspace().taxonomy
    names = ", ".join(label_name(taxonomy, label_id) for label_id in side.labels)
    return f"{source_name(side.source)}: {names or '–'}"


def _address(one: Contradiction) -> str | None:
    document_id = one.used.document_id or one.other.document_id
    return reader_address(document_id, "") if document_id else None


def draw_sets() -> None:
    """Draw the imported sets with the way out, and the way in for another."""
    for known in labelled_sets.list_sets(data.workspace()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t("{name}: {n} texts", name=plain(known.name), n=number(known.n)), width="content")
            if st.button(t("Remove"), key=f"set-{known.id}", type="tertiary"):
                with failures.shown():
                    labelled_sets.remove_set(data.workspace(), known.name)
                    st.rerun()
    with st.popover(t("Import labelled texts"), icon=":material/upload:"):
        draw_import()


def draw_import() -> None:
    """Draw the form of an import, and what came of the last one item by item."""
    st.caption(t("JSON lines or CSV with text and labels (label ids); title, lang, date and id where there are any."))
    with st.form("labelled-set", border=False, clear_on_submit=True), failures.shown():
        files = st.file_uploader(t("Files"), type=["jsonl", "csv", "tsv"], accept_multiple_files=True)
        name = st.text_input(t("Name of the set"), max_chars=60, placeholder=t("else like the first file"))
        if st.form_submit_button(t("Import")) and files:
            state.forget("labelled-import")
            state.once("labelled-import", "", lambda: _imported([(f.name, f) for f in files], name))
            st.rerun()
    found = state.once("labelled-import", "", lambda: None)
    if found is not None:
        draw_import_report(found)


def _imported(files: list[tuple[str, BytesIO]], name: str) -> labelled_sets.SetImport:
    with TemporaryDirectory() as folder:
        staged = []
        for number_, (shown, content) in enumerate(files):
            path = Path(folder, f"{number_}{Path(shown).suffix.lower()}")
            path.write_bytes(content.getvalue())
            staged.append((shown, path))
        return labelled_sets.import_set(data.workspace(), staged, name=name)


def draw_import_report(found: labelled_sets.SetImport) -> None:
    """Say what went in, and list what did not or was mended, with its place in the file."""
    if found.added:
        st.success(t("{name}: {n} texts", name=plain(found.added.name), n=number(found.added.n)))
    else:
        st.error(t("Nothing could be used."))
    for title, problems in ((t("Refused"), found.refused), (t("Mended"), found.notes)):
        if problems:
            st.markdown(f"**{title}** ({number(len(problems))})")
            st.markdown("\n".join(f"- {_problem(problem)}" for problem in problems[:SHOWN]))


def _problem(problem: Problem) -> str:
    return plain(f"{place(problem.locator)}: {message(problem.reason)}")
