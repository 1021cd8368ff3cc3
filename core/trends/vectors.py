"""Documents as vectors of the terms that they hold, so that what is about the same lies close."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]

N_DIMENSIONS = 64


def weighted_terms(held: "csr_array") -> "csr_array":
    """Weigh what each document holds by rarity and scale to unit length: [n_documents, n_terms].

    The weight is ln(1 + N / n), the inverse document frequency of Spärck Jones, K. (1972), A statistical
    interpretation of term specificity, Journal of Documentation 28, 11-21; a document without terms stays zero.

    >>> from scipy.sparse import csr_array
    >>> weighted_terms(csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))).toarray().round(2).tolist()
    [[0.53, 0.85], [1.0, 0.0]]
    """
    n = np.maximum(np.asarray(held.sum(axis=0)).ravel(), 1)
    return scaled(held, np.log1p(held.shape[0] / n))


def scaled(held: "csr_array", weight: Floats) -> "csr_array":
    """Weigh the columns and scale the rows to unit length; a row of zeros stays one."""
    from scipy.sparse import diags_array

    weighted = held.astype(np.float64) @ diags_array(weight)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return (diags_array(1 / np.where(length > 0, length, 1)) @ weighted).tocsr()


def latent(weighted: "csr_array") -> Floats:
    """Return documents in the 64 main directions of their terms, at unit length: [n_documents, at most 64].

    Latent semantic analysis, Deerwester, S. et al. (1990), Indexing by latent semantic analysis, JASIS 41, 391-407.
    The iteration starts from a fixed vector, so that the same documents give the same vectors.
    """
    from scipy.sparse.linalg import svds

    smaller = min(weighted.shape)
    if smaller <= N_DIMENSIONS + 1:
        found: Floats = weighted.toarray()
    else:
        left, strength, _ = svds(weighted, k=N_DIMENSIONS, v0=np.ones(smaller))
        found = left * strength
    return unit(found)


def unit(rows: Floats) -> Floats:
    """Scale rows to unit length; zero rows stay zero."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Floats = rows / np.where(length > 1e-12, length, 1)
    return scaled


def clusters(vectors: Floats, n_clusters: int, *, seed: int = 0, most_rounds: int = 30) -> npt.NDArray[np.int64]:
    """Group unit vectors by direction and return the number of each one's group.

    Spherical k-means, Dhillon, I. S. and Modha, D. S. (2001), Concept decompositions for large sparse text data,
    Machine Learning 42, 143-175, begun by k-means++ of Arthur, D. and Vassilvitskii, S. (2007), SODA, 1027-1035.

    >>> clusters(np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), 2).tolist()
    [1, 1, 0]
    """
    centres = _first_centres(vectors, n_clusters, np.random.default_rng(seed))
    group = np.full(len(vectors), -1)
    for _ in range(most_rounds):
        nearest = (vectors @ centres.T).argmax(axis=1)
        if np.array_equal(nearest, group):
            break
        group = nearest
        sums = np.zeros_like(centres)
        np.add.at(sums, group, vectors)
        held = np.bincount(group, minlength=len(centres)) > 0
        centres = np.where(held[:, None], unit(sums), centres)
    return group


def merged(vectors: Floats, group: npt.NDArray[np.int64], *, least: float) -> npt.NDArray[np.int64]:
    """Join groups whose centres have a cosine of `least` or more on average; return the new numbers from 0 on.

    >>> vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> merged(vectors, np.array([0, 1, 2]), least=0.5).tolist()
    [0, 0, 1]
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    numbers, place = np.unique(group, return_inverse=True)
    if len(numbers) < 2:
        return place
    centres = np.array([vectors[place == number].sum(axis=0) for number in range(len(numbers))])
    tree = linkage(unit(centres), "average", metric="sqeuclidean")  # of unit vectors: 2 - 2 * cosine
    joined: npt.NDArray[np.int64] = fcluster(tree, 2 - 2 * least, criterion="distance")
    return np.unique(joined[place], return_inverse=True)[1]


def _first_centres(vectors: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    chosen = [int(rng.integers(len(vectors)))]
    distance = 1 - vectors @ vectors[chosen[0]]
    while len(chosen) < n_clusters and distance.max() > 1e-9:
        chances = np.maximum(distance, 0)
        chosen.append(int(rng.choice(len(vectors), p=chances / chances.sum())))
        distance = np.minimum(distance, 1 - vectors @ vectors[chosen[-1]])
    return vectors[chosen]
