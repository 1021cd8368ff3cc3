"""The one way to run any of the techniques: make smaller, write, measure, say so in the card."""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.ml.compression import measure
from core.ml.compression.card import smaller_card
from core.ml.compression.options import technique_of
from core.ml.compression.source import Smaller, Source
from core.ml.examples import Example, data_hash, joined
from core.ml.model_folder import CARD, OWN_ENCODER, ModelDescription, content_version, read_description, write_model
from core.ml.tagger import Tagger
from core.ml.training.finish import peak_bytes
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import Options
from core.ml.training.watch import Watch

MIN_TEXTS = 20
N_COMPARED = 600


def compress(
    name: str, source: Source, material: Material, folder: Path, *, options: Any = None, run: Run | None = None
) -> ModelDescription:
    """Make a classifier smaller, write it as a model folder of its own and return its description.

    It goes by the taught part of the material, whose labels it does not read, and the unlabelled texts; it is measured
    on the test part. The validation part has no use here: probabilities stay calibrated as they are, thresholds stay.
    Raise InputError for an unknown technique, too few texts, or a classifier on which the technique does nothing.
    """
    technique = technique_of(name)
    if source.adapter and source.adapter.cloze:
        raise InputError(
            "The model {version} reads texts in a cloze (option `template`), which cannot be made smaller; choose "
            "another one.",
            version=source.description.version,
        )
    learnt, held = _parts(material, source.description)
    run = run or Run(Watch(), None)
    started = time.monotonic(), time.process_time()
    chosen = options or technique.options()
    smaller: Smaller = import_module(technique.module).run(source, learnt, chosen, run)
    own_hash = smaller.write_encoder(folder / OWN_ENCODER, source.encoder)
    step = {"technique": name, "from": source.description.version, "options": asdict(chosen), **smaller.found}
    description = _described(source, smaller, step, own_hash, started)
    write_model(folder, smaller.head, smaller.prefixes, description, "")
    made = Source.read(source.encoder.path, folder)
    is_measured = _is_measurable(source, held, material)
    compared = [joined(example.title, example.text) for example in held[:N_COMPARED]]
    tell = measure.Counted(run.watch, 2 * len(compared) + len(held) * is_measured)
    description = replace(
        description,
        compression=[*source.description.compression, step | _figures(source, made, compared, material, tell)],
        metrics=_metrics(source, made, held, material, tell) if is_measured else {},
        disk_bytes=made.n_bytes,
    )
    card = smaller_card(description, (source.folder / CARD).read_text("utf-8"))
    write_model(folder, smaller.head, smaller.prefixes, description, card)
    return read_description(folder)


def _described(
    source: Source, smaller: Smaller, step: dict[str, Any], own_hash: str, started: tuple[float, float]
) -> ModelDescription:
    """Return the description before anything is measured; `started` by time.monotonic() and time.process_time()."""
    known = source.description
    description = replace(
        known,
        version="",
        method=f"{known.method}-{step['technique']}"[:40],
        own_encoder_hash=own_hash,
        compression=[*known.compression, step],
        metrics={},
        seconds=round(time.monotonic() - started[0], 1),
        cpu_seconds=round(time.process_time() - started[1], 1),
        peak_bytes=peak_bytes(),
        n_trainable=0,
    )
    return replace(description, version=content_version(smaller.head, smaller.prefixes, description))


def _parts(material: Material, description: ModelDescription) -> tuple[list[str], list[Example]]:
    """Return the texts to go by, and the examples of the test part; raise InputError where there are too few."""
    held_out_of = int(description.options.get("held_out_of", Options().held_out_of))
    split = material.split(held_out_of=held_out_of, seed=description.seed)
    taught = [material.texts[row] for row in split.taught]
    learnt, held = [*taught, *material.unlabelled], [material.examples[row] for row in split.test]
    if len(learnt) < MIN_TEXTS:
        raise InputError("{found} texts are too few to go by: at least {n} are needed.", found=len(learnt), n=MIN_TEXTS)
    if not held:
        raise InputError("No text fell into the part {parts}; add more texts.", parts="test")
    return learnt, held


def _figures(
    source: Source, made: Source, compared: Sequence[str], material: Material, tell: measure.Counted
) -> dict[str, Any]:
    """Return how large both are, how fast, and which labels stayed on texts that nothing was learnt from here."""
    before, after = (Tagger.load(source.encoder.path, one.folder) for one in (source, made))
    figures = measure.agreement(before, after, compared, material.taxonomy, tell=tell)
    return figures | {"bytes_before": source.n_bytes, "bytes": made.n_bytes}


def _is_measurable(source: Source, held: Sequence[Example], material: Material) -> bool:
    """Return whether F1 says something: not where the classifier's training may have seen the texts.

    It has not where it learnt from this material and was itself measured on as many texts of it: one from before there
    was a test part was measured on others.
    """
    known = source.description
    n_measured = known.metrics.get("all", {}).get("n")
    return bool((known.data_hash, n_measured) == (data_hash(material.examples), len(held)))


def _metrics(
    source: Source, made: Source, held: Sequence[Example], material: Material, tell: measure.Counted
) -> dict[str, Any]:
    return measure.metrics(Tagger.load(source.encoder.path, made.folder), held, material.taxonomy, tell=tell)
