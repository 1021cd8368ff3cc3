"""The curve of a training as rows, for pages that watch it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from core.db.tables import training_point


def add_point(connection: Connection, job_id: int, point: Mapping[str, Any]) -> None:
    """Add a point (step, n_steps, epoch, seconds, loss, macro_f1 or None, learning_rate) to a job's curve.

    Points of this step and later ones are replaced: a training that goes on from a checkpoint comes past them again.
    """
    later = (training_point.c.job_id == job_id, training_point.c.step >= point["step"])
    connection.execute(delete(training_point).where(*later))
    connection.execute(insert(training_point).values(job_id=job_id, **point))


def curve(connection: Connection, job_id: int) -> pd.DataFrame:
    """Return a job's points in order of their steps, `macro_f1` NaN where nothing was validated."""
    columns = [column for column in training_point.c if column.name != "job_id"]
    rows = connection.execute(
        select(*columns).where(training_point.c.job_id == job_id).order_by(training_point.c.step)
    ).all()
    return pd.DataFrame(rows, columns=[column.name for column in columns]).astype({"macro_f1": float})
