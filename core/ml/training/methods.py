"""The training methods by name, and the one way to run any of them; loads torch only when one runs."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core.errors import InputError
from core.ml.training.checkpoints import discard
from core.ml.training.option_fields import OptionField, Value, fields_of_options, parse_into
from core.ml.training.options import (
    AdaloraOptions,
    FewShotOptions,
    FullOptions,
    HeadOptions,
    IncrementalOptions,
    LoraOptions,
    Options,
    PromptOptions,
)
from core.ml.training.watch import Watch

if TYPE_CHECKING:
    from core.ml.model_folder import ModelDescription
    from core.ml.training.finish import Fitted
    from core.ml.training.material import Material

MIN_EXAMPLES = 50
SCRATCH = ".scratch"
ADAPTING = "adapting"
"""Folder of a run that keeps the checkpoints of the phase before the method apart from the method's."""


@dataclass(frozen=True)
class Method:
    """One way to train: what the user is told of it, its options with their defaults, and the module that does it."""

    sentence: str
    """English, translated by the catalogues."""
    options: type[Options]
    module: str
    """Has `fit(material, options, run) -> Fitted`."""


@dataclass(frozen=True)
class Run:
    """One run of a training: who watches it, and where it keeps what it needs to go on after a break."""

    watch: Watch
    dir: Path | None
    """None: nothing is kept. What begins with `SCRATCH` in it is not, either."""

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield a folder for what is needed meanwhile, on the same disk as what is kept."""
        if self.dir is not None:
            self.dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f"{SCRATCH}-" if self.dir else "trendvane-", dir=self.dir) as folder:
            yield Path(folder)


METHODS = {
    "head": Method(
        "The encoder stays as it is, only the last layer is trained: done in seconds to minutes.",
        HeadOptions,
        "core.ml.training.head",
    ),
    "lora": Method(
        "Small matrices beside those of the upper layers are trained: the best quality for its size and time.",
        LoraOptions,
        "core.ml.training.lora",
    ),
    "adalora": Method(
        "LoRA that moves its matrices' width to where it helps most: smaller, takes more epochs.",
        AdaloraOptions,
        "core.ml.training.adalora",
    ),
    "full": Method(
        "All weights of the upper layers are trained, or of the whole encoder: large models, for many texts.",
        FullOptions,
        "core.ml.training.full",
    ),
    "prompt": Method(
        "Vectors put before the text in each layer are trained (P-tuning v2): the smallest models, learns slowly.",
        PromptOptions,
        "core.ml.training.prompt",
    ),
    "few_shot": Method(
        "Learns from pairs of texts what is alike: for 8 to 64 texts a label.",
        FewShotOptions,
        "core.ml.training.few_shot",
    ),
    "incremental": Method(
        "Goes on from the champion with new texts and labels, without forgetting the old ones.",
        IncrementalOptions,
        "core.ml.training.incremental",
    ),
}


def find_method(name: str) -> Method:
    """Return a method by name; raise InputError where there is none, with those that there are."""
    if name not in METHODS:
        close = get_close_matches(name, METHODS, n=1)
        if close:
            raise InputError("There is no method {asked}; did you mean {close}?", asked=name, close=close[0])
        raise InputError("There is no method {asked}; there are: {known}.", asked=name, known=", ".join(METHODS))
    return METHODS[name]


def fields_of(method_name: str) -> list[OptionField]:
    """Return a method's options in the order of a form; raise InputError for an unknown method."""
    return fields_of_options(find_method(method_name).options)


def parse_options(method_name: str, values: Mapping[str, Value]) -> Any:
    """Return a method's options with these values; raise one InputError that names all that cannot be used."""
    return parse_into(find_method(method_name).options, values)


def train(
    name: str,
    material: "Material",
    folder: Path,
    *,
    options: Any = None,
    watch: Watch | None = None,
    run_dir: Path | None = None,
) -> "ModelDescription":
    """Train by a method and write the model folder.

    `run_dir` keeps the checkpoints: where it holds one of the same texts, method and options, training goes on from
    there and ends with the weights of one that was left alone. None: nothing is kept.
    Raise InputError for an unknown method or too few texts, and whatever the watch raises.
    """
    method = find_method(name)
    material.require_enough(MIN_EXAMPLES)
    from core.ml.encoder import read_encoder
    from core.ml.training.finish import Recipe, finish

    chosen = options or method.options()
    material.require_parts(held_out_of=chosen.held_out_of, seed=chosen.seed)
    recipe = Recipe(name, asdict(chosen), time.monotonic(), time.process_time())
    is_first = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun starts, one tells and writes
    run = Run(watch if watch and is_first else Watch(), run_dir)
    if run_dir and os.environ.get("WORLD_SIZE", "1") == "1":
        for leftover in run_dir.glob(f"**/{SCRATCH}-*"):  # of a run that died
            shutil.rmtree(leftover, ignore_errors=True)
    fitted = _fitted(method, material, chosen, run)
    with TemporaryDirectory() as unused:
        target = folder if is_first else Path(unused)
        description = finish(fitted, material, read_encoder(material.encoder_dir), target, recipe)
    if run_dir and is_first:
        discard(run_dir)
        shutil.rmtree(run_dir / ADAPTING, ignore_errors=True)
    return description


def _fitted(method: Method, material: "Material", options: Any, run: Run) -> "Fitted":
    """Run a method, where that was asked for on an encoder that gets used to the documents first."""
    fit: Callable[[Material, Any, Run], Fitted] = import_module(method.module).fit
    if not getattr(options, "adapt_steps", 0):
        return fit(material, options, run)
    from core.ml.training.adapt import adapt
    from core.ml.training.start import joined_changes, started_from

    adapted = adapt(material, options, replace(run, dir=run.dir / ADAPTING if run.dir else None))
    with started_from(material, adapted.change, run) as changed:
        fitted = fit(changed, options, run)
    adapter = joined_changes(adapted.change, fitted.adapter)
    return replace(fitted, adapter=adapter, found={**fitted.found, "adapted": adapted.found})
