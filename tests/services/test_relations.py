from collections.abc import Callable
from datetime import date

import pytest

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.errors import InputError
from core.services import relations
from core.services.workspace import Workspace

PEFT, BERT, FUNDING = "technology.training.peft", "technology.architecture.bert", "market.competition.funding"


@pytest.fixture
def filled(workspace: Workspace, add_stories: Callable[..., list[int]]) -> Workspace:
    def add(n: int, *labels: str, month: str = "2024-01", **facts: str) -> None:
        texts = [f"Story {i} {labels} {month} {facts}" for i in range(n)]
        add_stories(texts, labels=labels, date=f"{month}-09", **facts)

    add(20, PEFT, BERT, jurisdiction="CN")
    add(10, PEFT, BERT, month="2024-03", jurisdiction="CN", lang="zh")
    add(30, FUNDING, "sector.finance", month="2024-03", jurisdiction="US")
    add(5, FUNDING)
    add(5, month="2024-02", jurisdiction="CN")
    return workspace


def test_labels_that_occur_together_are_found_within_the_filter(filled: Workspace) -> None:
    found = relations.label_relations(filled, chosen=Filter())
    frame = found.frame.set_index(["first", "second"])
    assert found.n_stories == 65
    assert (frame.loc[(PEFT, BERT), "n"], frame.loc[(PEFT, BERT), "npmi"]) == (30, 1.0)
    assert frame.loc[(PEFT, FUNDING), "npmi"] == -1.0
    chinese = relations.label_relations(filled, chosen=Filter(langs=("zh",)), labels=(PEFT, BERT))
    assert chinese.frame[["first", "second", "n"]].values.tolist() == [[PEFT, BERT, 10]]


def test_a_pair_is_followed_bin_by_bin(filled: Workspace) -> None:
    frame = relations.relation_over_time(filled, PEFT, BERT, grain=Grain.MONTH, chosen=Filter())
    assert frame["start"].tolist() == [date(2024, month, 1) for month in (1, 2, 3)]
    assert frame["n"].tolist() == [20, 0, 10] and frame["total"].tolist() == [25, 0, 40]
    assert frame["enough"].tolist() == [True, False, True]


def test_sectors_are_crossed_with_aspects(filled: Workspace) -> None:
    found = relations.sector_by_aspect(filled, chosen=Filter())
    cell = found.frame.set_index(["row", "column"]).loc[("sector.finance", "market.competition")]
    assert (cell["n"], cell["n_row"], cell["share"]) == (30, 30, 1.0)
    assert cell["significant"] and (found.n_stories, found.n_left_out) == (65, 35)


def test_jurisdictions_are_compared_on_tagged_stories(filled: Workspace) -> None:
    found = relations.compare_jurisdictions(filled, chosen=Filter(), labels=[FUNDING])
    frame = found.frame.set_index("row")
    assert frame[["n", "n_row", "total"]].to_dict("index") == {
        "CN": {"n": 0, "n_row": 35, "total": 65},
        "US": {"n": 30, "n_row": 30, "total": 65},
    }
    assert (found.n_stories, found.n_left_out) == (70, 5)
    march = relations.compare_jurisdictions(filled, chosen=Filter(first=date(2024, 3, 1), last=date(2024, 3, 31)))
    assert march.n_stories == 40


def test_leads_are_sought_in_complete_bins(workspace: Workspace, add_stories: Callable[..., object]) -> None:
    for number in range(30):
        day = f"{2022 + number // 12}-{number % 12 + 1:02}-05"
        add_stories([f"a {number} {i}" for i in range(2 + number % 3)], labels=(PEFT,), date=day)
        add_stories([f"b {number} {i}" for i in range(2 + (number * 7) % 4)], labels=(FUNDING,), date=day)
    found = relations.lead_lag(workspace, chosen=Filter(), labels=(PEFT, FUNDING, "technology.training"))
    assert found is not None and found.n_bins == 30
    pairs = set(zip(found.frame["leader"], found.frame["follower"], strict=True))
    assert (PEFT, FUNDING) in pairs and (PEFT, "technology.training") not in pairs
    cut = relations.lead_lag(workspace, chosen=Filter(last=date(2023, 6, 30)), labels=(PEFT, FUNDING))
    assert cut is not None and (cut.n_bins, cut.frame.empty) == (18, True)


def test_nothing_comes_of_nothing(workspace: Workspace) -> None:
    assert relations.label_relations(workspace, chosen=Filter()).frame.empty
    assert relations.relation_over_time(workspace, PEFT, BERT, grain=Grain.MONTH, chosen=Filter()).empty
    assert relations.sector_by_aspect(workspace, chosen=Filter()).n_stories == 0
    assert relations.compare_jurisdictions(workspace, chosen=Filter()).frame.empty
    assert relations.lead_lag(workspace, chosen=Filter()) is None


def test_unknown_labels_are_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="No such label"):
        relations.relation_over_time(workspace, PEFT, "nonsense", grain=Grain.MONTH, chosen=Filter())
