import json
from pathlib import Path

import numpy as np
import pytest

from core.domain.domains import DomainKind
from core.errors import InputError
from core.services.cross_domain import CrossDomain, cross_domain
from core.services.training import Plan
from core.services.workspace import Workspace

KINDS = {"en": [("abcabc", ["market"]), ("789789", ["policy"])], "zh": [("一乙丁", ["market"]), ("XYZXYZ", ["policy"])]}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of labelled texts whose languages have nothing in common."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("labelled")
    for lang, kinds in KINDS.items():
        rows = [
            {
                "id": f"{lang}{i}",
                "lang": lang,
                "text": kinds[i % 2][0] * int(rng.integers(2, 9)),
                "labels": kinds[i % 2][1],
            }
            for i in range(150)
        ]
        (folder / f"{lang}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return sorted(folder.iterdir())


@pytest.fixture
def found(workspace: Workspace, files: list[Path]) -> CrossDomain:
    return cross_domain(workspace.settings, files, Plan("head"), DomainKind.LANGUAGE, say=lambda _: None)


def test_what_was_left_out_is_done_worse_and_the_rest_as_well(found: CrossDomain) -> None:
    matrix = found.matrix("dimension")
    assert matrix.index.tolist() == ["", "en", "zh"]
    assert matrix.columns.tolist() == ["en", "zh"]
    assert matrix.loc["", "en"] > 0.9
    assert matrix.loc["", "zh"] > 0.9
    assert matrix.loc["en", "zh"] > 0.9
    assert matrix.loc["zh", "zh"] < matrix.loc["", "zh"] - 0.2


def test_a_column_is_of_the_same_texts_whatever_was_left_out(found: CrossDomain) -> None:
    assert (found.frame.groupby(["domain", "level"])["n"].nunique() == 1).all()
    assert found.frame["n"].min() > 3
    assert found.frame["n"].max() < 40


def test_one_domain_alone_cannot_be_left_out(workspace: Workspace, files: list[Path]) -> None:
    with pytest.raises(InputError, match="two domains of at least 60 texts"):
        cross_domain(workspace.settings, files[:1], Plan("head"), DomainKind.SOURCE, say=lambda _: None)
