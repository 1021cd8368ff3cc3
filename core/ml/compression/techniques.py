"""The techniques by name, and the one way to run any of them: make smaller, write, measure, say so in the card."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.domain.taxonomy import Taxonomy
from core.errors import InputError
from core.ml.compression import distill, layers, measure, quantize, vocabulary
from core.ml.compression.card import smaller_card
from core.ml.compression.source import Smaller, Source
from core.ml.examples import Example, data_hash, joined
from core.ml.model_folder import CARD, OWN_ENCODER, ModelDescription, content_version, write_model
from core.ml.tagger import Tagger
from core.ml.training.material import Progress, held_part, unheard

MIN_TEXTS = 20
N_COMPARED = 600


@dataclass(frozen=True)
class Technique:
    """One way to make a classifier smaller: its options with their defaults, and what does it."""

    options: Callable[[], Any]
    run: Callable[[Source, Sequence[str], Any, Progress], Smaller]


TECHNIQUES = {
    "int8": Technique(quantize.Int8Options, quantize.run),
    "vocabulary": Technique(vocabulary.VocabularyOptions, vocabulary.run),
    "layers": Technique(layers.LayersOptions, layers.run),
    "distill": Technique(distill.DistillOptions, distill.run),
}


def technique_of(name: str) -> Technique:
    """Return a technique; raise InputError for an unknown name."""
    if name not in TECHNIQUES:
        known = ", ".join(TECHNIQUES)
        raise InputError("There is no technique {asked}; there are: {known}.", asked=name, known=known)
    return TECHNIQUES[name]


@dataclass(frozen=True)
class Texts:
    """What a technique may read: labelled texts, whose labels serve for measuring alone, and texts without labels."""

    examples: Sequence[Example]
    unlabelled: Sequence[str]
    taxonomy: Taxonomy

    def split(self, description: ModelDescription) -> tuple[list[str], list[Example]]:
        """Return the texts to learn from, and those examples that the classifier's training had held out.

        Where it learnt from other texts, a part is held out all the same.
        """
        held = held_part(self.examples, int(description.options.get("held_out_of", 7)), seed=description.seed) == 0
        learnt = [joined(e.title, e.text) for e, out in zip(self.examples, held, strict=True) if not out]
        return [*learnt, *self.unlabelled], [e for e, out in zip(self.examples, held, strict=True) if out]


def compress(
    name: str, source: Source, texts: Texts, folder: Path, *, options: Any = None, on_progress: Progress = unheard
) -> ModelDescription:
    """Make a classifier smaller, write it as a model folder of its own and return its description.

    Raise InputError for an unknown technique, too few texts, or a classifier on which the technique does nothing.
    """
    technique = technique_of(name)
    learnt, held = texts.split(source.description)
    if len(learnt) < MIN_TEXTS:
        raise InputError("{found} texts are too few to go by: at least {n} are needed.", found=len(learnt), n=MIN_TEXTS)
    started = time.monotonic()
    chosen = options or technique.options()
    smaller = technique.run(source, learnt, chosen, on_progress)
    own_hash = smaller.write_encoder(folder / OWN_ENCODER, source.encoder)
    step = {"technique": name, "from": source.description.version, "options": asdict(chosen), **smaller.found}
    description = replace(
        source.description,
        version="",
        method=f"{source.description.method}-{name}"[:40],
        own_encoder_hash=own_hash,
        adapter_sha256="",
        compression=[*source.description.compression, step],
        metrics={},
        seconds=round(time.monotonic() - started, 1),
    )
    description = replace(description, version=content_version(smaller.head, {}, description))
    write_model(folder, smaller.head, {}, description, "")
    on_progress("comparing", 0, 1)
    described = _measured(source, folder, held, texts)
    description = replace(
        description,
        compression=[*source.description.compression, step | described["figures"]],
        metrics=described["metrics"],
    )
    card = smaller_card(description, (source.folder / CARD).read_text("utf-8"))
    write_model(folder, smaller.head, {}, description, card)
    on_progress("comparing", 1, 1)
    return description


def _measured(source: Source, folder: Path, held: Sequence[Example], texts: Texts) -> dict[str, dict[str, Any]]:
    """Return what changed, on texts that nothing was learnt from; F1 only where the labels are those of training."""
    before, after = Tagger.load(source.encoder.path, source.folder), Tagger.load(source.encoder.path, folder)
    compared = [joined(example.title, example.text) for example in held[:N_COMPARED]]
    figures = measure.agreement(before, after, compared, texts.taxonomy)
    figures |= {"bytes_before": source.n_bytes, "bytes": Source.read(source.encoder.path, folder).n_bytes}
    is_known = data_hash(texts.examples) == source.description.data_hash
    return {"figures": figures, "metrics": measure.metrics(after, held, texts.taxonomy) if is_known else {}}
