"""A label's series as another model version tells it, beside the champion's: whether a trend or the model moved."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from core.db import models, rollups, taggings
from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import share_over_time
from core.services.workspace import Workspace, now
from core.trends.series import share_series

COVERED = 0.95
"""A bin is shown where the other version has tagged at least so many of the stories that the champion has."""


def versions_with_history(workspace: Workspace) -> list[models.ModelVersion]:
    """Return the versions beside the champion that have tagged documents, newest first."""
    champion = workspace.champion().id
    with workspace.database.reading() as connection:
        n_tagged = taggings.count_tagged(connection)
        return [v for v in models.list_model_versions(connection) if v.id != champion and n_tagged.get(v.id)]


def share_by_version(
    workspace: Workspace, reference: str, labels: Sequence[str], *, grain: Grain, chosen: Filter
) -> pd.DataFrame:
    """Return the rows of the champion's series as another version tells them; see trends.share_over_time.

    Bins of which it has not tagged what the champion has are not `enough`: their share is of other documents.
    """
    series = share_over_time(workspace, labels, grain=grain, chosen=chosen).frame
    if series.empty:
        return series
    first, last = series["start"].min(), series["end"].max()
    within = replace(chosen, first=first, last=last)
    with workspace.database.reading() as connection:
        version = models.get_model_version(connection, reference).id
        counts = rollups.count_stories(connection, model_version_id=version, grain=grain, chosen=within, labels=labels)
    frame = share_series(counts, labels, grain=grain, first=first, last=last, today=now().date())
    covered = frame["total"].to_numpy() >= COVERED * series["total"].to_numpy()
    return frame.assign(enough=frame["enough"] & covered)
