"""The commands of labelled texts: `trendvane labels …`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli_output import Json, opened, print_json, say
from core.domain.documents import Problem
from core.services import label_export, labelled_sets

app = typer.Typer(help="Labelled texts to train on: import, list, remove, export.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of an imported set, as `labels list` shows it.")]


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="JSON lines or CSV with text and labels; title, lang, date, id.")],
    name: Annotated[str, typer.Option(help="What the set is called; else like the first file.")] = "",
    as_json: Json = False,
) -> None:
    """Bring labelled texts in as a named set; what cannot be used is listed, the rest goes in."""
    found = labelled_sets.import_set(opened(), [(str(file), file) for file in files], name=name)
    if as_json:
        added = found.added
        fields = {"name": added.name, "texts": added.n} if added else {"name": None, "texts": 0}
        print_json({**fields, "refused": _shown(found.refused), "notes": _shown(found.notes)})
    else:
        for problem in (*found.refused, *found.notes):
            say(f"{problem.locator}: {problem.reason}")
        typer.echo(f"{found.added.n if found.added else 0} texts added, {len(found.refused)} refused")
    raise SystemExit(0 if found.added and not found.refused else 1)


def _shown(problems: list[Problem]) -> list[dict[str, str]]:
    return [{"where": problem.locator, "reason": str(problem.reason)} for problem in problems]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the imported sets."""
    found = labelled_sets.list_sets(opened())
    if as_json:
        print_json({"sets": [vars(known) for known in found]})
        return
    for known in found:
        typer.echo(f"{known.name}  {known.n} texts  {known.created_at:%Y-%m-%d}")


@app.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Remove an imported set; models that learnt from it stay."""
    removed = labelled_sets.remove_set(opened(), name)
    if as_json:
        print_json({"name": removed.name, "texts": removed.n})
    else:
        typer.echo(f"{removed.name} is removed, {removed.n} texts.")


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="Where they go, .jsonl or .csv.")],
    name: Annotated[str, typer.Option("--set", metavar="NAME", help="An imported set; else corrected documents.")] = "",
    model: Annotated[str, typer.Option(metavar="REF", help="What a model version learnt from.")] = "",
    as_json: Json = False,
) -> None:
    """Write labelled texts to a file that can be imported or trained on: corrections, a set, or a model's own."""
    path = label_export.export_file(opened(), output, name=name, model=model)
    if as_json:
        print_json({"path": str(path)})
    else:
        typer.echo(str(path))
