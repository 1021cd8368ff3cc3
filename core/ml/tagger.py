"""Tagging: texts to calibrated label probabilities with one encoder pass and one head over the whole tree."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.ml.embedder import Embedder
from core.ml.model_folder import Head, ModelDescription, encoder_of, read_adapter, read_description, read_head


class Tagger:
    """A classifier on its encoder, ready to run; reads no clock, no database and no settings."""

    def __init__(self, embedder: Embedder, head: Head, description: ModelDescription) -> None:
        self.embedder = embedder
        self.head = head
        self.description = description
        self.label_ids: tuple[str, ...] = tuple(description.label_ids)
        self.thresholds: NDArray[np.float32] = np.array(description.thresholds, dtype=np.float32)

    @classmethod
    def load(cls, encoder_dir: Path, model_dir: Path, *, threads: int = 0, exact: bool = False) -> "Tagger":
        """Read encoder and model; raise ModelError where one is absent, damaged or does not fit the other.

        An exact one computes in float32 on every machine, slower where the hardware prefers bfloat16.
        """
        description = read_description(model_dir)
        head = read_head(model_dir, description)
        encoder = encoder_of(model_dir, description, encoder_dir)
        adapter = read_adapter(model_dir, description)
        embedder = Embedder.load(encoder.path, threads=threads, adapter=adapter, exact=exact)
        if embedder.width != head.weight.shape[1]:
            raise ModelError(
                "The head of model {version} takes vectors of {wanted} numbers, but its encoder gives {found}.",
                version=description.version,
                wanted=head.weight.shape[1],
                found=embedder.width,
            )
        return cls(embedder, head, description)

    @property
    def model_version(self) -> str:
        """Return the version that every prediction is stored with."""
        return self.description.version

    @property
    def taxonomy_version(self) -> str:
        """Return the version of the label tree that the model was trained for."""
        return self.description.taxonomy_version

    def tag(self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Return calibrated probabilities [n, n_labels] in the order of label_ids; no text is cut short.

        Texts are those of `core.ml.examples.joined`; on_progress gets the number of texts done.
        """
        return self.head.probabilities(self.embedder.embed(texts, on_progress=on_progress))
