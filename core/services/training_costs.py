"""What each registered model version took to train and takes to keep, beside how good it is."""

from dataclasses import dataclass

import pandas as pd

from core.services.comparing import LEVELS, key_metrics
from core.services.registry import describe, list_models
from core.services.workspace import Workspace, model_folder


@dataclass(frozen=True)
class TrainedVersion:
    """A model version and its cost; None stands for what was not recorded, or whose files are gone."""

    version: str
    method: str
    macro_f1: dict[str, float | None]
    """By level of the tree (see comparing.LEVELS), on the test part: texts that training had set aside."""
    n_measured: int | None
    """How many texts those are."""
    seconds: float | None
    cpu_seconds: float | None
    """Of all cores together."""
    peak_bytes: int | None
    """Most memory that the process held."""
    n_trainable: int | None
    """Weights that were trained."""
    disk_bytes: int | None


def list_trained(workspace: Workspace) -> list[TrainedVersion]:
    """Return all model versions with what they cost, newest first."""
    found = []
    for listed in list_models(workspace):
        version = listed.version
        made = describe(workspace, version)
        folder = model_folder(version, workspace.settings)
        measured = version.metrics.get("all")
        n = measured.get("n") if isinstance(measured, dict) else None
        found.append(
            TrainedVersion(
                version=version.id,
                method=version.method,
                macro_f1={level: value for level, value in key_metrics(version.metrics).items() if level in LEVELS},
                n_measured=n if isinstance(n, int) else None,
                seconds=made.get("seconds") or None,
                cpu_seconds=made.get("cpu_seconds") or None,
                peak_bytes=made.get("peak_bytes") or None,
                n_trainable=made.get("n_trainable") or None,
                disk_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if made else None,
            )
        )
    return found


def costs_frame(trained: list[TrainedVersion]) -> pd.DataFrame:
    """Return a row a version: version, method, macro_f1_LEVEL, n_measured and the costs, in seconds and bytes."""
    rows = []
    for made in trained:
        facts = {name: value for name, value in vars(made).items() if name != "macro_f1"}
        rows.append({**facts, **{f"macro_f1_{level}": value for level, value in made.macro_f1.items()}})
    return pd.DataFrame(rows)
