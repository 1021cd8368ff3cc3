"""Add documents: files, a pasted text or a table; each becomes a job whose progress shows here."""

import streamlit as st

from core.services import imports
from pages.shared import address, data, import_options, progress, state, table_form, tagged_text, widgets
from pages.shared.text import message, plain, t


def draw() -> None:
    """Draw the last job asked for here, then the way chosen to add more."""
    st.title(t("Add documents"))
    widgets.worker_banner()
    if address.JOB.read() is not None:
        progress.panel(address.JOB.read())
    ways = {"files": t("Files"), "text": t("Pasted text"), "table": t("Table")}
    bound = state.bound(address.WAY, options=ways, default="files")
    way = st.segmented_control(
        t("What do you have?"), list(ways), format_func=lambda key: ways[key], required=True, **bound
    )
    {"files": draw_files, "text": draw_text, "table": draw_table}[way or "files"]()


def follow(job_id: int) -> None:
    """Show the job that was asked for, above an empty form."""
    address.JOB.set(job_id)
    st.rerun()


def draw_files() -> None:
    """Take files and queue them."""
    endings = imports.supported_extensions()
    uploads = st.file_uploader(
        t("Files, as many as you like"),
        accept_multiple_files=True,
        key=f"files-{address.JOB.read()}",
    )
    st.caption(t("Files that can be read: {endings}", endings=" ".join(endings)))
    options = import_options.draw()
    if st.button(t("Import"), type="primary", disabled=not uploads, icon=":material/upload_file:"):
        with st.spinner(t("Handing the files over …")):
            staged = imports.stage_uploads(data.workspace(), [imports.Upload(u.name, u) for u in uploads])
        for _name, reason in staged.refused:
            st.error(plain(message(reason)), icon=":material/error:")
        if staged.files:
            job_id = imports.request_import(data.workspace(), staged.files, options=options)
            if not staged.refused:
                follow(job_id)
            st.page_link("pages/jobs.py", label=t("See the import"), query_params=address.link(ID=job_id))


def draw_text() -> None:
    """Take a pasted text: store it, or only show its labels."""
    text = st.text_area(t("Text"), height=220, key=f"text-{address.JOB.read()}")
    title, date, url = st.columns([2, 1, 2])
    given = {
        "title": title.text_input(t("Title (optional)"), key=f"title-{address.JOB.read()}"),
        "date": date.text_input(t("Date (optional)"), placeholder="2024-05-17", key=f"date-{address.JOB.read()}"),
        "url": url.text_input(t("Address (optional)"), placeholder="https://", key=f"url-{address.JOB.read()}"),
    }
    options = import_options.draw()
    with st.container(horizontal=True):
        save = st.button(t("Import"), type="primary", icon=":material/upload_file:")
        look = st.button(t("Tag without saving"), icon=":material/sell:")
    if save:
        follow(imports.request_paste(data.workspace(), text, **given, options=options))
    if look:
        tagged_text.draw(text, given["title"])


def draw_table() -> None:
    """Take a table, have its columns confirmed, and queue it."""
    upload = st.file_uploader(
        t("One table: {endings}", endings=" ".join(imports.TABLE_EXTENSIONS)),
        type=[ending.lstrip(".") for ending in imports.TABLE_EXTENSIONS],
        key=f"table-{address.JOB.read()}",
    )
    if upload is None:
        return
    staged = state.once("table", upload.file_id, lambda: table_form.stage(upload.name, upload))
    columns = table_form.draw(staged)
    options = import_options.draw()
    if st.button(t("Import"), type="primary", icon=":material/upload_file:"):
        job_id = imports.request_import(data.workspace(), [staged], options=options, columns={staged.path: columns})
        state.forget("table")
        follow(job_id)


if __name__ == "__main__":
    state.through_app(draw)
