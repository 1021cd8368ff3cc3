"""Which labels go together, in how many stories, and how surely: pairs, tables of sector by aspect, jurisdictions.

Every cell is a comparison of two yes-or-no facts of a story (it carries this label, it carries that one), so that a
story with several labels counts once in each cell that it belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.domain.taxonomy import Taxonomy
from core.trends.discovery import discoveries
from core.trends.series import Floats, wilson

Counts = npt.NDArray[np.int64]

FEWEST_TOGETHER = 5
"""Below this many stories a pair's association is not drawn."""
FEWEST_STORIES = 20
"""A jurisdiction or sector with fewer stories is not compared."""
PAIR_COLUMNS = (
    *("first", "second", "n", "n_first", "n_second", "total", "expected"),
    *("npmi", "low", "high", "p_value", "significant", "enough"),
)
CELL_COLUMNS = (
    *("row", "column", "n", "n_row", "n_column", "total", "share", "low", "high", "share_elsewhere"),
    *("residual", "p_value", "significant", "enough"),
)


@dataclass(frozen=True)
class Together:
    """How many stories carry each label and each two of them."""

    n: Counts
    """[n_labels, n_labels], symmetric; the diagonal is of single labels."""
    label_ids: list[str]
    total: int
    """Stories that carry any label at all: what is off topic makes no two topics relatives."""

    def of(self, label_ids: Sequence[str]) -> Counts:
        """Return the counts of these labels in this order, 0 where one never occurs."""
        frame = pd.DataFrame(self.n, index=self.label_ids, columns=self.label_ids)
        found: Counts = frame.reindex(index=list(label_ids), columns=list(label_ids), fill_value=0).to_numpy(
            dtype=np.int64
        )
        return found


def together(counts: pd.DataFrame, total: int) -> Together:
    """Lay counts (first, second, n; first is '' for a single label) out as a table over the labels that occur, sorted.

    >>> rows = [("", "a", 5), ("", "b", 3), ("a", "b", 2)]
    >>> together(pd.DataFrame(rows, columns=["first", "second", "n"]), 6).n.tolist()
    [[5, 2], [2, 3]]
    """
    single = counts["first"] == ""
    label_ids = sorted(counts["second"][single].tolist())
    one = counts["first"].where(~single, counts["second"])
    rows, columns = (pd.Index(label_ids).get_indexer(pd.Index(side)) for side in (one, counts["second"]))
    n = np.zeros((len(label_ids), len(label_ids)), dtype=np.int64)
    n[rows, columns] = n[columns, rows] = counts["n"].to_numpy()
    return Together(n, label_ids, total)


def npmi(n: Counts, n_first: Counts, n_second: Counts, total: Counts | int) -> Floats:
    """Return normalised pointwise mutual information: 1 where two facts only occur together, 0 where they are
    independent, -1 where they never meet; NaN where one of them never occurs.

    Bouma, G. (2009), Normalized (pointwise) mutual information in collocation extraction, Proceedings of GSCL, 31-40.

    >>> npmi(np.array([10, 5, 0]), np.array([10, 10, 10]), np.array([10, 10, 10]), 20).round(2).tolist()
    [1.0, 0.0, -1.0]
    """
    return _npmi_of_share(n / np.maximum(total, 1), n_first, n_second, total)


def _npmi_of_share(share: Floats, n_first: Counts, n_second: Counts, total: Counts | int) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        independent = np.log(n_first / total) + np.log(n_second / total)
        found = independent / np.log(share) - 1
    found = np.where(share >= 1, 0.0, np.where(share <= 0, -1.0, found))
    never = (n_first == 0) | (n_second == 0)
    return np.where(never, np.nan, np.clip(found, -1.0, 1.0))


