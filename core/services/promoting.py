"""Which model's word is shown: promotion past the gate, the way back, and the record of both."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from core.db import jobs as job_rows
from core.db import models, promotions, taggings
from core.db.engine import Connection
from core.db.promotions import Promotion
from core.domain.documents import Reasons
from core.domain.jobs import JobKind, JobState
from core.errors import InputError, MissingError
from core.services import gate
from core.services.measuring import unheard
from core.services.registry import describe, find_model, require_files
from core.services.workspace import Workspace, now


@dataclass(frozen=True)
class Promoted:
    """What came of a promotion or a rollback."""

    promotion: Promotion
    job_id: int | None
    """The job that tags what the new champion has not tagged; None where it has tagged everything."""


def promote(
    workspace: Workspace,
    reference: str,
    reason: str,
    *,
    author: str,
    overrule: str = "",
    on_progress: Callable[[int, int], None] = unheard,
) -> Promoted:
    """Make a model version the champion where the gate lets it, and queue the tagging of what it has not tagged.

    `overrule` is why it is to be promoted whatever the gate says; it is kept, with what the gate said as far as that
    is known without measuring. Raise InputError where the gate refuses or the version is the champion already,
    ModelError where its files are gone. on_progress is `gate.judge`'s.
    """
    version = find_model(workspace, reference)
    require_files(workspace, version)
    overrule = _line(overrule)
    verdict = _known_verdict(workspace, version) if overrule else None
    if not overrule:
        verdict = gate.judge(workspace, version.id, on_progress=on_progress)
        _require_passed(verdict)
    with workspace.database.writing() as connection:
        models.bump_revision(connection)  # first: its row is the lock that two promotions at once wait for
        champion = models.find_champion(connection)
        if champion is None or champion.id == version.id:
            raise InputError("The model {version} is the champion already.", version=version.id)
        if verdict and verdict.champion.id != champion.id:
            raise InputError("The champion has changed meanwhile; compare with the new one and promote again.")
        said = replace(_said(version.id, champion.id, author, reason), overrule=overrule, verdict=_kept(verdict))
        return _take_over(connection, version, said)


def _known_verdict(workspace: Workspace, version: models.ModelVersion) -> gate.Verdict | None:
    """Return what the gate says of a version that was measured, else None."""
    if not gate.is_begun(workspace, version.id):
        return None
    tried = gate.trial(workspace, version.id)
    return None if gate.count_unmeasured(workspace, tried) else gate.verdict_of(workspace, tried)


def _require_passed(verdict: gate.Verdict) -> None:
    if not verdict.passed:
        raise InputError(
            "The comparison speaks against model {version}: {reasons} To promote it all the same, say why "
            "(--overrule).",
            version=verdict.candidate.id,
            reasons=Reasons(verdict.reasons),
        )


def _kept(verdict: gate.Verdict | None) -> dict[str, Any] | None:
    """Return what is put on record of a verdict."""
    if verdict is None:
        return None
    levels = verdict.figures[verdict.figures["scope"] == "level"]
    return {
        "passed": verdict.passed,
        "n": verdict.n,
        "reasons": [{"message": reason.message, "params": reason.params} for reason in verdict.reasons],
        "levels": {
            row["id"]: {name: _number(row[name]) for name in ("champion", "candidate", "low", "high")}
            for row in levels.to_dict("records")
        },
    }


def _number(value: float) -> float | None:
    """Return a figure as JSON has it; it has no NaN."""
    return round(value, 4) if value == value else None


def rollback(workspace: Workspace, *, author: str) -> Promoted:
    """Give the word back to the champion's predecessor; what it tagged before shows at once.

    Raise MissingError where the champion was not promoted by anyone, ModelError where the predecessor's files are gone.
    """
    with workspace.database.writing() as connection:
        models.bump_revision(connection)  # see promote
        standing = _standing(connection)
        if standing is None:
            raise MissingError("There is nothing to roll back: nobody promoted the model that is the champion now.")
        version = models.get_model_version(connection, standing.from_version_id)
        require_files(workspace, version)
        said = _said(version.id, standing.model_version_id, author, "", undoes_id=standing.id)
        return _take_over(connection, version, said)


def _said(to: str, from_: str, author: str, reason: str, *, undoes_id: int | None = None) -> Promotion:
    return Promotion(0, to, from_, _line(author), _line(reason), now(), undoes_id)


def _line(text: str) -> str:
    return " ".join(text.split())


def _standing(connection: Connection) -> Promotion | None:
    champion = models.find_champion(connection)
    return promotions.last_standing(connection, champion.id) if champion else None


def _take_over(connection: Connection, version: models.ModelVersion, said: Promotion) -> Promoted:
    models.set_champion(connection, version.id)
    return Promoted(promotions.add_promotion(connection, said), _queue_tagging(connection, version))


def _queue_tagging(connection: Connection, version: models.ModelVersion) -> int | None:
    if not taggings.count_untagged(connection, model_version_id=version.id):
        return None
    for waiting in job_rows.list_jobs(connection, states=[JobState.QUEUED], limit=1000):
        if waiting.kind is JobKind.TAGGING and waiting.title == version.id:
            return waiting.id
    return job_rows.add_job(connection, kind=JobKind.TAGGING, title=version.id, params={}, now=now())


def predecessor(workspace: Workspace) -> models.ModelVersion | None:
    """Return the model version that a rollback leads to, or None where there is none whose files are here."""
    with workspace.database.reading() as connection:
        standing = _standing(connection)
        version = models.get_model_version(connection, standing.from_version_id) if standing else None
    return version if version and describe(workspace, version) else None


def list_promotions(workspace: Workspace) -> list[Promotion]:
    """Return who made which model the champion, when and why, newest first; rollbacks undo a promotion."""
    with workspace.database.reading() as connection:
        return promotions.list_promotions(connection)
