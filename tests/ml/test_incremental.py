from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import BUNDLED_DATA
from core.domain.taxonomy import Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.compression.options import Int8Options
from core.ml.compression.source import Source
from core.ml.compression.techniques import compress
from core.ml.decisions import Rules
from core.ml.embedder import Embedder
from core.ml.examples import Example
from core.ml.model_folder import read_adapter, read_description
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import Run, train
from core.ml.training.options import FewShotOptions, HeadOptions, IncrementalOptions, LoraOptions, PromptOptions
from core.ml.training.start import joined_changes, started_from
from core.ml.training.watch import Watch

BUNDLED = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
FEW = tuple(BUNDLED.by_id[label] for label in ("market", "policy", "sector.finance"))
OLD = Taxonomy("1", FEW[:2])
NEW = Taxonomy("2", FEW)
KINDS = [
    ("abcabc", {"market"}),
    ("789789", {"policy"}),
    ("XYZXYZ", set[str]()),
    ("中文字", {"sector.finance", "market"}),
]
SMALL = {"frozen_layers": 1, "held_out_of": 4, "rank": 2}


def texts(n: int, *, kinds: int) -> list[Example]:
    rng = np.random.default_rng(0)
    return [
        Example(str(i), "en", "", KINDS[i % kinds][0] * int(rng.integers(2, 9)), frozenset(KINDS[i % kinds][1]))
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def champion(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of two labels."""
    folder = tmp_path_factory.mktemp("champion")
    train("lora", Material(texts(120, kinds=3), tiny_encoder, OLD), folder, options=LoraOptions(**SMALL))
    return folder


def decided(encoder: Path, folder: Path, wanted: list[str], tree: Taxonomy) -> list[set[str]]:
    tagger = Tagger.load(encoder, folder)
    rules = Rules(tagger.label_ids, tree)
    return [set(rules.names(row)) for row in rules.decisions(tagger.tag(wanted), tagger.thresholds)]


def test_a_new_label_is_learnt_and_the_old_ones_are_not_forgotten(
    champion: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    material = Material(texts(160, kinds=4), tiny_encoder, NEW, champion_dir=champion)
    found = train("incremental", material, tmp_path, options=IncrementalOptions(rehearsal=40, epochs=8, **SMALL))
    asked = [text * 5 for text, _ in KINDS]
    assert decided(tiny_encoder, tmp_path, asked, NEW) == [labels for _, labels in KINDS]
    assert found.calibration["champion"] == read_description(champion).version
    assert set(found.calibration["champion_f1"]) == {"market", "policy"}
    assert found.calibration["taught"] < 80


def test_the_champions_opinion_holds_against_the_labels_given(
    champion: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    """All market's texts are now said to be policy; how far that is learnt is what distillation is for."""
    turned = [
        replace(one, id=f"new-{one.id}", source="correction", labels=frozenset({"policy"}))
        for one in texts(120, kinds=3)[::3]
    ]
    material = Material([*texts(120, kinds=3), *turned], tiny_encoder, OLD, champion_dir=champion)
    margin = {}
    for weight in (0.0, 1.0):
        options = IncrementalOptions(rehearsal=0, distillation=weight, epochs=30, learning_rate=1e-2, **SMALL)
        train("incremental", material, tmp_path / str(weight), options=options)
        market, policy = Tagger.load(tiny_encoder, tmp_path / str(weight)).tag([KINDS[0][0] * 5])[0]
        margin[weight] = market - policy
    assert margin[1.0] > 0
    assert margin[0.0] < margin[1.0] - 0.2


def test_without_a_champion_or_anything_new_it_is_said(champion: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is none"):
        train("incremental", Material(texts(120, kinds=3), tiny_encoder, OLD), tmp_path)
    old = Material(texts(120, kinds=3), tiny_encoder, OLD, champion_dir=champion)
    with pytest.raises(InputError, match="nothing new"):
        train("incremental", old, tmp_path, options=IncrementalOptions(**SMALL))


def test_a_model_with_vectors_before_the_text_cannot_be_gone_on_from(tiny_encoder: Path, tmp_path: Path) -> None:
    options = PromptOptions(prompt_tokens=2, frozen_layers=1, held_out_of=4)
    train("prompt", Material(texts(120, kinds=3), tiny_encoder, OLD), tmp_path / "prompt", options=options)
    material = Material(texts(160, kinds=4), tiny_encoder, NEW, champion_dir=tmp_path / "prompt")
    with pytest.raises(InputError, match="`prompt`"):
        train("incremental", material, tmp_path / "next", options=IncrementalOptions(**SMALL))


def test_a_champion_that_was_made_smaller_cannot_be_gone_on_from(
    champion: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    material = Material(texts(160, kinds=4), tiny_encoder, NEW)
    compress("int8", Source.read(tiny_encoder, champion), material, tmp_path / "int8", options=Int8Options(n_texts=20))
    with pytest.raises(InputError, match="was made smaller"):
        train("incremental", replace(material, champion_dir=tmp_path / "int8"), tmp_path / "next")


def test_two_changes_joined_do_what_one_after_the_other_does(
    champion: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    found = read_adapter(champion, read_description(champion))
    assert found is not None
    strong = {name: 20 * tensor if name.endswith("B") else tensor for name, tensor in found.tensors.items()}
    material = Material(texts(30, kinds=3), tiny_encoder, OLD)
    run = Run(Watch(), None)
    with started_from(material, strong, run) as once, started_from(once, strong, run) as twice:
        expected = Embedder.load(twice.encoder_dir).embed(material.texts)
    both = type(found)(joined_changes(strong, strong))
    vectors = Embedder.load(tiny_encoder, adapter=both).embed(material.texts)
    assert np.abs(vectors - expected).max() < 2e-3
    assert np.abs(vectors - Embedder.load(tiny_encoder).embed(material.texts)).max() > 1e-2


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("head", HeadOptions(adapt_steps=5)),
        ("lora", LoraOptions(adapt_steps=5, **SMALL)),
        ("few_shot", FewShotOptions(adapt_steps=5, epochs=4, batch_size=12, **SMALL)),
    ],
)
def test_any_method_may_start_from_an_encoder_adapted_to_unlabelled_texts(
    method: str, options: object, tiny_encoder: Path, tmp_path: Path
) -> None:
    strange = [chr(200 + i % 40) + "abc789XYZ"[i % 9] * (3 + i % 7) for i in range(60)]
    material = Material(texts(120, kinds=3), tiny_encoder, OLD, unlabelled=strange)
    found = train(method, material, tmp_path, options=options)
    adapter = read_adapter(tmp_path, read_description(tmp_path))
    assert adapter is not None
    assert adapter.names
    asked = [text * 5 for text, _ in KINDS[:3]]
    assert decided(tiny_encoder, tmp_path, asked, OLD) == [labels for _, labels in KINDS[:3]]
    assert found.metrics["all"]["labels"]["market"]["f1"] > 0.9
