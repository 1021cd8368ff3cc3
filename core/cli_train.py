"""The command that trains; its flags are the options of the methods, so that none can be forgotten."""

import inspect
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli_output import Json, Tenths, opened, print_json, say
from core.config import get_settings
from core.errors import AppError
from core.ml.training.methods import METHODS, fields_of
from core.services.workspace import Workspace

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription


def with_option_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for each option that any method has, in place of its `**options`."""
    own = inspect.signature(command).parameters.values()
    fixed = [parameter for parameter in own if parameter.kind is not parameter.VAR_KEYWORD]
    flags = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(f"--{name.replace('_', '-')}", metavar="VALUE", help=said)],
        )
        for name, said in _flags().items()
    ]
    command.__signature__ = inspect.Signature([*fixed, *flags])  # type: ignore[attr-defined]
    return command


def _flags() -> dict[str, str]:
    """Return each option's help: its sentence, and for which methods with which defaults."""
    sentences: dict[str, str] = {}
    defaults: dict[str, list[str]] = {}
    for method in METHODS:
        for field in fields_of(method):
            sentences.setdefault(field.name, field.sentence)
            defaults.setdefault(field.name, []).append(f"{method} {'empty' if field.default == '' else field.default}")
    told = {name: f"{sentence} (default: {', '.join(defaults[name])})" for name, sentence in sentences.items()}
    return {name: text.replace("[", r"\[") for name, text in told.items()}  # which help takes for mark-up


@with_option_flags
def train(
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="JSONL lines with id, text and labels; give it often.")
    ] = None,
    mix: Annotated[
        str, typer.Option(help="The app's own data instead: corrections,bundled,set:NAME, or some of these.")
    ] = "",
    method: Annotated[str, typer.Option(help=f"How to train: {', '.join(METHODS)}.")] = "lora",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the latest training that was broken off, from its checkpoint.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write the model of --data into this folder instead of registering it.")
    ] = None,
    as_json: Json = False,
    **options: str | None,
) -> None:
    """Train a classifier on labelled texts; the champion stays what it is, the new one is the candidate."""
    _require_one_way(data, mix, output, resume=resume)
    given = {name: value for name, value in options.items() if value is not None}
    with redirect_stdout(sys.stderr):  # transformers prints its sums, and standard output is the answer's alone
        if output is not None:
            found = _into_folder(data or [], output, method, given, resume=resume)
        else:
            workspace = opened()
            found = _through_job(workspace, _job(workspace, data, mix, (method, given), resume=resume))
    fields = {"model_version": found.version, "method": found.method, "seconds": found.seconds}
    if as_json:
        print_json({**fields, "metrics": found.metrics})
    else:
        typer.echo(", ".join(f"{key} {value}" for key, value in fields.items()))


def _require_one_way(data: list[Path] | None, mix: str, output: Path | None, *, resume: bool) -> None:
    """Raise the error of wrong usage where it is not clear what to learn from."""
    if output is not None and (mix or not data):
        raise typer.BadParameter("--output needs --data and goes without --mix.")
    if output is None and [bool(data), bool(mix), resume].count(True) != 1:
        raise typer.BadParameter("Give one of --data FILE, --mix corrections,bundled,set:NAME and --resume.")


def _into_folder(
    data: list[Path], output: Path, method: str, options: dict[str, str], *, resume: bool
) -> "ModelDescription":
    from core.services.training import Plan, train_into

    run_dir = get_settings().runs_dir / f"output-{output.name}"
    if not resume:
        shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir(parents=True, exist_ok=True)
    found = train_into(get_settings(), data, output, Plan(method, options, run_dir), say=say)
    shutil.rmtree(run_dir, ignore_errors=True)
    return found


def _job(
    workspace: Workspace, data: list[Path] | None, mix: str, how: tuple[str, dict[str, str]], *, resume: bool
) -> int:
    from core.services import training_jobs

    if resume:
        return training_jobs.resume_training(workspace)
    chosen = training_jobs.parse_mix(workspace, mix.split(",")) if mix else None
    return training_jobs.request_training(workspace, *how, chosen, files=data or [])


def _through_job(workspace: Workspace, job_id: int) -> "ModelDescription":
    """Carry a training out, or watch the worker do so, and return what came of it; Ctrl-C cancels it in good order."""
    from core.jobs.worker import run_until_done
    from core.services import jobs
    from core.services.training_jobs import trained_by

    with _interrupted() as asked:
        tell = Tenths()

        def on_progress(report: Any) -> None:
            tell(report)
            if asked and not report.summary.job.state.is_final and not report.summary.job.cancel_requested:
                jobs.cancel(workspace, job_id)

        job = run_until_done(workspace, job_id, on_progress=on_progress).summary.job
    for remark in job.result.get("remarks", []):
        say(remark["message"].format(**remark["params"]))
    if job.error:
        raise AppError(job.error.message, **job.error.params)
    found = trained_by(workspace, job)
    if found is None:
        say("Stopped. `trendvane train --resume` goes on from the last checkpoint.")
        raise SystemExit(1)
    return found


@contextmanager
def _interrupted() -> Iterator[list[int]]:
    """Yield a list that Ctrl-C adds to, instead of breaking off at once; a second Ctrl-C does."""
    asked: list[int] = []

    def hear(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
