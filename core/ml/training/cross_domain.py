"""How a method carries over to what it did not learn from: one domain left out at a time, every model on every domain.

Owns which texts are learnt and which are measured on. What a domain is (a source, a language, a sector) is told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core.ml.evaluate import evaluate
from core.ml.tagger import Tagger
from core.ml.training.material import Material
from core.ml.training.methods import train

LEVELS = ("dimension", "aspect", "topic", "sector")


@dataclass(frozen=True)
class Cell:
    """One model measured on one domain, at one level of the tree."""

    left_out: str
    """The domain that the model did not learn from; '' for the model that learnt from all."""
    domain: str
    level: str
    macro_f1: float
    """Over the labels that occur."""
    n_labels: int
    n: int
    """Texts measured on."""


def domains_of(domains: Sequence[str], *, fewest: int) -> list[str]:
    """Return the domains with enough texts, in alphabetical order; '' is none.

    >>> domains_of(["en", "zh", "en", "", "zh", "de"], fewest=2)
    ['en', 'zh']
    """
    return sorted(name for name, n in Counter(domains).items() if name and n >= fewest)


def leave_one_out(
    method: str,
    material: Material,
    domains: Sequence[str],
    counted: Sequence[str],
    options: Any,
    say: Callable[[str], None],
) -> Iterator[Cell]:
    """Train with all texts, then without each counted domain, and yield every model's figures on every counted domain.

    Only texts of the frozen test part are measured on, which no model learns from, so that the figures of a column
    are of the same texts whatever was left out.
    """
    test = set(material.split(held_out_of=options.held_out_of, seed=options.seed).test.tolist())
    rows = {name: [i for i in sorted(test) if domains[i] == name] for name in counted}
    for left_out in ("", *counted):
        say(f"without {left_out}" if left_out else "with all domains")
        taught = [one for one, name in zip(material.examples, domains, strict=True) if not left_out or name != left_out]
        with TemporaryDirectory(prefix="trendvane-domains-") as folder:
            train(method, replace(material, examples=taught), Path(folder), options=options)
            tagger = Tagger.load(material.encoder_dir, Path(folder))
            for domain in counted:
                yield from _cells(tagger, material, rows[domain], (left_out, domain))


def _cells(tagger: Tagger, material: Material, rows: list[int], names: tuple[str, str]) -> Iterator[Cell]:
    known = [label_id for label_id in tagger.label_ids if label_id in material.label_ids]
    true = material.true[np.ix_(rows, [material.label_ids.index(label_id) for label_id in known])]
    columns = [tagger.label_ids.index(label_id) for label_id in known]
    likely = tagger.tag([material.texts[row] for row in rows])[:, columns]
    levels = evaluate(true, likely, tagger.thresholds[columns], known, material.taxonomy)["levels"]
    for level in LEVELS:
        yield Cell(*names, level, levels[level]["macro_f1"], levels[level]["n_labels"], len(rows))