def npmi_interval(n: Counts, n_first: Counts, n_second: Counts, total: Counts | int) -> tuple[Floats, Floats]:
    """Return the 95 % interval of npmi: that of the ends of Wilson's interval of n / total, n_first and n_second given.

    For given margins the measure grows with the share of stories that have both. Taking them as given makes the
    interval wider than need be: in simulations it held the truth in 97 to 100 % of the corpora.

    >>> low, high = npmi_interval(np.array([5]), np.array([10]), np.array([10]), 20)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([-0.37], [0.83])
    """
    low, high = wilson(n, total)
    most = np.minimum(n_first, n_second) / np.maximum(total, 1)
    return (
        _npmi_of_share(np.minimum(low, most), n_first, n_second, total),
        _npmi_of_share(np.minimum(high, most), n_first, n_second, total),
    )


def label_pairs(stories: Together, taxonomy: Taxonomy, labels: Sequence[str] = ()) -> pd.DataFrame:
    """Return every pair of labels of which neither implies the other, strongest association first.

    Columns: first and second (in tree order), n stories with both, n_first, n_second, total, expected (if
    independent), npmi with its interval (low, high), p_value (Fisher's exact test, two-sided by doubling), significant
    (Benjamini and Hochberg at 5 % over the pairs with enough), enough (five stories have both, or would if they were
    independent). `labels` limits the pairs to those within the given ones.
    """
    occurring = set(stories.label_ids)
    wanted = [label.id for label in taxonomy.labels if not labels or label.id in labels]
    ids = [label_id for label_id in wanted if label_id in occurring]
    n = stories.of(ids)
    one, other = np.triu_indices(len(ids), k=1)
    apart = np.array([not _imply(taxonomy, ids[i], ids[j]) for i, j in zip(one, other, strict=True)], dtype=bool)
    one, other = one[apart], other[apart]
    own, names = np.diag(n), np.array(ids, dtype=object)
    counts = {"n": n[one, other], "n_first": own[one], "n_second": own[other], "total": stories.total}
    frame = pd.DataFrame({"first": names[one], "second": names[other], **counts})
    return _associate(frame)


def _imply(taxonomy: Taxonomy, one: str, other: str) -> bool:
    return one in taxonomy.ancestors(other) or other in taxonomy.ancestors(one)


def _associate(frame: pd.DataFrame) -> pd.DataFrame:
    n, first, second = (frame[c].to_numpy(dtype=np.int64) for c in ("n", "n_first", "n_second"))
    total = frame["total"].to_numpy(dtype=np.int64)
    low, high = npmi_interval(n, first, second, total)
    expected = first * second / np.maximum(total, 1)
    p_value = together_by_chance(n, first, second, total)
    enough = np.maximum(n, expected) >= FEWEST_TOGETHER
    verdict = {"p_value": p_value, "significant": discoveries(np.where(enough, p_value, np.nan)), "enough": enough}
    found = frame.assign(expected=expected, npmi=npmi(n, first, second, total), low=low, high=high, **verdict)
    return found.sort_values("npmi", ascending=False, kind="stable", ignore_index=True)[list(PAIR_COLUMNS)]


def together_by_chance(n: Counts, n_first: Counts, n_second: Counts, total: Counts) -> Floats:
    """Return the two-sided p-values that two facts meet as rarely or as often as this: Fisher's exact test, doubled.

    >>> one = np.array([1])
    >>> together_by_chance(5 * one, 5 * one, 5 * one, 10 * one).round(4).tolist()
    [0.0079]
    """
    from scipy import stats

    if not len(n):
        return np.zeros(0)
    often = stats.hypergeom.sf(n - 1, total, n_first, n_second)
    rarely = stats.hypergeom.cdf(n, total, n_first, n_second)
    p_value: Floats = np.minimum(1.0, 2 * np.minimum(often, rarely))
    return p_value


