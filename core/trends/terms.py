"""Words and phrases that could be terms, and which documents hold them; judging them is for others.

Counts are of documents: a word said ten times in one document counts once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.trends.words import Ids, Role, WordSequence, alike, is_chinese, read_words

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LONGEST_PHRASE = 4
FEWEST_DOCUMENTS = 3
"""A term has to be in so many documents before anything is said about it."""
LEAST_ASSOCIATION = 0.4
"""Normalised pointwise mutual information from which on words that follow each other are a phrase."""
MOST_WITHIN = 0.75
"""A term is a fragment where so much of its documents has it in a longer term."""


@dataclass(frozen=True)
class _Grams:
    """The sequences of n words that are frequent enough, and where each begins."""

    at: Ids
    """[n_words], id of the sequence that begins at a word, -1 where none does."""
    n: Longs
    """[n_grams], occurrences."""
    first: Longs
    """[n_grams], a place where it begins."""
    n_documents: Longs
    """[n_grams]"""


@dataclass(frozen=True)
class TermTable:
    """Terms and the documents that hold them."""

    words: WordSequence
    length: Ids
    """[n_terms], in words."""
    first: Longs
    """[n_terms], a place where the term begins in the sequence of words."""
    held: "csr_array"
    """[n_documents, n_terms], 1 where a document holds a term."""
    places: "csr_array"
    """[n_terms, n_words], entries where a term begins."""

    def count(self, documents: Longs) -> Longs:
        """Return how many of the documents hold each term."""
        counts: Longs = np.asarray(self.held[documents].sum(axis=0)).ravel().astype(np.int64)
        return counts

    def documents(self, term: int) -> Ids:
        """Return the documents that hold a term, ascending."""
        columns = self._columns
        found: Ids = np.sort(columns.indices[columns.indptr[term] : columns.indptr[term + 1]])
        return found

    @cached_property
    def _columns(self) -> "csc_array":
        return self.held.tocsc()

    def word_weights(self, weights: npt.NDArray[np.float64], documents: Longs) -> dict[str, float]:
        """Return the weight of each single word that the documents hold, by what its forms have in common."""
        said = np.flatnonzero((self.count(documents) > 0) & (self.length == 1))
        forms = self.words.form[self.first[said]]
        return {alike(self.words.forms[form]): float(weights[term]) for form, term in zip(forms, said, strict=True)}

    def key(self, term: int) -> tuple[int, ...]:
        """Return the words of a term by their ids."""
        start = self.first[term]
        return tuple(self.words.word[self.words.form[start : start + self.length[term]]].tolist())

    def name(self, term: int) -> str:
        """Return a term as it is written most often."""
        starts = self.places.indices[self.places.indptr[term] : self.places.indptr[term + 1]]
        written = self.words.form[starts[:, None] + np.arange(self.length[term])]
        ways, n = np.unique(written, axis=0, return_counts=True)
        return joined([self.words.forms[form] for form in ways[n.argmax()]])


def joined(forms: Sequence[str]) -> str:
    """Write words one after the other, with a blank only between two that are not Chinese.

    >>> joined(["AI", "智能", "体"]), joined(["Kimi", "K2"])
    ('AI智能体', 'Kimi K2')
    """
    name = forms[0]
    for before, form in pairwise(forms):
        name += form if is_chinese(before) or is_chinese(form) else f" {form}"
    return name


def find_terms(texts: Iterable[str], *, fewest: int = FEWEST_DOCUMENTS) -> TermTable:
    """Find the words and phrases (up to four words) that at least `fewest` texts hold.

    Words that follow each other are a phrase where their association is strong enough: the smaller normalised
    pointwise mutual information of its two cuts, first word | rest and rest | last word, is at least 0.4; Bouma, G.
    (2009), Normalized (pointwise) mutual information in collocation extraction, Proceedings of GSCL, 31-40.

    >>> texts = [f"The {x} uses a mixture of experts." for x in ("model", "system", "paper")]
    >>> table = find_terms([*texts, "experts in a model", "a mixture", "models"])
    >>> [table.name(term) for term in range(len(table.length))]
    ['model', 'mixture', 'experts', 'mixture of experts']
    """
    from scipy.sparse import csr_array

    words = read_words(texts)
    roles = words.roles[words.form] if len(words.form) else words.form
    levels = _levels(words, roles, fewest)
    term, place, length, first = [], [], [], []
    n_terms = 0
    for size, grams in enumerate(levels, start=1):
        good = _are_terms(levels, size, roles)
        renamed = np.where(good, n_terms + np.cumsum(good) - 1, -1)
        starts = np.flatnonzero(grams.at >= 0)
        named = renamed[grams.at[starts]]
        term.append(named[named >= 0])
        place.append(starts[named >= 0])
        first.append(grams.first[good])
        length.append(np.full(int(good.sum()), size, dtype=np.int32))
        n_terms += int(good.sum())
    terms, places = np.concatenate(term), np.concatenate(place)
    held = csr_array(
        (np.ones(len(terms), dtype=np.float32), (words.document[places], terms)), shape=(words.n_documents, n_terms)
    )
    held.data[:] = 1  # a document that says it twice holds it once
    where = csr_array((np.ones(len(terms), dtype=np.int8), (terms, places)), shape=(n_terms, max(1, len(words.form))))
    return TermTable(words, np.concatenate(length), np.concatenate(first), held, where)


def _levels(words: WordSequence, roles: Ids, fewest: int) -> list[_Grams]:
    """Return frequent sequences by length; a longer one can only begin and end with frequent shorter ones."""
    at = np.where(roles != Role.NONE, words.word[words.form], -1)
    levels = [_frequent(at.astype(np.int64), words.document, fewest)]
    for _ in range(LONGEST_PHRASE - 1):
        before = levels[-1].at.astype(np.int64)
        n_before = len(levels[-1].n)
        pair = np.full(len(before), -1, dtype=np.int64)
        both = (before[:-1] >= 0) & (before[1:] >= 0)
        pair[:-1][both] = before[:-1][both] * n_before + before[1:][both]
        levels.append(_frequent(pair, words.document, fewest))
    return levels


def _frequent(key: Longs, document: Ids, fewest: int) -> _Grams:
    """Number the keys (-1: none) that enough documents hold."""
    starts = np.flatnonzero(key >= 0)
    _, first, number, n = np.unique(key[starts], return_index=True, return_inverse=True, return_counts=True)
    # places are in the order of documents, so a stable sort by key leaves each key's documents in runs
    order = np.argsort(number, kind="stable")
    sorted_number, sorted_document = number[order], document[starts[order]]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (sorted_number[1:] != sorted_number[:-1]) | (sorted_document[1:] != sorted_document[:-1])
    n_documents = np.bincount(sorted_number[new], minlength=len(n))
    kept = n_documents >= fewest
    renamed = np.where(kept, np.cumsum(kept) - 1, -1)
    at = np.full(len(key), -1, dtype=np.int32)
    at[starts] = renamed[number]
    return _Grams(at, n[kept], starts[first[kept]], n_documents[kept])


def _are_terms(levels: Sequence[_Grams], size: int, roles: Ids) -> Flags:
    grams = levels[size - 1]
    first_role = roles[grams.first] if len(grams.first) else grams.first
    if size == 1:
        good: Flags = (first_role & Role.ALONE) > 0
        return good
    last_role = roles[grams.first + size - 1] if len(grams.first) else grams.first
    fits = ((first_role & Role.FIRST) > 0) & ((last_role & Role.LAST) > 0)
    strong: Flags = fits & (_association(levels, size) >= LEAST_ASSOCIATION)
    return strong


def _association(levels: Sequence[_Grams], size: int) -> npt.NDArray[np.float64]:
    """Return the smaller normalised pointwise mutual information of a phrase's two cuts."""
    words, shorter, grams = levels[0], levels[size - 2], levels[size - 1]
    total = max(1, int(words.n.sum()))
    place = grams.first
    share = np.log(grams.n / total)
    head = np.log(words.n[words.at[place]] / total) + np.log(shorter.n[shorter.at[place + 1]] / total)
    tail = np.log(shorter.n[shorter.at[place]] / total) + np.log(words.n[words.at[place + size - 1]] / total)
    strength: npt.NDArray[np.float64] = (share - np.maximum(head, tail)) / np.maximum(-share, 1e-12)
    return strength


def without_fragments(table: TermTable, terms: Sequence[int], documents: Ids | Longs | None = None) -> list[int]:
    """Leave out terms that are mostly said inside a longer one of the terms, in their order.

    A term is a fragment where at least three quarters of the documents (of those given) that hold it hold the longer
    term too.
    """
    among = None if documents is None else set(documents.tolist())
    sets = {term: set(table.documents(term).tolist()) for term in terms}
    if among is not None:
        sets = {term: held & among for term, held in sets.items()}
    keys = {term: table.key(term) for term in terms}
    longer = sorted(terms, key=lambda term: -len(keys[term]))
    return [
        term
        for term in terms
        if not any(
            len(keys[other]) > len(keys[term])
            and _is_within(keys[term], keys[other])
            and len(sets[term] & sets[other]) >= MOST_WITHIN * len(sets[term])
            for other in longer
        )
    ]


def _is_within(part: Sequence[int], whole: Sequence[int]) -> bool:
    """Return whether one sequence lies in another without a gap.

    >>> _is_within((2, 3), (1, 2, 3)), _is_within((1, 3), (1, 2, 3))
    (True, False)
    """
    size = len(part)
    return any(tuple(whole[i : i + size]) == tuple(part) for i in range(len(whole) - size + 1))
