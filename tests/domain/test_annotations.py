from core.config import BUNDLED_DATA
from core.domain.annotations import Labelling, Verdict, laid_over
from core.domain.taxonomy_file import load_taxonomy

TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
PEFT = "technology.training.peft"
PEFT_WITH_PARENTS = ("technology", "technology.training", PEFT)


def corrected(model: tuple[str, ...], *said: tuple[str, Verdict]) -> Labelling:
    return laid_over(model, said, TREE)


def test_without_annotations_the_model_decides() -> None:
    found = corrected((PEFT, "technology", "technology.training"))
    assert (found.labels, found.removed, found.human) == (PEFT_WITH_PARENTS, (), frozenset())


def test_a_confirmed_label_is_a_humans_with_its_parents() -> None:
    found = corrected((*PEFT_WITH_PARENTS, "market"), (PEFT, Verdict.PRESENT))
    assert found.labels == (*PEFT_WITH_PARENTS, "market")
    assert found.human == set(PEFT_WITH_PARENTS)


def test_removing_a_dimension_takes_everything_below_it_whatever_the_model_says() -> None:
    found = corrected((*PEFT_WITH_PARENTS, "sector.finance"), ("technology", Verdict.ABSENT))
    assert found.labels == ("sector.finance",)
    assert found.removed == PEFT_WITH_PARENTS
    assert laid_over(("technology.architecture",), [("technology", Verdict.ABSENT)], TREE).labels == ()


def test_the_latest_word_on_a_label_wins_also_where_it_only_follows_from_another() -> None:
    added, removed = (PEFT, Verdict.PRESENT), ("technology.training", Verdict.ABSENT)
    assert corrected((), added, removed).labels == ("technology",)
    assert corrected((), removed, added).labels == PEFT_WITH_PARENTS
    assert corrected((), added, (PEFT, Verdict.ABSENT)).labels == ("technology", "technology.training")


def test_a_sector_has_no_parent() -> None:
    assert corrected((), ("sector.finance", Verdict.PRESENT)).labels == ("sector.finance",)


def test_a_label_of_another_tree_keeps_its_verdict_alone() -> None:
    assert corrected(("market",), ("old.label", Verdict.PRESENT)).labels == ("market", "old.label")
    assert corrected(("market", "old.label"), ("old.label", Verdict.ABSENT)).removed == ("old.label",)
