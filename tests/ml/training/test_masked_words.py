"""An encoder with a masked-LM head gets used to unlabelled texts by masked words."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForMaskedLM

from core.errors import Stopped
from core.ml.batching import Excerpt
from core.ml.encoder import write_stamp
from core.ml.tagger import Tagger
from core.ml.training.adapt import adapt
from core.ml.training.masked_words import MaskedWords, masked_words_of
from core.ml.training.material import Material
from core.ml.training.methods import Run, train
from core.ml.training.options import AdaptableOptions, LoraOptions, PromptOptions
from core.ml.training.pairs import pair_network
from core.ml.training.start import started_from
from core.ml.training.states import states_of, token_ids
from core.ml.training.watch import Watch
from tests.conftest import VOCABULARY
from tests.ml.training.conftest import KINDS
from tests.ml.training.test_pairs import StopAt

SIGNS = [sign for sign in VOCABULARY if sign > "一"]
WORDS = {"en": ["abc", "xyz", "789"], "zh": ["".join(SIGNS[place : place + 3]) for place in (10, 40, 70)]}
MASK, N_SPECIAL = VOCABULARY.index("[MASK]"), 5


def written(language: str, n: int, *, seed: int) -> list[str]:
    """Return texts of a toy language: each says one word over and over, so that a hidden sign follows from others."""
    rng = np.random.default_rng(seed)
    return [WORDS[language][rng.integers(3)] * int(rng.integers(4, 12)) for _ in range(n)]


def masked_words(encoder: Path) -> MaskedWords:
    found = masked_words_of(encoder, seed=0)
    assert found is not None
    return found


def loss_by_hand(encoder: Path, texts: list[str]) -> float:
    """Return the mean loss of transformers' own model where one sign in the middle of each text is hidden."""
    model = AutoModelForMaskedLM.from_pretrained(encoder).eval()
    losses = []
    for text in texts:
        ids = [VOCABULARY.index(sign) for sign in ["[CLS]", *text, "[SEP]"]]
        place = len(ids) // 2
        wanted, ids[place] = ids[place], MASK
        with torch.inference_mode():
            losses.append(-model(torch.tensor([ids])).logits[0, place].log_softmax(0)[wanted].item())
    return float(np.mean(losses))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hidden_words_of_texts_that_were_not_learnt_become_likelier(
    language: str, masked: Path, make_material: Callable[..., Material]
) -> None:
    material = replace(make_material(60, masked), unlabelled=written(language, 400, seed=1))
    adapted = adapt(material, AdaptableOptions(adapt_steps=120), Run(Watch(), None))
    found = adapted.found
    assert (found["objective"], found["held_out"], found["texts"]) == ("masked words", 40, 360)
    assert found["loss_change"] + found["loss_change_error"] < 0
    assert found["loss_after"] == pytest.approx(found["loss_before"] + found["loss_change"])
    others = written(language, 60, seed=2)
    with started_from(material, adapted.change, Run(Watch(), None)) as changed:
        assert loss_by_hand(changed.encoder_dir, others) < loss_by_hand(masked, others) - 0.1


def test_the_loss_is_what_transformers_own_model_says(masked: Path, tmp_path: Path) -> None:
    words, texts = masked_words(masked), written("en", 60, seed=3) + written("zh", 60, seed=3)
    plain = next(token_ids(masked, texts, Excerpt(64)))
    seen = next(iter(words.hidden([plain])))
    states = states_of(masked, [seen], tmp_path / "states", n_layers=1)
    network = pair_network(masked, n_frozen=1, rank=2, dropout=0.0)
    model, n = AutoModelForMaskedLM.from_pretrained(masked).eval(), 0
    for row, (ids, was) in enumerate(zip(seen, plain, strict=True)):
        places = [place for place, id_ in enumerate(ids) if id_ != was[place]]
        if len(places) < round(0.15 * (len(ids) - 2)):
            continue  # one that was chosen stayed as it was, which cannot be seen from here
        with torch.inference_mode():
            said = model(torch.tensor([ids])).logits[0, places]
        expected = functional.cross_entropy(said, torch.tensor([was[place] for place in places])).item()
        assert words.measured(network, states, [row])[0] == pytest.approx(expected, abs=0.05)
        n += 1
    assert n > 40


