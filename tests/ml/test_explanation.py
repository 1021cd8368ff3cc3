"""Why a label: on a tiny classifier that was taught two words, and on made-up outcomes for the search."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import BUNDLED_DATA
from core.domain.taxonomy_file import load_taxonomy
from core.ml.explanation import Outcome, Probe, Word, deciding_words, explain, sentence_against, weigh
from core.ml.gradients import log_odds, states_of, token_shares
from core.ml.model_folder import read_description, read_head, write_model
from core.ml.tagger import Tagger
from core.ml.words import occurrences, share_out, without, word_spans

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
LABEL = "policy.standards"
EN = "The committee met on Monday and JKJKJK was what all of them spoke about until noon"
ZH = "委员会在周一开会，会上大家一直谈论㐀㐀JKJKJK与其他事务直到中午。"
FILLERS = ["nothing of note", "they met again", "the sun shone", "a long road", "与其他事务", "直到中午"]


@pytest.fixture(scope="module")
def taught(tiny_encoder: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """The tiny classifier with a head fitted by least squares to texts with and without a made-up word."""
    embedder = Tagger.load(tiny_encoder, tiny_model, exact=True).embedder
    rng = np.random.default_rng(0)
    texts, wanted = [], []
    for number in range(240):
        parts = [FILLERS[i] for i in rng.integers(0, len(FILLERS), 5)]
        if number % 2:
            parts.insert(int(rng.integers(0, 6)), "JKJKJK")
        texts.append(" ".join(parts))
        wanted.append(number % 2)
    vectors = embedder.embed(texts).astype(np.float64)
    design = np.hstack([vectors, np.ones((len(vectors), 1))])
    fitted = np.linalg.solve(design.T @ design + 1e-4 * np.eye(17), design.T @ (np.array(wanted) * 8.0 - 4.0))
    description = read_description(tiny_model)
    head = read_head(tiny_model, description)
    rows = [description.label_ids.index(label) for label in ("policy", LABEL)]
    head.weight[:] = 0.0
    head.bias[:] = -6.0
    head.weight[rows], head.bias[rows] = fitted[:-1].astype(np.float32), np.float32(fitted[-1])
    folder = tmp_path_factory.mktemp("models") / "taught"
    write_model(folder, head, {}, description, "card")
    return Tagger.load(tiny_encoder, folder, exact=True)


def probability(tagger: Tagger, text: str) -> float:
    return float(tagger.tag([text])[0, tagger.label_ids.index(LABEL)])


@pytest.mark.parametrize("text", [EN, ZH, "a" * 900 + " JKJKJK", ""])
def test_the_differentiable_pass_says_what_the_tagger_says(taught: Tagger, text: str) -> None:
    windows = taught.embedder.tokenizer.located(text)
    ends = [states_of(taught.embedder.network, ids)[-1] for ids, _ in windows]
    for column in range(0, len(taught.label_ids), 7):
        found = 1 / (1 + np.exp(-log_odds(taught, ends, column).item()))
        assert found == pytest.approx(float(taught.tag([text])[0, column]), abs=1e-4)


@pytest.fixture(scope="module")
def prompted(taught: Tagger, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """The same head with vectors before the text, of random values (seed 0)."""
    torch.manual_seed(0)
    names = [f"encoder.layer.{layer}.{kind}" for layer in (0, 1) for kind in ("prefix_key", "prefix_value")]
    folder = tmp_path_factory.mktemp("models") / "prompted"
    write_model(folder, taught.head, {name: 2 * torch.randn(3, 16) for name in names}, taught.description, "card")
    return Tagger.load(tiny_encoder, folder, exact=True)


@pytest.mark.parametrize("text", [EN, ZH])
def test_vectors_before_the_text_take_part_in_what_is_explained(prompted: Tagger, taught: Tagger, text: str) -> None:
    column = prompted.label_ids.index(LABEL)
    (ids, _) = prompted.embedder.tokenizer.located(text)[0]
    found = log_odds(prompted, [states_of(prompted.embedder.network, ids)[-1]], column).item()
    with_them, without_them = (
        np.log(p / (1 - p)) for p in (probability(tagger, text) for tagger in (prompted, taught))
    )
    assert found == pytest.approx(with_them, abs=0.01)
    assert abs(with_them - without_them) > 0.2


def test_tokens_of_a_long_text_are_placed_across_its_windows(taught: Tagger) -> None:
    text = "abc " * 300
    shares, places = token_shares(taught, text, 0)
    own = [place for place in places if place != (0, 0)]
    assert len(shares) == len(places) > 512
    assert own == sorted(set(own))
    assert "".join(text[start:end] for start, end in own).replace(" ", "") == "abc" * 300


@pytest.mark.parametrize("text", [EN, ZH])
def test_taking_out_the_first_words_costs_more_than_taking_out_random_ones(taught: Tagger, text: str) -> None:
    whole, words = Probe(taught, TREE, LABEL).read(text)
    assert whole.holds
    assert whole.probability == pytest.approx(probability(taught, text), abs=1e-4)
    rng = np.random.default_rng(1)
    drop = whole.probability - probability(taught, without(text, [s for w in words[:2] for s in w.spans]))
    random = [
        whole.probability
        - probability(taught, without(text, [s for i in rng.permutation(len(words))[:2] for s in words[i].spans]))
        for _ in range(20)
    ]
    assert drop > np.mean(random) + 0.1


@pytest.mark.parametrize("text", [EN, ZH])
def test_the_word_that_was_taught_carries_the_label_and_decides(taught: Tagger, text: str) -> None:
    found = explain(Probe(taught, TREE, LABEL), text, [(0, len(text))])
    assert found.outcome.holds
    assert found.words_for[0].text == "JKJKJK"
    assert found.words_for[0].without is not None
    left = without(text, found.words_for[0].spans)
    assert found.words_for[0].without.probability == pytest.approx(probability(taught, left), abs=1e-4)
    assert found.change is not None
    assert found.change.decides
    assert [text[start:end] for start, end in found.change.spans] == ["JKJKJK"]
    assert {text[s:e] for word in (*found.words_for, *found.words_against) for s, e in word.spans} <= {
        text[s:e] for s, e in word_spans(text)
    }


def test_a_parent_is_explained_by_the_label_below_that_it_holds_through(taught: Tagger) -> None:
    below, above = (Probe(taught, TREE, label).read(EN) for label in (LABEL, "policy"))
    assert above[0].probability == pytest.approx(below[0].probability)
    assert [word.text for word in above[1]] == [word.text for word in below[1]]


def made_up(text: str, weights: dict[str, float], *, threshold: float = 0.5, base: float = 0.1):
    """Return a text's words by weight and a classifier that adds up the weights of the words it finds."""
    spans = word_spans(text)
    words = [Word(word, tuple(places), weights.get(word, 0.0)) for word, places in occurrences(text, spans).items()]

    def ask(texts: Sequence[str]) -> list[Outcome]:
        sums = [base + sum(w for word, w in weights.items() if word in text.split()) for text in texts]
        return [Outcome(p, p >= threshold, "" if p >= threshold else "own") for p in sums]

    return sorted(words, key=lambda word: -word.share), ask


