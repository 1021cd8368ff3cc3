"""What all commands share: the data directory of the settings, and the two ways of saying something."""

import json
from typing import Annotated, Any

import typer

from core.config import get_settings
from core.services.workspace import Workspace, open_workspace

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
