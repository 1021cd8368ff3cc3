"""The techniques by name, and what can be chosen about each: defaults, bounds and sentences. No torch.

Leaves out what the techniques do (their own modules) and how a choice is checked (core.ml.training.option_fields).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from core.ml.training.option_fields import OptionField, Value, fields_of_options, option, parse_into

MOST_TEXTS = 100_000
MOST_TOKENS = 512


@dataclass(frozen=True)
class Int8Options:
    """What can be chosen about 8-bit weights."""

    n_texts: int = option(128, "Sample texts whose inputs set the scales.", least=1, most=MOST_TEXTS)
    max_tokens: int = option(256, "Tokens of each text that are read.", least=4, most=MOST_TOKENS)
    seed: int = option(0, "Draws the texts.", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class VocabularyOptions:
    """What can be chosen about the words that are kept."""

    seed: int = option(0, "On record as for every technique; nothing is drawn here.", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class LayersOptions:
    """What can be chosen about the layers that are left out."""

    n_layers: int = option(9, "Layers that are left.", least=1, most=200)
    n_sample: int = option(48, "Texts on which each layer's absence is measured.", least=1, most=MOST_TEXTS)
    n_texts: int = option(1500, "Texts to learn from at most.", least=20, most=MOST_TEXTS)
    max_tokens: int = option(160, "Tokens of each text that are read.", least=4, most=MOST_TOKENS)
    seed: int = option(0, "Draws the texts.", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class DistillOptions:
    """What can be chosen about distillation."""

    n_layers: int = option(6, "Layers that are left.", least=1, most=200)
    epochs: int = option(8, "Times that every text is seen.", least=1, most=100)
    frozen_layers: int = option(2, "Lowest layers that do not learn.", least=0, most=200)
    n_texts: int = option(15_000, "Texts to learn from at most.", least=20, most=MOST_TEXTS)
    batch_size: int = option(16, "Texts a step.", least=1, most=1024)
    learning_rate: float = option(
        5e-4, "Largest step of the weights; rises over the first steps, then falls to nothing.", least=0.0, most=1.0
    )
    vector_weight: float = option(
        20.0, "How much the vectors of texts count beside the labels.", least=0.0, most=10_000.0
    )
    state_weight: float = option(
        10.0, "How much what each layer gives of every token counts beside the labels.", least=0.0, most=10_000.0
    )
    max_tokens: int = option(256, "Tokens of each text that are read.", least=4, most=MOST_TOKENS)
    seed: int = option(0, "Draws the texts.", least=0, most=2**31 - 1)


@dataclass(frozen=True)
class Technique:
    """One way to make a classifier smaller."""

    sentence: str
    """What it does, in English; the catalogues translate it."""
    options: type[Any]
    module: str
    """Where its `run` is; loaded when it is used, as it needs torch."""


TECHNIQUES = {
    "int8": Technique(
        "Weights in 8 bits: about half the size, and about twice as fast on processors with VNNI; nothing is learnt.",
        Int8Options,
        "core.ml.compression.quantize",
    ),
    "vocabulary": Technique(
        "Only the word pieces that English and Chinese texts use are kept: smaller, as fast as before.",
        VocabularyOptions,
        "core.ml.compression.vocabulary",
    ),
    "layers": Technique(
        "The layers that matter least are left out and the head is fitted anew: faster, takes minutes.",
        LayersOptions,
        "core.ml.compression.layers",
    ),
    "distill": Technique(
        "Half the layers learn to say what all of them said: nearly twice as fast; takes an hour or more.",
        DistillOptions,
        "core.ml.compression.distill",
    ),
}


def technique_of(name: str) -> Technique:
    """Return a technique; raise InputError for an unknown name."""
    if name not in TECHNIQUES:
        known = ", ".join(TECHNIQUES)
        raise InputError("There is no technique {asked}; there are: {known}.", asked=name, known=known)
    return TECHNIQUES[name]


def fields_of_technique(name: str) -> list[OptionField]:
    """Return a technique's options in the order of a form; raise InputError for an unknown name."""
    return fields_of_options(technique_of(name).options)


def parse_technique(name: str, values: Mapping[str, Value]) -> Any:
    """Return a technique's options with these values; raise InputError for an unknown name or as `parse_into` does."""
    return parse_into(technique_of(name).options, values)
