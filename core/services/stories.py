"""The stories that views of words read: all, or as many as can be read while somebody waits, drawn evenly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.db import rollups, texts
from core.db.engine import Connection
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.workspace import Workspace

MOST_READ = 1_350
MOST_READ_THOROUGHLY = 20_000


@dataclass(frozen=True)
class Stories:
    """Stories with their texts and labels, and how many there are of which they are a part."""

    texts: pd.DataFrame
    """See core.db.texts.list_texts."""
    labels: pd.DataFrame
    """See core.db.texts.list_labels."""
    n_all: int
    """At least len(texts); where several labels were asked for, a story that carries two of them counts twice."""


def read_stories(
    workspace: Workspace,
    chosen: Filter,
    *,
    labels: Sequence[str] = (),
    grain: Grain,
    most: int = MOST_READ,
    untagged: bool = True,
) -> Stories:
    """Return the stories that a trend of the grain counts and that carry any of the labels, by date.

    Where there are more than `most`, about that many of them, drawn by a hash of their ids: the same every time.
    """
    version = workspace.champion().id
    within = DocumentFilter(**vars(chosen), labels=tuple(labels))
    with workspace.database.reading() as connection:
        n = _count(connection, version, grain, chosen, labels)
        drawn = replace(within, one_in=n / most) if n > most else within
        found = texts.list_texts(connection, drawn, grain=grain, model_version_id=version, untagged=untagged)
        held = texts.list_labels(connection, sorted(found["id"].tolist()), model_version_id=version)
    return Stories(found, held, max(n, len(found)) if drawn.one_in else len(found))


def _count(connection: Connection, version: str, grain: Grain, chosen: Filter, labels: Sequence[str]) -> int:
    counts = rollups.count_stories(
        connection, model_version_id=version, grain=grain, chosen=chosen, labels=list(labels)
    )
    n = counts.groupby("label_id")["n"].sum()
    every = int(n.get("", 0))
    return min(every, int(n.drop("", errors="ignore").sum())) if labels else every


def joined(*parts: Stories) -> Stories:
    """Return several periods' stories as one, in the order given."""
    return Stories(
        _concatenated([part.texts for part in parts]),
        _concatenated([part.labels for part in parts]),
        sum(part.n_all for part in parts),
    )


def _concatenated(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    # an empty frame's columns have no kinds to agree on
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
