"""The commands of the model registry: `trendvane models …`."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli_output import Json, opened, print_json, say
from core.services import registry
from core.services.annotations import default_author
from core.services.comparing import key_metrics

if TYPE_CHECKING:
    from core.services import gate, promoting

app = typer.Typer(help="The classifiers: list, show, promote, roll back, export, import.", no_args_is_help=True)
Reference = Annotated[str, typer.Argument(metavar="REF", help="Version id or its beginning, champion, or candidate.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the model versions, newest first, with F1 of each level."""
    found = [_row(listed) for listed in registry.list_models(opened())]
    if as_json:
        print_json({"models": found})
        return
    for row in found:
        figures = "  ".join(f"{name} {value:.3f}" for name, value in row["metrics"].items() if value is not None)
        typer.echo(f"{row['model_version']}  {row['method']:<6} {','.join(row['aliases']):<10} {figures}")


def _row(listed: registry.ListedModel) -> dict[str, Any]:
    version = listed.version
    return {
        "model_version": version.id,
        "aliases": listed.aliases,
        "method": version.method,
        "taxonomy_version": version.taxonomy_version,
        "created_at": version.created_at.isoformat(),
        "examples": listed.n_examples,
        "tagged": listed.n_tagged,
        "metrics": key_metrics(version.metrics),
    }


@app.command()
def show(reference: Reference, as_json: Json = False) -> None:
    """Show all that is known of a model version: its facts, model.json and its card."""
    found = registry.get_model(opened(), reference)
    if as_json:
        print_json({**_row(found.listed), "description": found.description, "card": found.card})
        return
    for name, value in _row(found.listed).items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"\n{found.card}" if found.card else "Its files are gone; only what it tagged is still here.")


@app.command()
def promote(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    overrule: Annotated[str, typer.Option(metavar="REASON", help="Why, whatever the gate says; kept.")] = "",
    as_json: Json = False,
) -> None:
    """Make a model version the champion where it is good enough; what it has not tagged is queued."""
    from core.services import promoting

    done = promoting.promote(
        opened(), reference, reason, author=default_author(), overrule=overrule, on_progress=_tell_measured
    )
    _tell(done, as_json)


def _tell_measured(done: int, total: int) -> None:
    if total:
        say(f"comparing: {done} of {total} texts tagged")


@app.command()
def compare(reference: Reference, as_json: Json = False) -> None:
    """Compare a model version with the champion on texts that neither learnt from; exit 1 where the gate refuses."""
    from core.services import gate

    verdict = gate.judge(opened(), reference, on_progress=_tell_measured)
    if as_json:
        print_json(_verdict(verdict))
    else:
        _tell_verdict(verdict)
    raise SystemExit(0 if verdict.passed else 1)


def _verdict(verdict: "gate.Verdict") -> dict[str, Any]:
    figures = verdict.figures.astype(object).where(verdict.figures.notna(), None)
    return {
        "champion": verdict.champion.id,
        "candidate": verdict.candidate.id,
        "passed": verdict.passed,
        "reasons": list(map(str, verdict.reasons)),
        "concerns": list(map(str, verdict.concerns)),
        "texts": verdict.n,
        "left_out": verdict.n_seen,
        "figures": figures.to_dict("records"),
    }


def _tell_verdict(verdict: "gate.Verdict") -> None:
    typer.echo("May take over." if verdict.passed else "Should not take over.")
    for reason in (*verdict.reasons, *verdict.concerns):
        typer.echo(f"- {reason}")
    for row in verdict.figures.to_dict("records"):
        if row["scope"] != "label" or row["state"] not in ("even", "few"):
            change = f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
            typer.echo(
                f"{row['scope']:<6} {row['id']:<42} {row['candidate']:.3f} {change}  n {row['n']}  {row['state']}"
            )


@app.command()
def rollback(as_json: Json = False) -> None:
    """Take the last promotion back; what the model before had tagged shows at once."""
    from core.services import promoting

    _tell(promoting.rollback(opened(), author=default_author()), as_json)


def _tell(done: "promoting.Promoted", as_json: bool) -> None:
    said = done.promotion
    if as_json:
        print_json({"model_version": said.model_version_id, "from": said.from_version_id, "job": done.job_id})
        return
    typer.echo(f"The champion is {said.model_version_id}, it was {said.from_version_id}.")
    if done.job_id is not None:
        say(f"Job {done.job_id} tags the documents that it has not tagged; a worker carries it out.")


@app.command()
def export(
    reference: Reference,
    output: Annotated[Path, typer.Option("--output", metavar="PATH", help="Where the zip, or the folder, goes.")],
    form: Annotated[
        str, typer.Option("--format", help="zip, or a folder for another runtime: onnx, openvino.")
    ] = "zip",
    as_json: Json = False,
) -> None:
    """Write a model version as one zip for another machine, or as a folder for another runtime."""
    if form == "zip":
        from core.services.model_transfer import export_file

        version = export_file(opened(), reference, output)
    else:
        from core.services.compression import export_for_runtime

        version = export_for_runtime(opened(), reference, output, form)
    _tell_file(version.id, output, as_json)


@app.command()
def compress(
    reference: Reference,
    technique: Annotated[str, typer.Option(help="int8, vocabulary, layers or distill.")],
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of the technique; give it often.")] = None,
    as_json: Json = False,
) -> None:
    """Make a model version smaller or faster, as a new version; what that cost is measured and shown."""
    from core.services import compression
    from core.services.training import Spoken

    chosen = compression.options_of(option or [])
    with redirect_stdout(sys.stderr):  # transformers prints its sums, and standard output is the answer's alone
        made = compression.compress(opened(), reference, technique, chosen, watch=Spoken(say))
    if as_json:
        print_json({"model_version": made.version.id, "method": made.version.method, **made.step})
        return
    typer.echo(f"{made.version.id}  {made.version.method}")
    typer.echo("\n".join(f"{name}: {value}" for name, value in made.step.items()))


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A zip that `models export` wrote.")],
    as_json: Json = False,
) -> None:
    """Check and register the model in a zip; the champion stays what it is."""
    from core.services.model_transfer import import_file

    version = import_file(opened(), source)
    _tell_file(version.id, source, as_json)


def _tell_file(version: str, path: Path, as_json: bool) -> None:
    if as_json:
        print_json({"model_version": version, "path": str(path)})
    else:
        typer.echo(f"{version}  {path}")
