"""Terms that stories say now and did not say before, language by language.

Each language is compared with itself, so that a growing share of Chinese texts makes no Chinese word new.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.trends.discovery import discoveries
from core.trends.log_odds import exact_test, log_odds
from core.trends.prominence import incidence, prominent_labels
from core.trends.series import wilson
from core.trends.terms import TermTable, find_terms, without_fragments

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]

FEWEST_STORIES = 4
"""A term that fewer stories hold, now and before together, is not tested."""
LARGEST_P = 0.01
Z_95 = 1.6448536269514722
"""The 95 % quantile of the normal distribution: the bound is one-sided, as the question is."""
MOST_DOCUMENTS = 5
COLUMNS = (
    *("lang", "term", "n", "total", "share", "share_low", "share_high"),
    *("n_before", "total_before", "share_before", "before_low", "before_high"),
    *("log_odds", "low", "z", "p_value", "significant", "fresh"),
    *("first_day", "first_id", "n_sources", "label_id", "document_ids"),
)


def new_terms(stories: pd.DataFrame, labels: pd.DataFrame, *, since: date, most: int = 50) -> pd.DataFrame:
    """Return the terms that stories from `since` on say more often than those before, surest and largest first.

    Takes stories by date (id, day, lang, source, title, text) and their labels (document_id, label_id). Returns at
    most `most` rows a language: lang, term (as it is written most often), n of total stories now, n_before of
    total_before, both shares with their 95 % Wilson intervals (share_low, share_high, before_low, before_high),
    log_odds (shrunken, see log_odds) with its lower 95 % bound low (above 0), z and p_value (Fisher's exact test,
    one-sided),
    significant (Benjamini and Hochberg 1995, JRSS B 57, 289-300, at 5 % over all terms of all languages that four
    stories or more hold), fresh (nobody said it before), first_day and first_id (the first story of all that says
    it), n_sources (of the stories now), label_id ('' where no label stands out), document_ids (the first five now).
    Terms with a p-value above 1 % and fragments of longer terms are left out. The bound is test-based, Miettinen, O.
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
    compared["significant"] = discoveries(compared["p_value"].to_numpy())
    likely = compared[compared["p_value"] <= LARGEST_P].sort_values("low", ascending=False, kind="stable")
    chosen = [
        _choose(table, rows, np.flatnonzero((langs == lang) & now), most) for lang, rows in likely.groupby("lang")
    ]
    frame = pd.concat([likely.iloc[:0], *chosen], ignore_index=True)
    found = zip(frame["column"], frame["lang"], strict=True)
    names = [_appearance(table, int(column), langs == lang, now, stories) for column, lang in found]
    own = [_prominent(table, rows, (langs == lang) & now, stories, labels) for lang, rows in frame.groupby("lang")]
    appearances = pd.DataFrame(names, columns=["term", "first_day", "first_id", "n_sources", "document_ids"])
    return frame.join(appearances).join(pd.concat([pd.Series(dtype=object), *own]).rename("label_id"))[list(COLUMNS)]


def _compare(table: TermTable, lang: str, own: Flags, now: Flags) -> pd.DataFrame:
    """Return one row for each term that enough stories of the language hold; none where a period has no story."""
    total, total_before = int((own & now).sum()), int((own & ~now).sum())
    n, n_before = table.count(np.flatnonzero(own & now)), table.count(np.flatnonzero(own & ~now))
    kept = np.flatnonzero(n + n_before >= FEWEST_STORIES) if total and total_before else np.zeros(0, dtype=np.int64)
    n, n_before = n[kept], n_before[kept]
    ratio = log_odds(n, total, n_before, total_before)
    p_value, z = exact_test(n, total, n_before, total_before)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(z > 0, ratio * (1 - Z_95 / z), -np.inf)
    counts = {"n": n, "total": total, "share": n / max(1, total), "n_before": n_before, "total_before": total_before}
    verdict = {"log_odds": ratio, "low": low, "z": z, "p_value": p_value, "fresh": n_before == 0}
    counts |= dict(zip(("share_low", "share_high"), wilson(n, total), strict=True))
    counts |= dict(zip(("before_low", "before_high"), wilson(n_before, total_before), strict=True))
    return pd.DataFrame(
        {"lang": lang, "column": kept, **counts, "share_before": n_before / max(1, total_before), **verdict}
    )


def _choose(table: TermTable, rows: pd.DataFrame, documents: Longs, most: int) -> pd.DataFrame:
    terms = rows["column"].tolist()
    kept = without_fragments(table, terms, documents)[:most]
    return rows[rows["column"].isin(kept)]


def _appearance(table: TermTable, term: int, own: Flags, now: Flags, stories: pd.DataFrame) -> tuple[object, ...]:
    """Return name, first day, first id, number of sources and documents of a term."""
    holding = table.documents(term)
    holding = holding[own[holding]]
    within = holding[now[holding]]
    first = stories.iloc[holding[0]]
    sources = stories["source"].iloc[within].nunique()
    return (
        table.name(term),
        first["day"],
        int(first["id"]),
        sources,
        stories["id"].iloc[within[:MOST_DOCUMENTS]].tolist(),
    )


def _prominent(
    table: TermTable, rows: pd.DataFrame, chosen: Flags, stories: pd.DataFrame, labels: pd.DataFrame
) -> pd.Series:
    among = np.flatnonzero(chosen)
    holding = table.held[among][:, rows["column"].to_numpy()].T.tocsr()
    found = prominent_labels(holding, incidence(stories["id"].to_numpy()[among], labels))
    return pd.Series(found, index=rows.index, dtype=object)