def pair_over_time(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the association of two labels bin by bin: start, n, n_first, n_second, total, npmi, low, high, enough.

    Takes start, n (stories with both), n_first, n_second, total. Enough is five stories with both, or five expected.

    >>> bins = pd.DataFrame({"start": ["2024"], "n": [8], "n_first": [10], "n_second": [10], "total": [40]})
    >>> pair_over_time(bins)[["npmi", "enough"]].round(2).values.tolist()
    [[0.72, True]]
    """
    n, first, second, total = (counts[c].to_numpy(dtype=np.int64) for c in ("n", "n_first", "n_second", "total"))
    low, high = npmi_interval(n, first, second, total)
    enough = np.maximum(n, first * second / np.maximum(total, 1)) >= FEWEST_TOGETHER
    return counts.assign(npmi=npmi(n, first, second, total), low=low, high=high, enough=enough)


def crossed(stories: Together, rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Lay two sets of labels out as cells for cross_table: row, column, n, n_row, n_column, total, as given."""
    n = stories.of([*rows, *columns])
    own, n_rows = np.diag(n), len(rows)
    cells = {
        "row": np.repeat(np.array(rows, dtype=object), len(columns)),
        "column": np.tile(np.array(columns, dtype=object), n_rows),
        "n": n[:n_rows, n_rows:].ravel(),
        "n_row": np.repeat(own[:n_rows], len(columns)),
        "n_column": np.tile(own[n_rows:], n_rows),
        "total": stories.total,
    }
    return pd.DataFrame(cells)


def by_jurisdiction(counts: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Lay counts (jurisdiction, label_id, n; label '' is every story) out as cells for cross_table.

    Every jurisdiction but '' with every label, largest jurisdiction first; the totals are of stories that state one.

    >>> counts = pd.DataFrame({"jurisdiction": ["", "CN", "CN"], "label_id": ["", "", "a"], "n": [9, 5, 2]})
    >>> by_jurisdiction(counts, ["a"]).values.tolist()
    [['CN', 'a', 2, 5, 2, 5]]
    """
    stated = counts[counts["jurisdiction"] != ""]
    table = stated.pivot_table(index="jurisdiction", columns="label_id", values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=["", *labels], fill_value=0).sort_values("", ascending=False, kind="stable")
    n_rows, n_columns = len(table), len(labels)
    cells = {
        "row": np.repeat(table.index.to_numpy(), n_columns),
        "column": np.tile(np.array(labels, dtype=object), n_rows),
        "n": table[list(labels)].to_numpy(dtype=np.int64).ravel(),
        "n_row": np.repeat(table[""].to_numpy(dtype=np.int64), n_columns),
        "n_column": np.tile(table[list(labels)].sum().to_numpy(dtype=np.int64), n_rows),
        "total": int(table[""].sum()),
    }
    return pd.DataFrame(cells)


def cross_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Return every cell of a table with its share of the row and how far it departs from independence.

    Takes one row a cell: row, column, n stories with both, n_row, n_column, total. Adds share (n / n_row) with its
    95 % Wilson interval (low, high), share_elsewhere (of the stories outside the row), residual (adjusted residual,
    standard normal if independent: Haberman, S. J. (1973), The analysis of residuals in cross-classified tables,
    Biometrics 29, 205-220), p_value (exact), significant (5 % false discoveries over the cells with enough), enough
    (20 stories in the row, and five expected in the cell or in it).

    >>> cells = {"row": "a", "column": "x", "n": [30], "n_row": [40], "n_column": [50], "total": [100]}
    >>> cross_table(pd.DataFrame(cells))[["share", "share_elsewhere", "residual"]].round(2).values.tolist()
    [[0.75, 0.33, 4.08]]
    """
    n, row, column, total = (counts[c].to_numpy(dtype=np.int64) for c in ("n", "n_row", "n_column", "total"))
    low, high = wilson(n, row)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = row * column / total
        error = np.sqrt(expected * (1 - row / total) * (1 - column / total))
        shares = {"share": n / row, "share_elsewhere": (column - n) / (total - row)}
        residual = np.where(error > 0, (n - expected) / error, 0.0)
    enough = (row >= FEWEST_STORIES) & (np.maximum(n, np.nan_to_num(expected)) >= FEWEST_TOGETHER)
    p_value = together_by_chance(n, row, column, total)
    verdict = {"p_value": p_value, "significant": discoveries(np.where(enough, p_value, np.nan)), "enough": enough}
    return counts.assign(**shares, low=low, high=high, residual=residual, **verdict)[list(CELL_COLUMNS)]
