"""Proposals for new topics: groups of stories that no label describes, named by what they say.

Groups are of one language, because terms are; a topic of both languages is proposed twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.trends.log_odds import exact_test
from core.trends.movement import change_interval
from core.trends.terms import TermTable, find_terms, without_fragments
from core.trends.vectors import Floats, clusters, latent, merged, unit, weighted_terms

Rows = npt.NDArray[np.int64]

STORIES_A_GROUP = 6
"""So many stories a group are sought in a small corpus; in a large one three times the root of all are groups."""
SAME_TOPIC = 0.5
"""Groups whose centres are so close (cosine) are one."""
FEWEST_STORIES = 4
LEAST_SIMILARITY = 0.35
"""Cosine with the group's centre from which on a story belongs to it."""
FEWEST_TERMS = 2
LEAST_Z = 3.0
LEAST_SHARE = 0.4
"""A group needs so many terms that are so much commoner in it than elsewhere, and in so many of its stories."""
MOST_TERMS = 6


@dataclass(frozen=True)
class TopicProposal:
    """A group of stories that could be a label of its own."""

    lang: str
    terms: tuple[str, ...]
    """What sets it apart from all other stories of its language, most distinctive first: the name suggests itself."""
    document_ids: tuple[int, ...]
    """Every story of the group, nearest to its centre first."""
    similarities: tuple[float, ...]
    """Cosine of each story with the centre, in the order of document_ids."""
    n_earlier: int
    n_later: int
    """Stories of the group in the two halves of the period."""
    total_earlier: int
    total_later: int
    """All stories of the language in the two halves."""
    change: float
    """Share in the later half minus share in the earlier (0.01 is one point); NaN where a half has no stories."""
    low: float
    high: float
    """95 % interval of the change (Newcombe 1998)."""

    @property
    def n(self) -> int:
        """Return the number of stories."""
        return len(self.document_ids)

    @property
    def cohesion(self) -> float:
        """Return the mean similarity with the centre, at most 1."""
        return float(np.mean(self.similarities))


def propose(stories: pd.DataFrame, unfit: npt.NDArray[np.bool_], *, first: date, last: date) -> list[TopicProposal]:
    """Return groups of the stories that fit no label, largest and closest first.

    Takes all stories by date (id, day, lang, title, text) and which of them fit no label. Stories become vectors of
    their terms in 64 main directions and are grouped by spherical k-means (see core.trends.vectors). A group is
    proposed where two terms tell it from the rest and four stories hold one of these and are close to its centre.

    >>> days, texts = [date(2024, 1, 1), date(2024, 6, 1)] * 4, ["quantum annealing, sampling"] * 4 + ["a chip"] * 40
    >>> stories = pd.DataFrame({"id": range(44), "day": (days * 6)[:44], "lang": "en", "title": "", "text": texts})
    >>> unfit = np.arange(44) < 4
    >>> [(p.terms, p.n) for p in propose(stories, unfit, first=date(2024, 1, 1), last=date(2024, 6, 30))]
    [(('sampling', 'quantum annealing'), 4)]
    """
    if not unfit.any():
        return []
    table = find_terms(stories["title"] + "\n" + stories["text"])
    langs = stories["lang"].to_numpy()
    middle = first + (last - first) / 2
    later = (stories["day"] > middle).to_numpy()
    found = []
    for lang in sorted(set(langs)):
        own = langs == lang
        for members, closeness in _groups(table, np.flatnonzero(own & unfit)):
            terms = _distinctive(table, members, own)
            named = np.asarray(table.held[members][:, terms].sum(axis=1)).ravel() > 0
            members, closeness = members[named], closeness[named]
            if len(terms) >= FEWEST_TERMS and len(members) >= FEWEST_STORIES:
                names = tuple(table.name(term) for term in terms)
                growth = _growth(members, own, later)
                ids = tuple(stories["id"].iloc[members].tolist())
                found.append(TopicProposal(lang, names, ids, tuple(closeness.round(4).tolist()), **growth))
    return sorted(found, key=lambda p: (-p.n * p.cohesion, p.document_ids))


def _groups(table: TermTable, rows: Rows) -> Iterator[tuple[Rows, Floats]]:
    """Yield groups that are large and close enough, as rows and cosines with the centre, nearest first."""
    rows = rows[np.asarray(table.held[rows].sum(axis=1)).ravel() > 0]
    if len(rows) < FEWEST_STORIES:
        return
    # rarity is counted over all stories, so that what everybody says binds no group together
    vectors = latent(weighted_terms(table.held)[rows])
    n_groups = int(np.ceil(min(len(rows) / STORIES_A_GROUP, 3 * np.sqrt(len(rows)))))
    group = merged(vectors, clusters(vectors, n_groups), least=SAME_TOPIC)
    for number in range(group.max() + 1):
        members = np.flatnonzero(group == number)
        closeness = vectors[members] @ unit(vectors[members].sum(axis=0))
        order = np.argsort(-closeness, kind="stable")
        order = order[closeness[order] >= LEAST_SIMILARITY]
        if len(order) >= FEWEST_STORIES:
            yield rows[members[order]], np.minimum(closeness[order], 1.0)


def _distinctive(table: TermTable, members: Rows, own: npt.NDArray[np.bool_]) -> list[int]:
    """Return the terms that tell a group from the other stories of its language, surest first."""
    others = own.copy()
    others[members] = False
    n, n_other = table.count(members), table.count(np.flatnonzero(others))
    _, z = exact_test(n, len(members), n_other, int(others.sum()))
    good = np.flatnonzero((z >= LEAST_Z) & (n >= max(2, LEAST_SHARE * len(members))))
    best = good[np.argsort(-z[good], kind="stable")].tolist()
    return without_fragments(table, best, members)[:MOST_TERMS]


def _growth(members: Rows, own: npt.NDArray[np.bool_], later: npt.NDArray[np.bool_]) -> dict[str, Any]:
    n_later, total_later = int(later[members].sum()), int((own & later).sum())
    n_earlier, total_earlier = len(members) - n_later, int((own & ~later).sum())
    counts: dict[str, Any] = {
        "n_earlier": n_earlier,
        "n_later": n_later,
        "total_earlier": total_earlier,
        "total_later": total_later,
    }
    if not total_earlier or not total_later:
        return counts | dict.fromkeys(("change", "low", "high"), np.nan)
    low, high = change_interval(np.array([n_later]), total_later, np.array([n_earlier]), total_earlier)
    change = n_later / total_later - n_earlier / total_earlier
    return counts | {"change": change, "low": float(low[0]), "high": float(high[0])}
