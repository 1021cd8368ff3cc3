"""What can be chosen about each training method: one frozen dataclass each, with defaults, bounds and sentences.

Leaves out what the options do (the methods' own modules) and how a choice is checked (option_fields.py). No torch.
"""

from dataclasses import dataclass

from core.ml.training.option_fields import OptionField, Value, option

__all__ = [
    "AdaloraOptions",
    "FewShotOptions",
    "FullOptions",
    "GradientOptions",
    "HeadOptions",
    "IncrementalOptions",
    "LoraOptions",
    "OptionField",
    "Options",
    "PromptOptions",
    "Value",
]


@dataclass(frozen=True)
class Options:
    """What every method has."""

    held_out_of: int = option(
        7, "One text of so many is held out to calibrate the probabilities and choose thresholds.", least=2, most=50
    )
    seed: int = option(
        0, "Decides the order of the texts, what is left out, and which texts are held out.", least=0, most=2**31 - 1
    )


@dataclass(frozen=True)
class AdaptableOptions(Options):
    """What the methods have that may start from an encoder adapted to the user's documents."""

    adapt_steps: int = option(
        0,
        "Steps in which the encoder first gets used to the documents' language, without any labels: it guesses masked "
        "words if it has a masked-LM head, else it learns to know a text again in a second reading. 0: none.",
        least=0,
        most=10_000,
    )


@dataclass(frozen=True)
class HeadOptions(AdaptableOptions):
    """What can be chosen about the training of a head."""

    folds: int = option(
        5, "Parts for cross-validation; each text is scored by a head that did not see it.", least=2, most=20
    )
    penalty: float = option(
        0.0, "Ridge penalty on the head's weights; 0 tries several and takes the best.", least=0.0, most=10.0
    )


@dataclass(frozen=True)
class GradientOptions(AdaptableOptions):
    """What all methods have that train the encoder."""

    frozen_layers: int = option(
        6, "Lower layers that are left out of training; their results are computed once.", least=0, most=48
    )
    epochs: int = option(2, "Times that every text is seen.", least=1, most=100)
    batch_size: int = option(16, "Texts a step.", least=1, most=1024)
    texts_at_once: int = option(
        0, "Texts of a step that are computed together: fewer need less memory. 0: all of them.", least=0, most=1024
    )
    learning_rate: float = option(
        1e-3,
        "Largest step of the encoder's weights; rises over the first steps, then falls to nothing.",
        least=1e-7,
        most=0.1,
    )
    head_learning_rate: float = option(1e-3, "The same for the head.", least=1e-7, most=0.1)
    weight_decay: float = option(0.01, "Pull of the trained weights towards zero.", least=0.0, most=1.0)
    dropout: float = option(
        0.0, "Share of values left out at random while training; costs a third of the speed.", least=0.0, most=0.9
    )
    max_tokens: int = option(
        288, "Tokens of a text that are read while training; what follows is left out.", least=16, most=512
    )
    head_penalty: float = option(
        0.03,
        "Ridge penalty of the head to begin with, which is fitted to the encoder as it is.",
        least=1e-4,
        most=10.0,
    )
    loss: str = option(
        "bce",
        "Loss: bce takes all labels alike, weighted counts rare ones more, focal and asymmetric play down easy pairs.",
        choices=("bce", "weighted", "focal", "asymmetric"),
    )
    adversary: str = option(
        "none",
        "Adversarial training: texts are learnt a second time with vectors disturbed by fgm, pgd or freelb; takes two "
        "to five times as long.",
        choices=("none", "fgm", "pgd", "freelb"),
    )
    adversary_size: float = option(
        0.05, "Length of that disturbance, as a share of the text's own vectors.", least=0.0, most=1.0
    )
    evaluations: int = option(
        6,
        "Times that the validation part is scored along the way, for the curve and for ending early.",
        least=0,
        most=200,
    )
    patience: int = option(
        0,
        "Validations in a row without a better one after which training ends; the best weights are kept. 0: never.",
        least=0,
        most=200,
    )
    checkpoint_seconds: float = option(
        60.0, "Seconds between two checkpoints, where the run keeps any.", least=0.0, most=86400.0
    )


@dataclass(frozen=True)
class LoraOptions(GradientOptions):
    """What can be chosen about LoRA."""

    epochs: int = option(4, "Times that every text is seen.", least=1, most=100)
    rank: int = option(32, "Width of the trained matrices; more can learn more and costs size.", least=1, most=256)


