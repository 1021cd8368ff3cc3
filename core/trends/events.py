"""What happened in a period: the few stories that are central, early and unlike each other, and what each says.

Extractive only: every word shown is a document's own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.trends.log_odds import exact_test, log_odds
from core.trends.terms import TermTable, find_terms, without_fragments
from core.trends.vectors import Floats, scaled, unit

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Rows = npt.NDArray[np.int64]

RELEVANCE = 0.5
"""Weight of relevance against novelty in maximal marginal relevance."""
EARLINESS = 0.15
"""So much more relevant is a story of the first day than one of the last."""
LEAST_Z = 1.6448536269514722
"""Terms are of the period where they are more common in it than elsewhere at 5 %, one-sided."""
OTHER_WEIGHT = 0.25
"""Weight of the terms that are no more common in the period than elsewhere."""
LONGEST_SENTENCE = 400
SHORTEST_SENTENCE = 15
FEWEST_WORDS = 12
LEAD = 1.25


def salience(table: TermTable, inside: npt.NDArray[np.bool_], own: npt.NDArray[np.bool_]) -> Floats:
    """Return the weight of each term for what happened inside, against the other stories of a language: [n_terms].

    Rarity (ln(1 + N / n) over the language's stories), in full for terms that are more common inside (Fisher's exact
    test, one-sided at 5 %), a quarter for the others; without stories outside, rarity alone.
    """
    within, without = np.flatnonzero(inside & own), np.flatnonzero(own & ~inside)
    n, n_other = table.count(within), table.count(without)
    weight: Floats = np.log1p(int(own.sum()) / np.maximum(n + n_other, 1))
    if len(without) and len(within):
        _, z = exact_test(n, len(within), n_other, len(without))
        weight = weight * np.where(z >= LEAST_Z, 1.0, OTHER_WEIGHT)
    return weight


def central_stories(vectors: "csr_array", day: Rows, chances: Floats, *, most: int) -> list[tuple[int, float]]:
    """Choose stories by maximal marginal relevance; return (row, relevance), as chosen.

    Carbonell, J. and Goldstein, J. (1998), The use of MMR, SIGIR, 335-336: the next story has the largest
    relevance / 2 - (largest similarity with one chosen before) / 2. Relevance is the cosine with the sum of all,
    scaled to 1, weighed by the label's probability, and up to 15 % more for the earlier. Vectors have unit length, day
    counts from any day.

    >>> from scipy.sparse import csr_array
    >>> vectors = csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]]))
    >>> [row for row, _ in central_stories(vectors, np.array([5, 0, 9]), np.ones(3), most=2)]
    [1, 2]
    """
    central = vectors @ unit(np.asarray(vectors.sum(axis=0)).ravel())
    central = central / max(central.max(), 1e-12)
    age = (day - day.min()) / max(1, np.ptp(day))
    relevance = central * chances * (1 + EARLINESS * (1 - age))
    chosen: list[int] = []
    nearest = np.zeros(len(day))
    while len(chosen) < min(most, len(day)):
        merit = RELEVANCE * relevance - (1 - RELEVANCE) * nearest
        merit[chosen] = -np.inf
        best = int(merit.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, (vectors @ vectors[[best]].T).toarray().ravel())
    return [(row, float(relevance[row])) for row in chosen]


def what_happened(
    stories: pd.DataFrame, inside: npt.NDArray[np.bool_], chances: Floats, *, most: int
) -> tuple[list[tuple[int, float]], dict[str, float], list[tuple[str, str]]]:
    """Choose the stories that tell best what happened inside the period.

    Takes a label's stories by date (id, day, lang, title, text), which lie inside, and the label's probability of
    each. Returns the chosen (row, relevance) by date; the salience of each word as core.trends.words writes it alike,
    for best_sentence; and the terms that tell the period from the rest (lang, term), surest first. Languages are read
    apart, and each gets its share of the places, at least one.

    >>> days = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-03-02", "2024-03-03"]).date
    >>> text = ["a chip plant", "a chip strike", "a chip strike again", "the weather"]
    >>> stories = pd.DataFrame({"id": range(4), "day": days, "lang": "en", "title": "", "text": text})
    >>> found, _, _ = what_happened(stories, np.array([False, True, True, True]), np.ones(4), most=1)
    >>> [row for row, _ in found]
    [1]
    """
    table = find_terms(stories["title"] + "\n" + stories["text"], fewest=2)
    langs = stories["lang"].to_numpy()
    days = np.array([day.toordinal() for day in stories["day"]], dtype=np.int64)
    places = shared_out({lang: int((inside & (langs == lang)).sum()) for lang in sorted(set(langs[inside]))}, most)
    chosen: list[tuple[int, float]] = []
    weights: dict[str, float] = {}
    terms: list[tuple[str, str]] = []
    for lang, n_places in places.items():
        own = langs == lang
        rows = np.flatnonzero(inside & own)
        weight = salience(table, inside, own)
        best = central_stories(scaled(table.held[rows], weight), days[rows], chances[rows], most=n_places)
        chosen += [(int(rows[row]), relevance) for row, relevance in best]
        weights.update(table.word_weights(weight, rows))
        terms += [(lang, term) for term in _telling(table, rows, np.flatnonzero(own & ~inside))]
    return sorted(chosen, key=lambda found: (days[found[0]], found[0])), weights, terms


def _telling(table: TermTable, within: Rows, without: Rows, most: int = 8) -> list[str]:
    """Return the terms of the stories within that those without lack, at 1 % one-sided, surest and largest first."""
    if not len(within) or not len(without):
        return []
    n, n_other = table.count(within), table.count(without)
    p_value, z = exact_test(n, len(within), n_other, len(without))
    low = log_odds(n, len(within), n_other, len(without)) * (1 - LEAST_Z / np.maximum(z, 1e-9))
    good = np.flatnonzero((p_value <= 0.01) & (n >= 2))
    best = good[np.argsort(-low[good], kind="stable")].tolist()
    return [table.name(term) for term in without_fragments(table, best, within)[:most]]


def shared_out(counts: dict[str, int], places: int) -> dict[str, int]:
    """Share places out in proportion to counts, at least one to each while there are enough, the rest to the largest.

    >>> shared_out({"en": 30, "zh": 1}, 6)
    {'en': 5, 'zh': 1}
    """
    total = sum(counts.values())
    largest_first = sorted(counts, key=lambda name: -counts[name])[:places]
    shares = {name: max(1, places * counts[name] // total) for name in largest_first}
    while sum(shares.values()) > places:
        shares[max(shares, key=lambda name: shares[name])] -= 1
    if shares:
        shares[largest_first[0]] += places - sum(shares.values())
    return {name: min(n, counts[name]) for name, n in shares.items()}


def best_sentence(sentences: Sequence[str], chances: Sequence[float], weights: dict[str, float]) -> int:
    """Return the index of the sentence that says most: the salience of its words, by the root of its length in words.

    Each is weighed by the probability of the label in its passage; the first, which tells the news, counts a quarter
    more, and what is too short or too long to be shown half. The root keeps a long sentence from winning by length.

    >>> best_sentence(["Hello there, dear readers.", "A chip strike began."], [0.5, 0.5], {"chip": 1.0, "strike": 2.0})
    1
    """
    from core.trends.words import alike, read_words

    words = read_words(sentences)
    scores = np.zeros(len(sentences))
    for number, sentence in enumerate(sentences):
        own = [alike(words.forms[form]) for form in words.form[words.document == number]]
        salient = sum(weights.get(word, 0.0) for word in dict.fromkeys(own))
        fits = SHORTEST_SENTENCE <= len(sentence) <= LONGEST_SENTENCE
        scores[number] = salient / np.sqrt(max(FEWEST_WORDS, len(own))) * chances[number] * (1.0 if fits else 0.5)
    scores[:1] *= LEAD
    return int(scores.argmax())
