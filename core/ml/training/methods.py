"""The training methods by name, and the one way to run any of them."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.ml.encoder import read_encoder
from core.ml.model_folder import ModelDescription
from core.ml.training import head, lora
from core.ml.training.finish import Fitted, Recipe, finish
from core.ml.training.material import Material, Progress, unheard

MIN_EXAMPLES = 50


@dataclass(frozen=True)
class Method:
    """One way to train: its options with their defaults, and what does it."""

    options: Callable[[], Any]
    fit: Callable[[Material, Any, Progress], Fitted]


METHODS = {
    "head": Method(head.HeadOptions, head.fit),
    "lora": Method(lora.LoraOptions, lora.fit),
}


def train(
    name: str, material: Material, folder: Path, *, options: Any = None, on_progress: Progress = unheard
) -> ModelDescription:
    """Train by a method and write the model folder; raise InputError for an unknown method or too few texts."""
    if name not in METHODS:
        raise InputError("There is no method {asked}; there are: {known}.", asked=name, known=", ".join(METHODS))
    n = len(material.examples)
    if n < MIN_EXAMPLES:
        raise InputError("{found} texts are too few to train on: at least {n} are needed.", found=n, n=MIN_EXAMPLES)
    started = time.monotonic()
    chosen = options or METHODS[name].options()
    fitted = METHODS[name].fit(material, chosen, on_progress)
    encoder = read_encoder(material.encoder_dir)
    return finish(fitted, material, encoder, folder, Recipe(name, asdict(chosen), started))
