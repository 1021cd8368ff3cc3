"""How well a training method carries over to a source, a language or a sector that it did not learn from."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.config import BUNDLED_DATA, Settings
from core.domain.domains import DomainKind
from core.domain.taxonomy import LabelKind, Taxonomy
from core.domain.taxonomy_file import load_taxonomy
from core.errors import InputError
from core.ml.training.methods import parse_options
from core.services.training import Plan
from core.services.workspace import install_encoder

if TYPE_CHECKING:
    from core.ml.examples import Example

FEWEST = 60
"""Of a domain with fewer texts only a handful are in the test part, and its figures would be chance."""


@dataclass(frozen=True)
class CrossDomain:
    """Models that did without a domain, measured on every domain."""

    frame: pd.DataFrame
    """Columns left_out ('' for the model that learnt from all), domain, level, macro_f1, n_labels, n (texts)."""
    kind: DomainKind
    method: str
    n_examples: int

    def matrix(self, level: str) -> pd.DataFrame:
        """Return macro F1 with a row for each model, '' first, and a column for each domain."""
        own = self.frame[self.frame["level"] == level]
        return own.pivot_table(index="left_out", columns="domain", values="macro_f1", sort=True)


def cross_domain(
    settings: Settings, files: Sequence[Path], plan: Plan, kind: DomainKind, *, say: Callable[[str], None]
) -> CrossDomain:
    """Train with all domains and without each of them, and measure every model on every domain's test part.

    A text's source is the file that it comes from. Texts without a sector, or with several, are always learnt from.
    Raise InputError where there are not two domains of at least FEWEST texts, and what training raises.
    """
    options = parse_options(plan.method, plan.options)
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise InputError("Not found: {files}; check the spelling.", files=", ".join(missing))
    from core.ml.examples import read_examples
    from core.ml.training.cross_domain import domains_of, leave_one_out
    from core.ml.training.material import Material

    taxonomy = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    examples = read_examples(files, taxonomy)
    domains = [_domain(one, kind, taxonomy) for one in examples]
    counted = domains_of(domains, fewest=FEWEST)
    if len(counted) < 2:
        raise InputError(
            "Leaving one out takes two domains of at least {n} texts; found: {found}.",
            n=FEWEST,
            found=", ".join(f"{name or '-'} {n}" for name, n in Counter(domains).most_common(10)),
        )
    install_encoder(settings, say)
    material = Material(examples, settings.encoder_dir, taxonomy)
    cells = leave_one_out(plan.method, material, domains, counted, options, say)
    return CrossDomain(pd.DataFrame([vars(cell) for cell in cells]), kind, plan.method, len(examples))


def _domain(example: "Example", kind: DomainKind, taxonomy: Taxonomy) -> str:
    """Return what an example belongs to, '' where that is nothing or several things."""
    if kind is DomainKind.SOURCE:
        return example.source
    if kind is DomainKind.LANGUAGE:
        return example.lang
    sectors = [label.id for label in taxonomy.of_kind(LabelKind.SECTOR) if label.id in example.labels]
    return sectors[0] if len(sectors) == 1 else ""
