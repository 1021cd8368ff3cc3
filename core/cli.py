"""The command line: each command reads its options, calls one use case and prints what came of it.

Exit code 0 only on full success, 1 where something was refused (and said), 2 on wrong usage.
"""

import json
import logging
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from core import cli_labels, cli_models, cli_train, cli_tree
from core.cli_output import Json, Tenths, opened, print_json, say
from core.config import get_settings
from core.domain.dates import Grain, PartialDate
from core.domain.documents import ReadOptions
from core.domain.domains import DomainKind
from core.domain.filters import Filter
from core.domain.jobs import ItemStatus, JobState
from core.errors import AppError, InputError
from core.services.workspace import Workspace, initialise

app = typer.Typer(
    help="Trendvane 风向标: reads documents, tags them, shows what rises and fades.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_models.app, name="models")
app.add_typer(cli_labels.app, name="labels")
app.add_typer(cli_tree.app, name="tree")
Model = Annotated[
    str, typer.Option("--model", help="Version id or its beginning, champion or candidate; else the champion.")
]


def main() -> None:
    """Run a command; what is refused ends with one clear sentence and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app()
    except AppError as error:
        _fail(str(error))


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise SystemExit(1)


@app.command()
def init(as_json: Json = False) -> None:
    """Create or upgrade the data directory, unpack the encoder, load and tag the bundled documents."""
    from core.services.jobs import list_jobs

    workspace = initialise(get_settings(), say=say)
    states = [s.job.state for s in _finish_queued(workspace)]
    if as_json:
        champion = workspace.champion().id
        print_json({"home": str(workspace.settings.home), "model_version": champion, "jobs": len(list_jobs(workspace))})
    else:
        say(f"Ready: {workspace.settings.home}")
    if JobState.FAILED in states:
        raise SystemExit(1)


def _finish_queued(workspace: Workspace) -> list[Any]:
    from core.jobs.worker import run_until_done
    from core.services.jobs import list_jobs

    queued = [s.job for s in list_jobs(workspace, limit=1000) if s.job.state is JobState.QUEUED]
    return [run_until_done(workspace, job.id, on_progress=Tenths()).summary for job in reversed(queued)]


@app.command()
def run(port: Annotated[int, typer.Option(help="Port of the dashboard.")] = 8501) -> None:
    """Start worker and dashboard together; Ctrl-C ends both."""
    from core.jobs.launch import check_port, run_together

    check_port(port)
    initialise(get_settings(), say=say)
    raise SystemExit(run_together(port, say=say))


@app.command()
def worker(name: Annotated[str, typer.Option(help="Name of this worker; two at once need two names.")] = "") -> None:
    """Work on queued jobs until Ctrl-C."""
    import signal

    from core.jobs.worker import default_name, run_worker

    workspace = opened()
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: asked.append(received))
    run_worker(workspace, name or default_name(), should_end=lambda: bool(asked))
    sys.stdout.flush()
    os._exit(0)  # a step under way is not waited for: it goes on where it was at the next start


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or archives.")],
    source: Annotated[str, typer.Option(help="Name of the source, for all files.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Country code or EU, for all files.")] = "",
    lang: Annotated[str, typer.Option(help="Language code, for all files; empty detects it.")] = "",
    as_json: Json = False,
) -> None:
    """Read files, folders and archives, and tag what is in them."""
    from core.jobs.worker import run_until_done
    from core.services.import_report import import_report
    from core.services.imports import collect_files, request_import

    workspace = opened()
    staged = collect_files(paths, max_mb=workspace.settings.max_file_mb)
    options = ReadOptions(source=source, jurisdiction=jurisdiction, lang=lang)
    report = None
    if staged.files:
        job_id = request_import(workspace, staged.files, options=options)
        report = run_until_done(workspace, job_id, on_progress=Tenths())
        if report.summary.job.error:
            say(str(report.summary.job.error))
    found = import_report(workspace, report, staged.refused)
    if as_json:
        print_json(found)
    else:
        _tell_import(found)
    succeeded = report is None or report.summary.job.state is JobState.SUCCEEDED
    raise SystemExit(0 if succeeded and not found["totals"].get(ItemStatus.REFUSED, 0) else 1)


def _tell_import(found: dict[str, Any]) -> None:
    for item in found["items"]:
        tail = f" — {item['reason']}" if item["reason"] else ""
        typer.echo(f"{item['status']:<9} {item['documents']:>6} documents  {item['path']}{tail}")
        for problem in item["problems"][:5]:
            typer.echo(f"{'':<9} {problem}")
    typer.echo(", ".join(f"{value} {key}" for key, value in found["totals"].items()))


@app.command()
def classify(
    source: Annotated[Path, typer.Argument(metavar="INPUT.jsonl", help='Lines with "id" and "text".')],
    output: Annotated[Path, typer.Option("--output", help="Where the answers go, in the order of the input.")],
    model: Model = "",
    as_json: Json = False,
) -> None:
    """Tag the texts of a file without storing them."""
    from core.services.classifying import classify_file

    n_written, refused = classify_file(opened(), source, output, model=model)
    _report_refused(refused)
    if as_json:
        print_json({"texts": n_written, "refused": [{"line": r.line, "reason": str(r.reason)} for r in refused]})
    raise SystemExit(1 if refused else 0)


def _report_refused(refused: list[Any]) -> None:
    for one in refused:
        say(str(one.reason))


app.command()(cli_train.train)


@app.command("cross-domain")
def cross_domain(
    data: Annotated[list[Path], typer.Option("--data", help="JSONL lines with id, text and labels; give it often.")],
    by: Annotated[DomainKind, typer.Option(help="What is left out one at a time; a source is a file of --data.")],
    method: Annotated[str, typer.Option(help="How to train.")] = "head",
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE of the method; give it often.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how a method carries over to domains that it did not learn from: macro F1 as a matrix."""
    from core.services import training
    from core.services.cross_domain import cross_domain as measure

    plan = training.Plan(method, dict(_named(each) for each in option or []))
    found = measure(get_settings(), data, plan, by, say=say)
    if as_json:
        print_json({"by": by, "method": method, "cells": found.frame.to_dict("records")})
        return
    for level in ("dimension", "aspect", "topic", "sector"):
        typer.echo(f"{level}\n{found.matrix(level).round(3).to_string()}\n")


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError("{option} is no option: NAME=VALUE was expected, as in epochs=3.", option=text)
    return name.strip().replace("-", "_"), value.strip()


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option("--data", help='JSONL lines with "id", "text" and "labels".')],
    model: Model = "",
    as_json: Json = False,
) -> None:
    """Compare a model with labels: precision, recall, F1, average precision, calibration, per label and language."""
    from core.services.classifying import evaluate_file

    report, refused = evaluate_file(opened(), data, model=model)
    _report_refused(refused)
    if as_json:
        print_json(report)
    else:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    raise SystemExit(1 if refused else 0)


