"""Why a label holds of a text, or does not: the words that carry it, and what would have changed the decision.

Words are ranked by gradients and then weighed by taking them out and asking the classifier again, so every
probability here is one that the classifier gave. Similar texts: neighbours.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.taxonomy import Taxonomy
from core.ml.decisions import Probabilities, Rules
from core.ml.gradients import token_shares
from core.ml.tagger import Tagger
from core.ml.words import Span, occurrences, share_out, without, word_spans

N_FOR, N_AGAINST = 8, 2
"""Words that are weighed: the classifier reads the text once for each, which is what takes the time."""
SIZES = (2, 4, 8, 16)
"""How many words are taken out in search of those that the decision hangs on, before the steps between are tried."""
N_SENTENCES = 6


@dataclass(frozen=True)
class Outcome:
    """What the classifier says of a label of one text."""

    probability: float
    """At least that of the labels below it."""
    holds: bool
    lacking: str
    """Whose threshold is not reached, the label's own or its dimension's; empty where the label holds."""


Ask = Callable[[Sequence[str]], list[Outcome]]
"""Texts to outcomes, in order."""


@dataclass(frozen=True)
class Word:
    """A word wherever it stands in a text, whatever its case."""

    text: str
    """As it stands first."""
    spans: tuple[Span, ...]
    share: float
    """How much it speaks for the label by its gradient; ranks, and is in no unit."""
    without: Outcome | None = None
    """What the classifier says of the text without it, where it was asked."""


@dataclass(frozen=True)
class Change:
    """What happens to a label when a part of the text is taken out."""

    spans: tuple[Span, ...]
    n_words: int
    """Words taken out, repeated ones counted again."""
    outcome: Outcome
    decides: bool
    """Whether the decision changes."""


@dataclass(frozen=True)
class Explanation:
    """Why a label holds of a text, or does not."""

    outcome: Outcome
    words_for: tuple[Word, ...]
    """Each with its outcome, strongest first."""
    words_against: tuple[Word, ...]
    change: Change | None
    """What takes a label that holds away, or comes nearest to; of one that does not hold, the sentence against it."""
    n_words: int
    """All that the text has, repeated ones counted again."""


class Probe:
    """Asks a classifier for one label of texts, each taken as a document of its own."""

    def __init__(self, tagger: Tagger, taxonomy: Taxonomy, label_id: str) -> None:
        self._tagger = tagger
        self._rules = Rules(tagger.label_ids, taxonomy)
        self._column = tagger.label_ids.index(label_id)
        top = label_id.partition(".")[0]
        self._dimension = tagger.label_ids.index(top) if top in tagger.label_ids else None

    def ask(self, texts: Sequence[str]) -> list[Outcome]:
        """Return what holds of each text."""
        return self._outcomes(self._tagger.tag(texts))

    def _outcomes(self, raw: Probabilities) -> list[Outcome]:
        chances = self._rules.consistent(raw)[:, self._column]
        held = self._rules.decisions(raw, self._tagger.thresholds)[:, self._column]
        return [
            Outcome(float(chance), bool(holds), "" if holds else self._lacking(float(chance)))
            for chance, holds in zip(chances, held, strict=True)
        ]

    def _lacking(self, chance: float) -> str:
        ids = self._tagger.label_ids
        own_fails = chance < self._tagger.thresholds[self._column]
        return ids[self._column if own_fails or self._dimension is None else self._dimension]

    def read(self, text: str) -> tuple[Outcome, list[Word]]:
        """Return what holds of a text, and its words, those that speak most for the label first."""
        raw = self._tagger.tag([text])
        own = self._tagger.label_ids[self._column]
        lineage = [i for i, id_ in enumerate(self._tagger.label_ids) if f"{id_}.".startswith(f"{own}.")]
        speaking = lineage[int(np.argmax(raw[0, lineage]))]  # a label is as probable as the most probable below it
        spans = word_spans(text)
        values, places = token_shares(self._tagger, text, speaking)
        share = dict(zip(spans, share_out(values, places, spans), strict=True))
        found = [
            Word(text[places[0][0] : places[0][1]], tuple(places), sum(share[place] for place in places))
            for places in occurrences(text, spans).values()
        ]
        return self._outcomes(raw)[0], sorted(found, key=lambda word: -word.share)


def explain(probe: Probe, text: str, sentences: Sequence[Span]) -> Explanation:
    """Return why a label holds of a text, or does not; `sentences` says where those of the text lie."""
    whole, words = probe.read(text)
    speaking_for, against = weigh(text, words, whole, probe.ask)
    if whole.holds:
        weighed = {word.text for word in (*speaking_for, *against)}
        others = [word for word in words if word.share > 0 and word.text not in weighed]
        change = deciding_words(text, [*speaking_for, *others], probe.ask)
    else:
        change = sentence_against(text, sentences, words, whole, probe.ask)
    n_words = sum(len(word.spans) for word in words)
    return Explanation(whole, tuple(speaking_for), tuple(against), change, n_words)


def weigh(text: str, words: Sequence[Word], whole: Outcome, ask: Ask) -> tuple[list[Word], list[Word]]:
    """Return the words that speak for and against a label most, each with the outcome without it, strongest first.

    `words` are in order of their shares. A word belongs where its removal puts it, whatever its gradient said.
    """
    tried = [*words[:N_FOR], *words[max(N_FOR, len(words) - N_AGAINST) :]]
    outcomes = ask([without(text, word.spans) for word in tried])
    weighed = [Word(word.text, word.spans, word.share, outcome) for word, outcome in zip(tried, outcomes, strict=True)]
    ranked = sorted(zip((outcome.probability for outcome in outcomes), weighed, strict=True), key=lambda pair: pair[0])
    return (
        [word for probability, word in ranked if probability < whole.probability],
        [word for probability, word in reversed(ranked) if probability > whole.probability],
    )


def deciding_words(text: str, ranked: Sequence[Word], ask: Ask) -> Change | None:
    """Return the fewest of the words, taken from the front, without which a label that holds does no longer.

    Tries SIZES, then three steps at most below the first that suffices; the fewest that it finds need not be the
    fewest there are. Where none suffice, returns what is left of the label without the most that were tried; None
    where there are no words.
    """
    if not ranked:
        return None
    if (first := ranked[0]).without and not first.without.holds:
        return Change(first.spans, len(first.spans), first.without, decides=True)
    sizes = sorted({min(size, len(ranked)) for size in SIZES})
    size, found = _first(text, ranked, sizes, ask)
    before = max((s for s in sizes if s < size), default=1)
    step = max(1, (size - before) // 4)
    between = range(before + step, size, step)
    if found.decides and between:
        _, fewer = _first(text, ranked, between, ask)
        return fewer if fewer.decides else found
    return found


def _first(text: str, ranked: Sequence[Word], sizes: Sequence[int], ask: Ask) -> tuple[int, Change]:
    """Return the first of the sizes that changes the decision, else the last, and what it does."""
    removed = [tuple(span for word in ranked[:size] for span in word.spans) for size in sizes]
    outcomes = ask([without(text, spans) for spans in removed])
    place = next((i for i, outcome in enumerate(outcomes) if not outcome.holds), len(sizes) - 1)
    outcome = outcomes[place]
    return sizes[place], Change(removed[place], len(removed[place]), outcome, decides=not outcome.holds)


def sentence_against(
    text: str, sentences: Sequence[Span], words: Sequence[Word], whole: Outcome, ask: Ask
) -> Change | None:
    """Return the sentence without which a label that does not hold is most probable; None where none is in the way.

    Of many sentences, only those are tried whose words speak most against the label by their gradients.
    """
    if len(sentences) < 2:
        return None
    shares = [sum(_within(word, sentence) for word in words) for sentence in sentences]
    tried = sorted(sorted(range(len(sentences)), key=shares.__getitem__)[:N_SENTENCES])
    outcomes = ask([without(text, [sentences[i]]) for i in tried])
    outcome, place = max(zip(outcomes, tried, strict=True), key=lambda pair: pair[0].probability)
    if outcome.probability <= whole.probability:
        return None
    start, end = sentences[place]
    n_words = sum(start <= span[0] < end for word in words for span in word.spans)
    return Change((sentences[place],), n_words, outcome, outcome.holds)


def _within(word: Word, sentence: Span) -> float:
    """Return what a word's places in a sentence speak for the label."""
    start, end = sentence
    return word.share * sum(start <= span[0] < end for span in word.spans) / len(word.spans)