@dataclass(frozen=True)
class AdaloraOptions(GradientOptions):
    """What can be chosen about AdaLoRA."""

    rank: int = option(8, "Mean width of the trained matrices at the end.", least=1, most=256)
    first_rank: int = option(
        12, "Width of each at the beginning, before the budget goes where it helps.", least=1, most=384
    )
    orthogonality: float = option(
        0.5, "Pull that keeps the directions of a matrix apart, so that each can be judged alone.", least=0.0, most=10.0
    )


@dataclass(frozen=True)
class FullOptions(GradientOptions):
    """What can be chosen about training the weights themselves."""

    learning_rate: float = option(
        5e-5,
        "Largest step of the uppermost layer's weights; rises at first, then falls to nothing.",
        least=1e-7,
        most=0.1,
    )
    layer_decay: float = option(
        0.9, "Each layer's learning rate as a share of that of the layer above.", least=0.1, most=1.0
    )
    train_embeddings: bool = option(
        False, "Train the embeddings too; needs frozen_layers 0, and the model then is as large as the encoder."
    )


@dataclass(frozen=True)
class PromptOptions(GradientOptions):
    """What can be chosen about prompts."""

    learning_rate: float = option(
        1e-2,
        "Largest step of the prompt's vectors; rises over the first steps, then falls to nothing.",
        least=1e-7,
        most=1.0,
    )
    epochs: int = option(4, "Times that every text is seen.", least=1, most=100)
    prompt_tokens: int = option(16, "Vectors that are put before the text in each trained layer.", least=1, most=128)
    projection: bool = option(
        False, "Make the vectors by a small network while training, which steadies them and is not kept."
    )
    template: str = option(
        "",
        "Words around each text, as in “[text] This is about [mask].”: training then begins with what the encoder's "
        "masked-LM head says at the mask. Needs an encoder that has one. Empty: none.",
    )


@dataclass(frozen=True)
class FewShotOptions(AdaptableOptions):
    """What can be chosen about learning from pairs."""

    epochs: int = option(
        4,
        "Times that a text is drawn on average; every two texts of a batch are one pair, so this bounds the pairs.",
        least=1,
        most=100,
    )
    batch_size: int = option(16, "Texts a batch; 16 texts are 120 pairs.", least=4, most=256)
    temperature: float = option(
        0.1, "Small values make texts that are hard to tell apart count more.", least=0.01, most=1.0
    )
    frozen_layers: int = option(
        8, "Lower layers that are left out of training; their results are computed once.", least=0, most=48
    )
    rank: int = option(16, "Width of the trained matrices; more can learn more and costs size.", least=1, most=256)
    learning_rate: float = option(
        1e-3,
        "Largest step of the encoder's weights; rises over the first steps, then falls to nothing.",
        least=1e-7,
        most=0.1,
    )
    weight_decay: float = option(0.01, "Pull of the trained weights towards zero.", least=0.0, most=1.0)
    max_tokens: int = option(
        128, "Tokens of a text that are read while training; what follows is left out.", least=16, most=512
    )
    head_penalty: float = option(
        0.1, "Ridge penalty of the head, which is fitted once the encoder has learnt.", least=1e-4, most=10.0
    )
    checkpoint_seconds: float = option(
        60.0, "Seconds between two checkpoints, where the run keeps any.", least=0.0, most=86400.0
    )


@dataclass(frozen=True)
class IncrementalOptions(Options):
    """What can be chosen about going on from the champion."""

    rehearsal: int = option(
        400,
        "Old texts that are learnt again beside the new ones, so that they are not forgotten.",
        least=0,
        most=100_000,
    )
    distillation: float = option(
        0.5,
        "How much the champion's own opinion counts on the labels that it knows, against the labels given.",
        least=0.0,
        most=1.0,
    )
    epochs: int = option(4, "Times that every text is seen.", least=1, most=100)
    batch_size: int = option(16, "Texts a step.", least=1, most=1024)
    frozen_layers: int = option(
        6, "Lower layers that are left out of training; their results are computed once.", least=0, most=48
    )
    rank: int = option(8, "Width of the trained matrices; more can learn more and costs size.", least=1, most=256)
    learning_rate: float = option(
        3e-4,
        "Largest step of the encoder's weights; rises over the first steps, then falls to nothing.",
        least=1e-7,
        most=0.1,
    )
    max_tokens: int = option(
        288, "Tokens of a text that are read while training; what follows is left out.", least=16, most=512
    )