@app.command()
def trends(
    label: Annotated[str, typer.Option(help="Full label id, e.g. technology.training.peft.")],
    first: Annotated[str, typer.Option("--from", help="First day, month or year.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, month or year.")] = "",
    grain: Annotated[Grain, typer.Option(help="Width of a bin.")] = Grain.MONTH,
    as_json: Json = False,
) -> None:
    """Print the series of a label as the chart draws it."""
    from core.services.trends import share_over_time

    chosen = Filter(first=_start(first), last=_end(last))
    series = share_over_time(opened(), [label], grain=grain, chosen=chosen)
    bins = [
        {
            k: (None if v != v else v)
            for k, v in row.items()
            if k in ("start", "end", "n", "total", "share", "low", "high", "complete")
        }
        for row in series.frame.to_dict("records")
    ]
    if as_json:
        print_json({"label": label, "grain": grain.value, "model_version": series.model_version, "bins": bins})
        return
    for row in bins:
        share = "-" if row["share"] is None else f"{row['share']:.1%} [{row['low']:.1%}, {row['high']:.1%}]"
        typer.echo(
            f"{row['start']}  {row['n']:>6} of {row['total']:<6} {share}{'' if row['complete'] else '  (incomplete)'}"
        )


def _parsed(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text) if text else None
    except ValueError as error:
        raise InputError("{date} is no date; write 2024, 2024-05 or 2024-05-17.", date=text) from error


def _start(text: str) -> date | None:
    found = _parsed(text)
    return found.day if found else None


def _end(text: str) -> date | None:
    found = _parsed(text)
    return Grain(found.precision.value).last_day(found.day) if found else None
