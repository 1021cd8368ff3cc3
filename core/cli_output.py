"""What all commands share: the data directory of the settings, and the two ways of saying something."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.config import get_settings
from core.domain.jobs import JobState
from core.services.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from core.services.jobs import JobReport

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def opened() -> Workspace:
    """Return the data directory of the settings; raise MissingError before `init`."""
    return open_workspace(get_settings())


def say(line: str) -> None:
    """Tell a person at the terminal; standard output stays the answer's alone."""
    typer.echo(line, err=True)


def print_json(value: Any) -> None:
    """Print an answer for machines."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


class Tenths:
    """Prints a line on the terminal when a tenth more is done."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, report: "JobReport") -> None:
        """Take a job as it stands."""
        job, left = report.summary.job, report.summary.seconds_left
        tenth = 10 * job.n_done // job.n_total if job.n_total else 0
        if job.state is JobState.RUNNING and job.n_total and (job.phase, tenth) != self._last:
            self._last = (job.phase, tenth)
            estimate = f", about {left:.0f} s left" if left else ""
            say(f"{job.title}: {job.phase} {job.n_done} of {job.n_total}{estimate}")
