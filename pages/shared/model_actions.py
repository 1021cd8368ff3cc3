"""What can be done with models: promote, roll back, take away, bring in; and what has been done."""

from collections.abc import Callable
from io import BytesIO

import streamlit as st

from core.domain.jobs import JobKind
from core.services import model_transfer, promoting
from core.services.jobs import list_jobs
from core.services.registry import ListedModel
from pages.shared import address, corrections, data, failures, markup, model_gate, smaller, state
from pages.shared.text import model_name, moment, number, plain, t


def tagging_note() -> None:
    """Say that history is being tagged anew while a job does so, with the way to it."""
    champion = data.workspace().champion().id
    for summary in list_jobs(data.workspace()):
        job = summary.job
        if job.kind is JobKind.TAGGING and job.title == champion and not job.state.is_final:
            with st.container(border=True, horizontal=True, vertical_alignment="center", key="tagging-note"):
                st.markdown(
                    t("The champion is tagging earlier documents; charts and lists fill up as it goes."),
                    width="content",
                )
                st.page_link(
                    "pages/jobs.py",
                    label=t("See the job"),
                    icon=":material/list_alt:",
                    query_params=address.link(ID=job.id),
                )
            return


def draw(model: ListedModel) -> None:
    """Draw what can be done with one version."""
    with st.container(horizontal=True, gap="small"):
        if "champion" not in model.aliases:
            promote_popover(model)
        smaller.popover(model)
        st.download_button(
            t("Download as {format}", format="ZIP"),
            lambda: _zipped(model.version.id),
            file_name=f"trendvane-model-{model.version.id}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            disabled=not model.has_files,
        )
        if "champion" not in model.aliases:
            corrections.draw_author()


def _zipped(version: str) -> bytes:
    target = BytesIO()
    model_transfer.export_model(data.workspace(), version, target)
    return target.getvalue()


def promote_popover(model: ListedModel) -> None:
    """Draw the promotion of a version: the gate's word, what follows, a reason, and one more where the gate refuses."""
    name = plain(model_name(model.version.id))
    with st.popover(t("Promote …"), icon=":material/verified:", disabled=not model.has_files):
        n_left = data.facts().n_documents - model.n_tagged
        st.markdown(t("**{model}** becomes the champion: pages, charts and exports show its labels.", model=name))
        if n_left > 0:
            st.markdown(t("A job tags the {n} documents that it has not tagged yet.", n=number(n_left)))
        passed = _gate_word(model)
        with st.form("promote", border=False):
            reason = st.text_input(t("Reason"), max_chars=300, placeholder=t("for those who ask later"))
            overrule = "" if passed else st.text_input(t("Why it is promoted all the same"), max_chars=300)
            confirmed = st.form_submit_button(t("Make it the champion"), type="primary")
        if confirmed:
            with st.spinner(t("Comparing with the champion …")):
                _take(
                    lambda: promoting.promote(
                        data.workspace(), model.version.id, reason, author=state.author(), overrule=overrule
                    )
                )


def _gate_word(model: ListedModel) -> bool:
    """Say what the gate says of a version, and return whether that lets it pass."""
    verdict = model_gate.in_short(model.version.id) if model.has_files else None
    if verdict is None:
        st.info(
            t("Nobody has compared it with the champion yet. Do so in its comparison, or say why it needs none."),
            icon=":material/compare_arrows:",
        )
        return False
    reasons = " ".join(map(model_gate.said, verdict.reasons))
    if verdict.passed:
        st.success(t("The comparison speaks for it: {reasons}", reasons=reasons), icon=":material/check_circle:")
    else:
        st.warning(t("The comparison speaks against it: {reasons}", reasons=reasons), icon=":material/block:")
    return verdict.passed


def rollback_button() -> None:
    """Draw the way back to the champion's predecessor, where there is one."""
    before = promoting.predecessor(data.workspace())
    if before is None:
        return
    if st.button(
        t("Roll back to {model}", model=plain(model_name(before.id))),
        icon=":material/undo:",
        key="rollback",
        help=t("Takes the last promotion back; what that model had tagged shows at once."),
    ):
        _take(lambda: promoting.rollback(data.workspace(), author=state.author()))


def _take(act: Callable[[], promoting.Promoted]) -> None:
    """Promote or roll back, say so, and draw the page anew; what cannot be done is said beside its button."""
    with failures.shown():
        champion = act().promotion.model_version_id
        st.toast(t("The champion is now {model}.", model=plain(model_name(champion))), icon=":material/check_circle:")
        st.rerun()


def import_popover() -> None:
    """Draw the way in for a model from another machine."""
    popover = st.popover(t("Import a model"), icon=":material/upload:")
    with popover, st.form("import", border=False, clear_on_submit=True), failures.shown():
        file = st.file_uploader(t("A zip that was downloaded here or written by `trendvane models export`"), type="zip")
        if st.form_submit_button(t("Import")) and file is not None:
            version = model_transfer.import_model(data.workspace(), file)
            address.MODEL.set(version.id)
            st.toast(t("Imported: {model}", model=plain(model_name(version.id))), icon=":material/check_circle:")
            st.rerun()


def history() -> None:
    """List who made which version the champion, latest first; what was rolled back is struck through."""
    said = promoting.list_promotions(data.workspace())
    undone = {promotion.undoes_id for promotion in said}
    if not said:
        st.caption(t("Nobody has promoted a model so far."))
    for promotion in said:
        what = f"{model_name(promotion.from_version_id)} → {model_name(promotion.model_version_id)}"
        way = t("rolled back") if promotion.undoes_id is not None else ""
        overruled = t("against the comparison: {reason}", reason=promotion.overrule) if promotion.overrule else ""
        line = [what, way, promotion.author, moment(promotion.created_at), promotion.reason, overruled]
        st.html(markup.history_line(line, revoked=promotion.id in undone))