def test_the_fewest_of_the_strongest_words_are_found_between_the_sizes_that_were_tried() -> None:
    text = "a b c d e f g h i j"
    words, ask = made_up(text, {"a": 0.2, "b": 0.15, "c": 0.15, "d": 0.1, "e": 0.1, "f": 0.1})
    change = deciding_words(text, words, ask)
    assert change is not None
    assert change.decides
    assert [text[start:end] for start, end in change.spans] == ["a", "b", "c"]
    assert change.n_words == 3
    assert change.outcome.probability == pytest.approx(0.4)


def test_a_label_that_no_words_carry_is_said_to_stand() -> None:
    text = "a b c d"
    words, ask = made_up(text, {"a": 0.1, "b": 0.1}, base=0.8)
    change = deciding_words(text, words[:2], ask)
    assert change is not None
    assert not change.decides
    assert change.outcome.probability == pytest.approx(0.8)
    assert deciding_words("", [], ask) is None


def test_a_word_belongs_where_its_removal_puts_it_whatever_its_gradient_said() -> None:
    text = "a b c"
    words, ask = made_up(text, {"a": 0.3, "b": -0.2, "c": 0.0})
    mistaken = [Word(w.text, w.spans, 9.0 if w.text == "b" else w.share) for w in words]
    speaking_for, against = weigh(text, mistaken, ask([text])[0], ask)
    assert [word.text for word in speaking_for] == ["a"]
    assert [word.text for word in against] == ["b"]


def test_the_sentence_that_keeps_a_label_away_is_found() -> None:
    text = "a b. c d. e f."
    sentences = [(0, 4), (5, 9), (10, 14)]
    weights = {"a": 0.5, "c": -0.2, "e": -0.05}
    words, ask = made_up(text, weights)
    whole = ask([text])[0]
    assert not whole.holds
    change = sentence_against(text, sentences, words, whole, ask)
    assert change is not None
    assert change.decides
    assert text[slice(*change.spans[0])] == "c d."
    assert change.n_words == 2
    assert sentence_against(text, sentences[:1], words, whole, ask) is None
    harmless, ask = made_up(text, {"a": 0.1, "c": 0.1, "e": 0.1})
    assert sentence_against(text, sentences, harmless, ask([text])[0], ask) is None


def test_shares_of_words_are_those_of_their_tokens(taught: Tagger) -> None:
    shares, places = token_shares(taught, EN, taught.label_ids.index(LABEL))
    spans = word_spans(EN)
    of_words = share_out(shares, places, spans)
    start, end = spans[[EN[s:e] for s, e in spans].index("JKJKJK")]
    own = sum(
        share for share, place in zip(shares, places, strict=True) if start <= place[0] and place[1] <= end and place[1]
    )
    assert of_words[spans.index((start, end))] == pytest.approx(own, rel=1e-5)
