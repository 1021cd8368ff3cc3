"""A text in a cloze: what the masked-LM head says before any training, and what training makes of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import AutoModelForMaskedLM

from core.domain.taxonomy import Label, LabelKind
from core.errors import InputError, ModelError, Stopped
from core.ml.adapter import Adapter
from core.ml.batching import Excerpt
from core.ml.cloze import Cloze
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.decisions import Rules
from core.ml.embedder import Embedder
from core.ml.encoder import fetch_encoder
from core.ml.gradients import log_odds, states_of
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import train
from core.ml.training.options import PromptOptions
from core.ml.training.prompt import Prefixes, ask_masked_lm
from core.ml.training.states import compute_states
from core.ml.training.template import read_template
from core.ml.training.upper import UpperClassifier, unit_vectors, upper_layers
from core.ml.training.verbalizer import label_words, levelled, verbalizer
from tests.conftest import VOCABULARY
from tests.ml.training.conftest import KINDS
from tests.ml.training.test_loop import StopAt

EN, ZH = "[text] about [mask].", "这是[mask]的：[text]"
TEXTS = ["abcabc", "a", "", "789 " * 9, "央行发布规划"]
LABELS = [
    Label("market", LabelKind.DIMENSION, None, "Market & all", "\u4e25\u4e4a 市", "", ""),
    Label("policy", LabelKind.DIMENSION, None, "XYZ", "中", "", ""),
]


def asked_by_hand(encoder: Path, template: str, text: str) -> np.ndarray:
    """Return what transformers' model says at the mask: the labels' mean scores over their words, languages alike."""
    model = AutoModelForMaskedLM.from_pretrained(encoder).eval()
    word = {token: place for place, token in enumerate(VOCABULARY)}
    spoken = template.replace("[mask]", "\0").replace("[text]", text)
    ids = [word["[MASK]" if sign == "\0" else sign if sign in word else "[UNK]"] for sign in spoken]
    ids = [word["[CLS]"], *ids, word["[SEP]"]]
    with torch.inference_mode():
        said = model(torch.tensor([ids])).logits[0, ids.index(word["[MASK]"])].numpy()

    def mean(name: str) -> float:
        return float(np.mean([said[word[sign]] for sign in name if sign.isalnum() and sign in word]))

    known = [[n for n in (one.name_en, one.name_zh) if any(sign in word for sign in n)] for one in LABELS]
    return np.array([np.mean([mean(name) for name in names]) for names in known])


@pytest.mark.parametrize("template", [EN, ZH])
def test_without_any_training_it_says_what_the_masked_lm_head_says(masked: Path, template: str) -> None:
    cloze = read_template(template, masked, max_tokens=64)
    texts = [text.replace(" ", "") for text in TEXTS]
    vectors = Embedder.load(masked, adapter=Adapter(cloze.tensors()), exact=True).embed(texts)
    expected = np.stack([asked_by_hand(masked, template, text) for text in texts])
    found = verbalizer(masked, LABELS).scores(vectors)
    assert np.abs(found - expected).max() < 1e-3
    assert np.ptp(expected, axis=0).min() > 0.05, "the texts differ, so agreement means something"


def test_every_window_of_a_long_text_stands_in_the_cloze(masked: Path) -> None:
    cloze = read_template(EN, masked, max_tokens=64)
    embedder = Embedder.load(masked, adapter=Adapter(cloze.tensors()), exact=True)
    text = "abc" * 300
    windows = embedder.tokenizer.windows([text])
    assert len(windows) == 2
    assert all(len(window.ids) <= embedder.network.shape.max_tokens for window in windows)
    assert sum(len(window.ids) - len(cloze.before) - len(cloze.after) - 2 for window in windows) == len(text)
    parts = [asked_by_hand(masked, EN, part) for part in (text[:450], text[450:])]
    found = verbalizer(masked, LABELS).scores(embedder.embed([text]))[0]
    assert found == pytest.approx(np.mean(parts, axis=0), abs=1e-3)


@pytest.mark.parametrize("template", [EN, ZH])
def test_the_tagger_reads_as_the_network_in_training_does(
    template: str, masked: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    options = PromptOptions(prompt_tokens=3, frozen_layers=1, template=template)
    asked = ask_masked_lm(make_material(60, masked), options)
    change = Prefixes(upper_layers(masked, n_frozen=1, dropout=0.0)[0], options, asked)
    network = UpperClassifier(change.encoder, at_mask=change.at_mask, n_labels=2)
    torch.manual_seed(2)
    with torch.no_grad():
        for weight in change.encoder.parameters():
            weight += 0.5 * torch.randn_like(weight) if weight.requires_grad else 0.0
    states = compute_states(masked, TEXTS, tmp_path / "states", n_layers=1, read=Excerpt(64, asked.cloze))
    trained = unit_vectors(network, states, np.arange(len(TEXTS)))
    served, untrained = (
        Embedder.load(masked, adapter=Adapter(tensors)).embed(TEXTS)
        for tensors in (change.tensors(), asked.cloze.tensors())
    )
    assert np.abs(trained - untrained).max() > 0.01
    assert np.abs(trained - served).max() < 0.03 * np.abs(trained - untrained).max()


OPTIONS = PromptOptions(prompt_tokens=3, frozen_layers=1, held_out_of=4, template=EN, checkpoint_seconds=0.0)


@pytest.mark.parametrize("template", [EN, ZH])
def test_what_was_taught_is_tagged_by_the_saved_version(
    template: str, masked: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material = make_material(120, masked)
    options = replace(OPTIONS, template=template, epochs=12, head_learning_rate=0.01)
    trained = train("prompt", material, tmp_path / "model", options=options)
    tagger = Tagger.load(masked, tmp_path / "model")
    market = tagger.label_ids.index("market")
    first, *others = tagger.tag([text * 5 for text, _ in KINDS])[:, market]
    assert first > 0.5 > max(others)
    assert all(trained.metrics[part]["labels"]["market"]["f1"] > 0.7 for part in ("en", "zh")), "chance is a third"
    held = material.split(held_out_of=4, seed=0).test
    likely = Rules(tagger.label_ids, material.taxonomy).consistent(tagger.tag([material.texts[row] for row in held]))
    true = material.true[held, market][likely[:, market] >= tagger.thresholds[market]]
    assert trained.metrics["all"]["labels"]["market"]["precision"] == pytest.approx(true.mean())
    exact = Tagger.load(masked, tmp_path / "model", exact=True)
    for text in ("abcabc", "abc" * 300):
        ends = [states_of(exact.embedder.network, ids)[-1] for ids, _ in exact.embedder.tokenizer.located(text)]
        for column, chance in enumerate(exact.tag([text])[0]):
            assert 1 / (1 + np.exp(-log_odds(exact, ends, column).item())) == pytest.approx(float(chance), abs=1e-4)
    with pytest.raises(InputError, match="in a cloze"):
        compress("int8", Source.read(masked, tmp_path / "model"), material, tmp_path / "smaller")


def test_a_training_that_was_broken_off_ends_with_the_same_version(
    masked: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material, run = make_material(60, masked), tmp_path / "run"
    options = replace(OPTIONS, epochs=2, batch_size=8, dropout=0.1)
    alone = train("prompt", material, tmp_path / "alone", options=options)
    with pytest.raises(Stopped):
        train("prompt", material, tmp_path / "never", options=options, run_dir=run, watch=StopAt(5))
    assert train("prompt", material, tmp_path / "resumed", options=options, run_dir=run).version == alone.version
    other = train("prompt", material, tmp_path / "other", options=replace(options, template=ZH))
    assert other.version != alone.version


def test_levelling_keeps_the_order_that_the_masked_lm_head_gives_texts(masked: Path) -> None:
    cloze = read_template(EN, masked, max_tokens=64)
    vectors = Embedder.load(masked, adapter=Adapter(cloze.tensors())).embed(TEXTS)
    labels = np.array([[1, 0], [0, 0], [0, 1], [0, 0], [0, 0]], dtype=np.float32)
    start = verbalizer(masked, LABELS)
    level = levelled(start, vectors, labels, penalty=0.03)
    assert (np.argsort(level.scores(vectors), axis=0) == np.argsort(start.scores(vectors), axis=0)).all()
    means = 1 / (1 + np.exp(-level.scores(vectors)))
    assert means.mean(0) == pytest.approx(labels.mean(0), abs=0.02)


def test_all_that_keeps_a_template_from_being_used_is_said_at_once(
    masked: Path, tiny_encoder: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        train("prompt", make_material(60), tmp_path, options=replace(OPTIONS, template="{text} [mask] [mask]"))
    said = str(refused.value)
    assert all(part in said for part in ("expected once each", "{text} [mask]", "masked-LM head", "TRENDVANE_ENCODER"))
    with pytest.raises(InputError, match="takes 40"):
        read_template(f"[text]{'x' * 39}[mask]", masked, max_tokens=64)
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize(
    ("tensors", "problem"),
    [
        (Cloze((), (4,), -1).tensors(), "outside of its own words"),
        (Cloze((4,), (), 2).tensors(), "outside of its own words"),
        (Cloze((10**6, 4), (), 2).tensors(), "does not have"),
        (Cloze((4,) * 600, (), 2).tensors(), "no room"),
        ({"cloze.place": torch.tensor([1])}, "not whole"),
        ({**Cloze((4,), (), 1).tensors(), "cloze.before": torch.ones(1)}, "not whole"),
    ],
)
def test_a_cloze_of_another_hand_that_does_not_fit_is_refused(
    tensors: dict[str, torch.Tensor], problem: str, masked: Path
) -> None:
    with pytest.raises(ModelError, match=problem):
        Embedder.load(masked, adapter=Adapter(tensors))


def test_a_cloze_on_an_encoder_without_the_head_is_refused(tiny_encoder: Path) -> None:
    with pytest.raises(ModelError, match="TRENDVANE_ENCODER"):
        Embedder.load(tiny_encoder, adapter=Adapter(Cloze((), (4,), -2).tensors()))


def test_a_head_that_an_encoder_only_claims_to_have_is_not_made_up(masked: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    AutoModelForMaskedLM.from_pretrained(masked).base_model.save_pretrained(bare)
    config = json.loads((bare / "config.json").read_text())
    kept = json.loads((masked / "config.json").read_text())["architectures"]
    (bare / "config.json").write_text(json.dumps(config | {"architectures": kept}))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (bare / name).write_bytes((masked / name).read_bytes())
    found, whole = fetch_encoder(str(bare), tmp_path / "encoder").path, masked
    assert has_head(whole)
    assert not has_head(found)


def has_head(encoder: Path) -> bool:
    with safe_open(encoder / "model.safetensors", framework="pt") as file:
        return any(name.startswith(("cls.", "lm_head.")) for name in file.keys())  # noqa: SIM118 - no mapping


def test_words_are_those_that_the_encoder_knows_of_both_names(masked: Path) -> None:
    tokenizer = Tokenizer.from_file(str(masked / "tokenizer.json"))

    def words(en: str, zh: str) -> Sequence[Sequence[str]]:
        found = label_words(tokenizer, replace(LABELS[0], name_en=en, name_zh=zh))
        return [[tokenizer.id_to_token(id_) for id_ in ids] for ids in found]

    known = next(sign for sign in VOCABULARY if sign > "一")
    assert words("A & b", f"{known}。") == [["A", "b"], [known]]
    assert words("A", "\u9fff") == [["A"]]
