"""Each technique on a tiny classifier: what it must keep, what it must shrink, what it refuses."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError, MachineError, ModelError, Stopped
from core.ml.batching import TextTokenizer
from core.ml.compression.options import TECHNIQUES, DistillOptions, Int8Options, LayersOptions
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.encoder import read_encoder, write_stamp
from core.ml.examples import Example, data_hash
from core.ml.gradients import token_shares
from core.ml.model_folder import ModelDescription, read_description, write_model
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.watch import Watch
from core.ml.weights import open_weights

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
OPTIONS = {
    "int8": Int8Options(n_texts=40),
    "vocabulary": None,
    "layers": LayersOptions(n_layers=1, n_sample=8),
    "distill": DistillOptions(n_layers=1, frozen_layers=0, epochs=1),
}
WORDS = ("chip", "market", "rules", "42%", "model")


def texts(source: Source, n: int = 70) -> Material:
    rng = np.random.default_rng(0)
    made = [" ".join(rng.choice(WORDS, rng.integers(2, 9))) for _ in range(n)]
    examples = [Example(str(i), "en", "", text, frozenset()) for i, text in enumerate(made)]
    return Material(examples, source.encoder.path, TREE)


class Told(Watch):
    """Remembers the last of each phase."""

    def __init__(self) -> None:
        self.phases: dict[str, tuple[int, int]] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        self.phases[name] = (done, total)


@pytest.fixture(scope="module")
def source(tiny_encoder: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The tiny classifier, on an encoder whose layers do something and that knows a piece of Russian."""
    own = Path(shutil.copytree(tiny_encoder, tmp_path_factory.mktemp("russian") / "encoder"))
    content = json.loads((own / "tokenizer.json").read_text("utf-8"))
    words = list(content["model"]["vocab"])[:-1]
    ids = {word: index for index, word in enumerate([*words[:2], "мод", *words[2:]])}
    content["model"]["vocab"] = ids
    for token in content["added_tokens"]:
        token["id"] = ids[token["content"]]
    for name, special in content["post_processor"]["special_tokens"].items():
        special["ids"] = [ids[name]]
    (own / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    tensors = load_file(own / "model.safetensors")
    louder = {
        name: 12 * tensor if name.endswith(("dense.weight", "value.weight")) else tensor
        for name, tensor in tensors.items()
    }
    save_file(louder, own / "model.safetensors", metadata={"format": "pt"})
    write_stamp(own, name=read_encoder(tiny_encoder).name, source="test")
    return Source.read(own, tiny_model)


def smaller(name: str, source: Source, folder: Path, **facts: object) -> tuple[ModelDescription, Tagger]:
    description = compress(name, source, texts(source), folder, options=facts.get("options") or OPTIONS[name])
    return description, Tagger.load(source.encoder.path, folder)


def sizes(folder: Path) -> int:
    return (folder / "encoder" / "model.safetensors").stat().st_size


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_smaller_model_runs_says_what_it_is_and_is_a_version_of_its_own(
    name: str, source: Source, tmp_path: Path
) -> None:
    told = Told()
    options = OPTIONS[name]
    found = compress(name, source, texts(source), tmp_path / "a", options=options, run=Run(told, None))
    assert found.version == read_description(tmp_path / "a").version
    assert found.version != source.description.version and found.method == f"head-{name}"
    step = found.compression[-1]
    assert step["technique"] == name and step["from"] == source.description.version and step["n"] > 0
    assert step["bytes"] == Source.read(source.encoder.path, tmp_path / "a").n_bytes
    assert found.version in (tmp_path / "a" / "MODEL_CARD.md").read_text("utf-8")
    done, total = told.phases["comparing"]
    assert done == total > 1
    tagged = Tagger.load(source.encoder.path, tmp_path / "a").tag(["chip market", "芯片"])
    assert np.isfinite(tagged).all()
    assert compress(name, source, texts(source), tmp_path / "b", options=options).version == found.version


def test_8_bit_weights_say_nearly_the_same_in_half_the_bytes(source: Source, tmp_path: Path) -> None:
    _, after = smaller("int8", source, tmp_path / "int8")
    smaller("vocabulary", source, tmp_path / "words")
    before = Tagger.load(source.encoder.path, source.folder)
    sample = [f"{word} rules {word}" for word in WORDS]
    difference = np.abs(after.tag(sample) - before.tag(sample))
    assert 0 < difference.max() < 0.05
    both = Source.read(source.encoder.path, tmp_path / "words")
    _, together = smaller("int8", both, tmp_path / "both")
    assert sizes(tmp_path / "both") < 0.7 * sizes(tmp_path / "words")
    assert np.abs(together.tag(sample) - before.tag(sample)).max() < 0.05
    with pytest.raises(InputError, match="8-bit weights already"):
        smaller("int8", Source.read(source.encoder.path, tmp_path / "int8"), tmp_path / "again")


def test_a_text_has_the_same_8_bit_labels_in_any_company(source: Source, tmp_path: Path) -> None:
    _, tagger = smaller("int8", source, tmp_path / "int8")
    long = ["market " * 60, "chip " * 30, "model 42% rules " * 20]
    alone = tagger.tag(["chip rules"])[0]
    np.testing.assert_allclose(tagger.tag([*long, "chip rules"])[3], alone, atol=1e-5)


def test_a_channel_far_larger_than_the_others_does_not_coarsen_them(source: Source, tmp_path: Path) -> None:
    own = Path(shutil.copytree(source.encoder.path, tmp_path / "encoder"))
    tensors = load_file(own / "model.safetensors")
    tensors["encoder.layer.1.attention.output.LayerNorm.weight"][3] *= 500
    tensors["encoder.layer.1.intermediate.dense.weight"][:, 3] /= 500
    tensors["encoder.layer.1.output.LayerNorm.weight"][3] /= 500
    save_file(tensors, own / "model.safetensors", metadata={"format": "pt"})
    write_stamp(own, name=source.encoder.name, source="test")
    loud = Source.read(own, source.folder)
    found, after = smaller("int8", loud, tmp_path / "int8")
    assert found.compression[-1]["divided"] >= 1
    sample = [f"{word} rules {word}" for word in WORDS]
    floats = Tagger.load(own, source.folder).tag(sample)
    assert np.abs(after.tag(sample) - floats).mean() < 0.01
    with open_weights(tmp_path / "int8" / "encoder") as weights:
        read = weights("encoder.layer.1.intermediate.dense.weight")
    wanted = tensors["encoder.layer.1.intermediate.dense.weight"].float()
    assert (read - wanted).abs().max() < 0.02 * wanted.abs().max()


def test_fewer_words_leave_the_texts_of_both_languages_exactly_as_they_were(source: Source, tmp_path: Path) -> None:
    found, after = smaller("vocabulary", source, tmp_path / "words")
    before = Tagger.load(source.encoder.path, source.folder)
    assert found.compression[-1]["pieces"] == found.compression[-1]["pieces_before"] - 1
    sample = ["Chips: 42% (up)!", "中一丁 market", "[x] ~ z", ""]
    np.testing.assert_array_equal(after.tag(sample), before.tag(sample))
    old, new = (TextTokenizer(path, max_tokens=99) for path in (source.encoder.path, tmp_path / "words" / "encoder"))
    assert [len(w.ids) for w in old.windows(sample)] == [len(w.ids) for w in new.windows(sample)]
    with pytest.raises(InputError, match="Every word piece"):
        smaller("vocabulary", Source.read(source.encoder.path, tmp_path / "words"), tmp_path / "again")


def test_the_layer_that_does_least_goes(source: Source, tmp_path: Path) -> None:
    own = Path(shutil.copytree(source.encoder.path, tmp_path / "encoder"))
    tensors = load_file(own / "model.safetensors")
    for name in ("attention.output.dense", "output.dense"):  # nothing comes out of the first layer's products
        for kind in ("weight", "bias"):
            tensors[f"encoder.layer.0.{name}.{kind}"] *= 0
    save_file(tensors, own / "model.safetensors", metadata={"format": "pt"})
    write_stamp(own, name=source.encoder.name, source="test")
    found, _ = smaller("layers", Source.read(own, source.folder), tmp_path / "layers")
    assert found.compression[-1]["kept_layers"] == [1]
    assert found.compression[-1]["equal_decisions"] > 0.95


def test_learning_brings_the_smaller_encoder_nearer_to_the_whole_one(source: Source, tmp_path: Path) -> None:
    cosine = {}
    for rate in (1e-9, 3e-3):
        options = DistillOptions(n_layers=1, frozen_layers=0, epochs=6, learning_rate=rate)
        found, _ = smaller("distill", source, tmp_path / str(rate), options=options)
        cosine[rate] = found.compression[-1]["cosine"]
    assert cosine[3e-3] > cosine[1e-9] + 0.01


def test_each_layer_that_is_left_stands_for_a_run_of_layers_and_learns_what_it_gave(
    source: Source, tmp_path: Path
) -> None:
    """Layers of no use to the text's vector alone come nearer, too: what each token became is learnt."""
    lack = {}
    ids = [TextTokenizer(source.encoder.path, max_tokens=99).beginnings(["chip market rules 42%"], 32)[0]]
    wanted = source.network().states(ids)
    for weight in (0.0, 1000.0):
        options = DistillOptions(
            n_layers=1, frozen_layers=0, epochs=6, learning_rate=3e-3, vector_weight=0.0, state_weight=weight
        )
        smaller("distill", source, tmp_path / str(weight), options=options)
        made = Source.read(source.encoder.path, tmp_path / str(weight)).network()
        lack[weight] = float((made.states(ids) - wanted).square().sum() / wanted.square().sum())
    assert lack[1000.0] < 0.7 * lack[0.0]


class StopsAt(Told):
    """Ends a distillation at a step, as a machine that dies would: what was written stays as it is."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        self.first = 0

    def phase(self, name: str, done: int, total: int) -> None:
        super().phase(name, done, total)
        if name == "training":
            self.first = self.first or done
            if done == self.step:
                raise Stopped


def test_a_distillation_goes_on_after_a_break_and_ends_the_same(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ml.compression.distill.CHECKPOINT_SECONDS", 0.0)
    options = DistillOptions(n_layers=1, frozen_layers=0, epochs=3)
    (kept := tmp_path / "run").mkdir()
    with pytest.raises(Stopped):
        compress("distill", source, texts(source), tmp_path / "cut", options=options, run=Run(StopsAt(7), kept))
    assert [path.name for path in kept.iterdir() if path.name.startswith(".")] == []
    after = StopsAt(-1)
    found = compress("distill", source, texts(source), tmp_path / "on", options=options, run=Run(after, kept))
    assert after.first > 5
    alone = compress("distill", source, texts(source), tmp_path / "alone", options=options)
    assert found.version == alone.version
    other = StopsAt(-1)
    changed = replace(options, learning_rate=1e-3)
    compress("distill", source, texts(source), tmp_path / "other", options=changed, run=Run(other, kept))
    assert other.first == 1, "a checkpoint of other options is not gone on from"


def test_a_disk_without_room_for_what_is_learnt_from_is_said_before_the_work(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ml.compression.distill.SPARE_BYTES", shutil.disk_usage(tmp_path).total)
    told = Told()
    with pytest.raises(MachineError, match="n_texts"):
        compress("distill", source, texts(source), tmp_path / "x", options=OPTIONS["distill"], run=Run(told, None))
    assert told.phases == {}


def test_what_cannot_be_done_is_refused(source: Source, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no technique magic; there are: int8"):
        compress("magic", source, texts(source), tmp_path / "x")
    with pytest.raises(InputError, match="too few to go by"):
        compress("int8", source, texts(source, 10), tmp_path / "x")
    for name, options in (("layers", LayersOptions(n_layers=2)), ("distill", DistillOptions(n_layers=0))):
        with pytest.raises(InputError, match="cannot be kept of the 2"):
            compress(name, source, texts(source), tmp_path / "x", options=options)


def test_a_damaged_encoder_of_its_own_is_refused(source: Source, tmp_path: Path) -> None:
    smaller("int8", source, tmp_path / "int8")
    path = tmp_path / "int8" / "encoder" / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match="checksum"):
        Tagger.load(source.encoder.path, tmp_path / "int8")
    path.unlink()
    with pytest.raises(ModelError, match="No encoder"):
        Tagger.load(source.encoder.path, tmp_path / "int8")


@pytest.fixture
def prompted(source: Source, tmp_path: Path) -> Source:
    """The classifier with vectors before each text in its upper layer, as method `prompt` makes them."""
    torch.manual_seed(0)
    vectors = {f"encoder.layer.1.prefix_{kind}": (3 * torch.randn(3, 16)).half() for kind in ("key", "value")}
    description = replace(source.description, version="0123456789ab", method="prompt")
    write_model(tmp_path / "prompted", source.head, vectors, description, "# Card")
    return Source.read(source.encoder.path, tmp_path / "prompted")


@pytest.mark.parametrize("name", ["int8", "vocabulary", "layers"])
def test_vectors_before_the_text_stay_there(name: str, source: Source, prompted: Source, tmp_path: Path) -> None:
    sample = [f"{word} rules {word}" for word in WORDS]
    without, before = (Tagger.load(one.encoder.path, one.folder).tag(sample) for one in (source, prompted))
    _, after = smaller(name, prompted, tmp_path / "smaller")
    gap = np.abs(after.tag(sample) - before).max()
    assert gap < 0.5 * np.abs(without - before).max() if name != "layers" else gap > 0
    kept = Source.read(source.encoder.path, tmp_path / "smaller").prefixes()
    layer = 0 if name == "layers" else 1  # of which layer 1 is left
    assert set(kept) == {f"encoder.layer.{layer}.prefix_{kind}" for kind in ("key", "value")}


def test_an_exact_one_computes_8_bit_weights_as_numbers_with_gradients(source: Source, tmp_path: Path) -> None:
    _, bytes_ = smaller("int8", source, tmp_path / "int8")
    exact = Tagger.load(source.encoder.path, tmp_path / "int8", exact=True)
    text = "chip market 42%"
    np.testing.assert_allclose(exact.tag([text]), bytes_.tag([text]), atol=0.05)
    shares, places = token_shares(exact, text, 0)
    assert len(shares) == len(places) and np.abs(shares).max() > 0


def test_f1_is_stated_only_where_training_cannot_have_seen_the_texts(source: Source, tmp_path: Path) -> None:
    material = texts(source)
    n_test = len(material.split(held_out_of=7, seed=0).test)
    for case, facts in {
        "same": {"data_hash": data_hash(material.examples), "metrics": {"all": {"n": n_test}}},
        "before there was a test part": {"data_hash": data_hash(material.examples), "metrics": {"all": {"n": 10}}},
        "other texts": {"data_hash": "0" * 64, "metrics": {"all": {"n": n_test}}},
    }.items():
        folder = tmp_path / case
        write_model(folder, source.head, {}, replace(source.description, **facts), "# Card")
        found = compress("vocabulary", Source.read(source.encoder.path, folder), material, tmp_path / f"{case} smaller")
        assert found.compression[-1]["n"] == n_test
        assert (found.metrics["all"]["n"] if case == "same" else found.metrics) == (n_test if case == "same" else {})
