"""Terms that stories say now and did not say before, language by language.

Each language is compared with itself, so that a growing share of Chinese texts makes no Chinese word new.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.trends.log_odds import log_odds
from core.trends.terms import TermTable, find_terms, without_fragments

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

FEWEST_STORIES = 4
"""A term that fewer stories hold, now and before together, is not tested."""
FALSE_DISCOVERY_RATE = 0.05
LARGEST_P = 0.05
Z_95 = 1.6448536269514722
"""The 95 % quantile of the normal distribution: the bound is one-sided, as the question is."""
MOST_DOCUMENTS = 5
COLUMNS = (
    *("lang", "term", "n", "total", "share", "n_before", "total_before", "share_before"),
    *("log_odds", "low", "z", "p_value", "significant", "fresh"),
    *("first_day", "first_id", "n_sources", "label_id", "document_ids"),
)


def new_terms(stories: pd.DataFrame, labels: pd.DataFrame, *, since: date, most: int = 50) -> pd.DataFrame:
    """Return the terms that stories from `since` on say more often than those before, surest and largest first.

    Takes stories by date (id, day, lang, source, title, text) and their labels (document_id, label_id). Returns at
    most `most` rows a language: lang, term (as it is written most often), n of total stories now, n_before of
    total_before, both shares, log_odds (shrunken, see log_odds) with its lower 95 % bound low (above 0), z and p_value
    (Fisher's exact test, one-sided: the normal approximation of Monroe et al. fails for what was never said before),
    significant (Benjamini and Hochberg 1995, JRSS B 57, 289-300, at 5 % over all terms of all languages that four
    stories or more hold), fresh (nobody said it before), first_day and first_id (the first story of all that says
    it), n_sources (of the stories now), label_id ('' where no label stands out), document_ids (the first five now).
    Terms with a p-value above 5 % and fragments of longer terms are left out. The bound is test-based, Miettinen, O.
    (1976), Estimability and estimation in case-referent studies, American Journal of Epidemiology 103, 226-235.

    >>> days = [date(2024, month, 1) for month in (1, 1, 1, 1, 1, 1, 6, 6, 6, 6)]
    >>> texts = ["a chip factory"] * 6 + ["a reasoning model"] * 4
    >>> stories = pd.DataFrame({"id": range(10), "day": days, "lang": "en", "source": "w", "title": "", "text": texts})
    >>> none = pd.DataFrame({"document_id": [], "label_id": []})
    >>> new_terms(stories, none, since=date(2024, 6, 1))[["term", "n", "n_before", "significant"]].values.tolist()
    [['reasoning model', 4, 0, True]]
    """
    if stories.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = find_terms(stories["title"] + "\n" + stories["text"])
    now = (stories["day"] >= since).to_numpy()
    langs = stories["lang"].to_numpy()
    compared = pd.concat([_compare(table, lang, langs == lang, now) for lang in sorted(set(langs))], ignore_index=True)
    if compared.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    compared["significant"] = _significant(compared["p_value"].to_numpy())
    likely = compared[compared["p_value"] <= LARGEST_P].sort_values("low", ascending=False, kind="stable")
    chosen = [
        _choose(table, rows, np.flatnonzero((langs == lang) & now), most) for lang, rows in likely.groupby("lang")
    ]
    frame = pd.concat([likely.iloc[:0], *chosen], ignore_index=True)
    evidence = [_evidence(table, row.column, (langs == row.lang), now, stories, labels) for row in frame.itertuples()]
    names = ("term", "first_day", "first_id", "n_sources", "label_id", "document_ids")
    return pd.concat([frame, pd.DataFrame(evidence, columns=list(names))], axis=1)[list(COLUMNS)]


def _compare(table: TermTable, lang: str, own: npt.NDArray[np.bool_], now: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return one row for each term that enough stories of the language hold; none where a period has no story."""
    from scipy import stats

    total, total_before = int((own & now).sum()), int((own & ~now).sum())
    n, n_before = _count(table, own & now), _count(table, own & ~now)
    kept = np.flatnonzero(n + n_before >= FEWEST_STORIES) if total and total_before else np.zeros(0, dtype=np.int64)
    n, n_before = n[kept], n_before[kept]
    ratio, _ = log_odds(n.astype(float), total, n_before.astype(float), total_before)
    p_value = stats.hypergeom.sf(n - 1, total + total_before, n + n_before, total)
    z = np.minimum(stats.norm.isf(p_value), 37.0)  # beyond, p is 0 in double precision
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(z > 0, ratio * (1 - Z_95 / z), -np.inf)
    counts = {"n": n, "total": total, "share": n / max(1, total), "n_before": n_before, "total_before": total_before}
    verdict = {"log_odds": ratio, "low": low, "z": z, "p_value": p_value, "fresh": n_before == 0}
    return pd.DataFrame(
        {"lang": lang, "column": kept, **counts, "share_before": n_before / max(1, total_before), **verdict}
    )


def _count(table: TermTable, chosen: npt.NDArray[np.bool_]) -> Longs:
    counts: Longs = table.held[np.flatnonzero(chosen)].sum(axis=0).astype(np.int64)
    return counts


def _significant(p_values: Floats) -> npt.NDArray[np.bool_]:
    from scipy import stats

    passed: npt.NDArray[np.bool_] = stats.false_discovery_control(p_values) <= FALSE_DISCOVERY_RATE
    return passed


def _choose(table: TermTable, rows: pd.DataFrame, documents: Longs, most: int) -> pd.DataFrame:
    terms = rows["column"].tolist()
    kept = without_fragments(table, terms, documents)[:most]
    return rows[rows["column"].isin(kept)]


def _evidence(
    table: TermTable,
    term: int,
    own: npt.NDArray[np.bool_],
    now: npt.NDArray[np.bool_],
    stories: pd.DataFrame,
    labels: pd.DataFrame,
) -> tuple[object, ...]:
    """Return name, first day, first id, sources, label and documents of a term."""
    holding = table.documents(term)
    holding = holding[own[holding]]
    within = holding[now[holding]]
    ids = stories["id"].to_numpy()
    of_term, first = ids[within], stories.iloc[holding[0]]
    label = standing_out(labels, of_term, ids[own & now])
    sources = stories["source"].iloc[within].nunique()
    return table.name(term), first["day"], int(first["id"]), sources, label, of_term[:MOST_DOCUMENTS].tolist()


def standing_out(labels: pd.DataFrame, documents: Sequence[int] | Longs, all_documents: Sequence[int] | Longs) -> str:
    """Return the label that is commonest among some documents against all: the largest z of at least half of them.

    '' where no label is carried by two of them, and by half, and more often than chance has it (z of 2).

    >>> labels = pd.DataFrame({"document_id": [1, 2, 3, 3], "label_id": ["a", "a", "a", "b"]})
    >>> standing_out(labels, [1, 2, 3], range(1, 20))
    'a'
    """
    n, total = len(documents), len(all_documents)
    of_all = labels[labels["document_id"].isin(all_documents)]["label_id"].value_counts()
    of_some = labels[labels["document_id"].isin(documents)]["label_id"].value_counts()
    fitting = of_some[of_some >= max(2, n / 2)]
    if fitting.empty or n == total:
        return ""
    share = of_all[fitting.index] / total
    error = np.sqrt(np.maximum(n * share * (1 - share) * (total - n) / max(1, total - 1), 1e-12))
    z = ((fitting - n * share) / error).sort_index()
    # a child stands out as much as its parent where all that carry the parent carry it: the longer name is the finer
    best = max(z.index, key=lambda label_id: (round(float(z[label_id]), 6), len(label_id)))
    return str(best) if z[best] >= 2 else ""