def test_a_seventh_of_the_words_is_chosen_and_most_of_it_hidden(masked: Path) -> None:
    plain = [[2, *range(N_SPECIAL, 205), 3] for _ in range(100)]
    seen = np.array(next(iter(masked_words(masked).hidden([plain]))))
    changed = seen != np.array(plain)
    assert (seen == MASK).mean() == pytest.approx(0.15 * 0.8, abs=0.01)
    assert (changed & (seen != MASK)).mean() == pytest.approx(0.15 * 0.1, abs=0.004)
    assert not changed[:, [0, -1]].any()
    assert seen[changed & (seen != MASK)].min() >= N_SPECIAL, "no special token stands for a word"
    again = np.array(next(iter(masked_words(masked).hidden([plain]))))
    assert (again == seen).all()


def test_texts_without_a_word_are_read_and_change_nothing(masked: Path, make_material: Callable[..., Material]) -> None:
    nothing = ["", "\u9fff\u9ffe"] * 15  # signs that the encoder does not know
    material = make_material(60, masked)
    options = AdaptableOptions(adapt_steps=3)
    adapted = adapt(replace(material, unlabelled=nothing), options, Run(Watch(), None))
    assert "held_out" not in adapted.found
    assert not any(tensor.any() for name, tensor in adapted.change.items() if name.endswith("lora_B"))
    mixed = adapt(replace(material, unlabelled=nothing + written("zh", 30, seed=1)), options, Run(Watch(), None))
    assert any(tensor.any() for name, tensor in mixed.change.items() if name.endswith("lora_B"))


@pytest.mark.parametrize("lacks", ["head", "mask"])
def test_without_head_or_mask_two_readings_are_compared(
    lacks: str, masked: Path, tiny_encoder: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    encoder = tiny_encoder
    if lacks == "mask":
        encoder = Path(shutil.copytree(masked, tmp_path / "encoder"))
        about = json.loads((encoder / "tokenizer_config.json").read_text())
        del about["mask_token"]
        (encoder / "tokenizer_config.json").write_text(json.dumps(about))
        write_stamp(encoder, name="maskless", source="here")
    adapted = adapt(make_material(80, encoder), AdaptableOptions(adapt_steps=3), Run(Watch(), None))
    n_taught = len(make_material(80).split(held_out_of=7, seed=0).taught)
    assert adapted.found == {"objective": "two readings", "steps": 3, "texts": min(48, n_taught)}


class Adapting(Watch):
    """Keeps the steps of the phase."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def phase(self, name: str, done: int, total: int) -> None:
        if name == "adapting":
            self.steps.append(done)


def test_a_training_that_was_broken_off_while_adapting_ends_with_the_same_weights(
    masked: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material, run = replace(make_material(80, masked), unlabelled=written("zh", 50, seed=1)), tmp_path / "run"
    options = LoraOptions(frozen_layers=1, rank=2, epochs=1, adapt_steps=12, checkpoint_seconds=0.0)
    alone = train("lora", material, tmp_path / "alone", options=options)
    with pytest.raises(Stopped):
        train("lora", material, tmp_path / "never", options=options, run_dir=run, watch=StopAt("adapting", 8))
    heard = Adapting()
    resumed = train("lora", material, tmp_path / "resumed", options=options, run_dir=run, watch=heard)
    assert heard.steps == list(range(8, 13))
    assert resumed.version == alone.version
    assert resumed.calibration["adapted"] == alone.calibration["adapted"]
    assert not list(run.glob("**/checkpoint-*"))


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("lora", LoraOptions(frozen_layers=1, rank=4, epochs=8, learning_rate=0.01, held_out_of=4, adapt_steps=20)),
        (
            "prompt",
            PromptOptions(
                frozen_layers=1,
                prompt_tokens=3,
                epochs=12,
                head_learning_rate=0.01,
                held_out_of=4,
                template="这是[mask]：[text]",
                adapt_steps=20,
            ),
        ),
    ],
)
def test_a_method_trains_on_top_of_it_and_tags(
    method: str, options: AdaptableOptions, masked: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    documents = written("en", 60, seed=1) + written("zh", 60, seed=1)
    train(method, replace(make_material(120, masked), unlabelled=documents), tmp_path, options=options)
    tagger = Tagger.load(masked, tmp_path)
    market = tagger.label_ids.index("market")
    first, *others = tagger.tag([text * 5 for text, _ in KINDS])[:, market]
    assert first > 0.5 > max(others)
    card = (tmp_path / "MODEL_CARD.md").read_text("utf-8")
    assert "masked words, 20 steps, 108 texts. Cross-entropy of masked words in 12 other texts: " in card
