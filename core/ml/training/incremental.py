"""Method `incremental`: goes on from the champion with new texts and labels, without forgetting the old ones.

Two things keep the old: a sample of old texts is learnt again (rehearsal), and on every text the champion's own
opinion counts beside the labels given (distillation: Learning without Forgetting, Li and Hoiem 2017). A sigmoid's
cross-entropy is linear in what is wanted, so both opinions are mixed into one wanted value a label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from core.errors import InputError
from core.ml.decisions import Rules
from core.ml.evaluate import f1
from core.ml.examples import Example
from core.ml.model_folder import Head, ModelDescription, read_adapter, read_description, read_head
from core.ml.tagger import Tagger
from core.ml.training import gradient
from core.ml.training.finish import Fitted
from core.ml.training.linear import Linear
from core.ml.training.lora import Pairs
from core.ml.training.material import Material, Rows
from core.ml.training.methods import Run
from core.ml.training.options import IncrementalOptions, LoraOptions
from core.ml.training.start import Tensors, joined_changes, started_from

NEW_SOURCES = ("correction", "import:")
"""Texts of these sources count as new, and so do those with a label that the champion does not know."""
Floats = NDArray[np.float32]


def fit(material: Material, options: IncrementalOptions, run: Run) -> Fitted:
    """Go on from the champion and score the texts that are held out.

    Raise InputError where there is no champion to go on from, or nothing new to learn.
    """
    champion = _champion(material)
    split = material.split(held_out_of=options.held_out_of, seed=options.seed)
    taught = _to_teach(material, split.taught, champion.description.label_ids, options)
    opinion = _opinion(material, champion.folder, np.concatenate([taught, split.test]), run)
    wanted = gradient.Wanted(taught, _mixed(material.true.astype(np.float32), opinion, options.distillation))
    with started_from(material, champion.adapter, run) as changed:
        fitted = gradient.fit(changed, _as_lora(options), run, _maker(champion, material, options), wanted=wanted)
    before = _f1_of(champion.description, material, opinion[split.test], split.test)
    return replace(
        fitted,
        adapter=joined_changes(champion.adapter, fitted.adapter),
        found={**fitted.found, "champion": champion.description.version, "champion_f1": before},
    )


@dataclass(frozen=True)
class _Champion:
    """The model to go on from."""

    folder: Path
    description: ModelDescription
    head: Head
    adapter: Tensors


def _champion(material: Material) -> _Champion:
    folder = material.champion_dir
    if folder is None:
        raise InputError("The method `incremental` goes on from a champion, and there is none; use another method.")
    description = read_description(folder)
    if description.own_encoder_hash:
        raise InputError(
            "The champion {version} was made smaller, so that it cannot be gone on from; promote the model that it was "
            "made from, or use another method.",
            version=description.version,
        )
    adapter = read_adapter(folder, description)
    return _Champion(folder, description, read_head(folder, description), adapter.tensors if adapter else {})


def _to_teach(material: Material, taught: Rows, known: Sequence[str], options: IncrementalOptions) -> Rows:
    """Return the new ones of the taught rows with a sample of the old."""
    unknown = set(material.label_ids) - set(known)
    is_new = np.array([_is_new(material.examples[row], unknown) for row in taught], dtype=bool)
    if not is_new.any():
        raise InputError(
            "There is nothing new to learn: no text has a label that the champion does not know, and none is a "
            "correction or was imported with labels. Add some, or use another method."
        )
    old = np.random.default_rng(options.seed).permutation(taught[~is_new])[: options.rehearsal]
    return np.sort(np.concatenate([taught[is_new], old]))


def _is_new(example: Example, unknown: set[str]) -> bool:
    return bool(unknown & example.labels) or example.source.startswith(NEW_SOURCES)


def _opinion(material: Material, champion: Path, rows: Rows, run: Run) -> Floats:
    """Return the champion's probabilities of all texts [n, n_labels]; not a number for other rows and new labels."""
    tagger = Tagger.load(material.encoder_dir, champion)
    place = {label_id: column for column, label_id in enumerate(tagger.label_ids)}
    texts = [material.texts[row] for row in rows]
    found = tagger.tag(texts, on_progress=lambda done: run.watch.phase("reading", done, len(texts)))
    opinion = np.full((len(material.texts), len(material.label_ids)), np.nan, dtype=np.float32)
    for column, label_id in enumerate(material.label_ids):
        if label_id in place:
            opinion[rows, column] = found[:, place[label_id]]
    return opinion


def _mixed(given: Floats, opinion: Floats, weight: float) -> Floats:
    """Return what is wanted: the labels given, on the way to the champion's opinion where it has one.

    >>> _mixed(np.array([[1.0, 0.0]], dtype=np.float32), np.array([[0.5, np.nan]], dtype=np.float32), 0.5).tolist()
    [[0.75, 0.0]]
    """
    return np.where(np.isnan(opinion), given, (1 - weight) * given + weight * opinion).astype(np.float32)


def _as_lora(options: IncrementalOptions) -> LoraOptions:
    same = ("held_out_of", "seed", "epochs", "batch_size", "frozen_layers", "rank", "learning_rate", "max_tokens")
    return LoraOptions(**{name: getattr(options, name) for name in same})


def _maker(champion: _Champion, material: Material, options: IncrementalOptions) -> gradient.MakeChange:
    def make(encoder: Any, _embeddings: nn.Module) -> Pairs:
        return _FromChampion(encoder, _as_lora(options), champion, material.label_ids)

    return make


class _FromChampion(Pairs):
    """LoRA whose first head is the champion's, with rows for what it does not know."""

    def __init__(self, encoder: nn.Module, options: LoraOptions, champion: _Champion, label_ids: Sequence[str]) -> None:
        super().__init__(encoder, options)
        self._champion, self._label_ids = champion, label_ids

    def first_head(self, vectors: Floats, labels: Floats) -> Linear:
        """Return the champion's rows for the labels that it knows, and fitted ones for the others."""
        fitted = super().first_head(vectors, labels)
        for row, label_id in enumerate(self._champion.description.label_ids):
            if label_id in self._label_ids:
                column = self._label_ids.index(label_id)
                fitted.weight[column] = self._champion.head.weight[row]
                fitted.bias[column] = self._champion.head.bias[row]
        return fitted


def _f1_of(description: ModelDescription, material: Material, opinion: Floats, rows: Rows) -> dict[str, float]:
    """Return the champion's F1 of each label that it knows, on the rows that its probabilities are given for."""
    known = [label_id for label_id in material.label_ids if label_id in description.label_ids]
    columns = [material.label_ids.index(label_id) for label_id in known]
    threshold = dict(zip(description.label_ids, description.thresholds, strict=True))
    thresholds = np.array([threshold[label_id] for label_id in known], dtype=np.float32)
    held = Rules(known, material.taxonomy).decisions(opinion[:, columns], thresholds)
    true = material.true[rows][:, columns]
    return {label_id: round(f1(true[:, i], held[:, i]), 4) for i, label_id in enumerate(known)}
