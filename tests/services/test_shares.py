"""Lines of the trends page: corrected, over a fixed mix, split, smoothed; and what they lead to."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.db import models
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services import outlook, validation
from core.services.documents import find_documents
from core.services.shares import MOST_LINES, Adjustment, Reason, Smoothing, Split, shares_over_time
from core.services.trends import share_over_time
from core.services.workspace import CHRONICLE, Workspace

LABEL, OTHER, RARE = "policy.regulation", "market.demand", "technology.data"
CORRECTED = Adjustment(corrected=True)
Add = Callable[..., list[int]]


@pytest.fixture
def measured(workspace: Workspace) -> Workspace:
    """A champion that finds 80 of 100 texts with a label and 20 others, and was measured on 5 of another."""
    figures = {LABEL: (0.8, 0.8, 100), RARE: (0.8, 0.8, 5)}
    labels = {label: {"precision": p, "recall": r, "support": n} for label, (p, r, n) in figures.items()}
    version = replace(workspace.champion(), id="measured", metrics={"all": {"n": 500, "labels": labels}})
    with workspace.database.writing() as connection:
        models.add_model_version(connection, version)
        models.set_champion(connection, version.id)
    return workspace


def add_month(add: Add, month: str, *, tagged: int, others: int, **facts: str) -> None:
    """Store stories of a month, some of them with the label."""
    words = f"{month} {sorted(facts.items())}"
    add([f"Law {number} {words}" for number in range(tagged)], labels=(LABEL,), date=f"{month}-05", **facts)
    add([f"News {number} {words}" for number in range(others)], labels=(OTHER,), date=f"{month}-06", **facts)


def test_a_share_is_corrected_by_the_rates_that_the_model_was_measured_at(
    measured: Workspace, add_stories: Add
) -> None:
    add_month(add_stories, "2024-03", tagged=20, others=20)
    found = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(), adjustment=CORRECTED)
    row = found.frame.iloc[0]
    assert found.lines[LABEL].rates == (0.8, 0.05)
    assert row["counted"] == 0.5
    assert row["share"] == pytest.approx((0.5 - 0.05) / (0.8 - 0.05))
    assert row["low"] < row["share"] < row["high"]
    assert row["high"] - row["low"] > 0.3  # wider than Wilson's 0.29: the rates are uncertain too


def test_what_cannot_be_corrected_stays_counted_and_says_why(measured: Workspace, add_stories: Add) -> None:
    add_month(add_stories, "2024-03", tagged=20, others=20)
    labels = [LABEL, OTHER, RARE]
    found = shares_over_time(measured, labels, grain=Grain.MONTH, chosen=Filter(), adjustment=CORRECTED)
    reasons = {line_id: line.reason for line_id, line in found.lines.items()}
    assert reasons == {LABEL: None, OTHER: Reason.NO_VALIDATION, RARE: Reason.FEW_VALIDATED}
    assert found.frame.set_index("label_id")["share"][OTHER] == 0.5
    assert validation.correctable(measured, labels) == [LABEL]


def test_a_counted_share_is_off_where_the_correction_is_surer_than_that(measured: Workspace, add_stories: Add) -> None:
    add_month(add_stories, "2024-03", tagged=20, others=20)
    assert validation.clearly_off(measured, [LABEL, OTHER], Filter()) == []
    add_month(add_stories, "2024-04", tagged=120, others=20)  # 78 %, of a model that misses a fifth
    assert validation.clearly_off(measured, [LABEL, OTHER], Filter()) == [LABEL]


@pytest.mark.parametrize("broken", [{}, {"all": 3}, {"all": {"n": "x", "labels": []}}, {"all": {"labels": {LABEL: 1}}}])
def test_metrics_of_any_form_only_mean_that_nothing_is_corrected(workspace: Workspace, broken: dict) -> None:
    version = replace(workspace.champion(), metrics=broken)
    assert validation.label_validation(version, LABEL) is None


def test_bundled_stories_count_as_learnt(measured: Workspace, add_stories: Add) -> None:
    add_month(add_stories, "2024-03", tagged=10, others=10, source=CHRONICLE)
    assert validation.mostly_learnt(measured, Filter())
    add_month(add_stories, "2024-04", tagged=10, others=11)
    assert not validation.mostly_learnt(measured, Filter())
    assert not validation.mostly_learnt(measured, Filter(sources=("Wire",)))
    assert validation.mostly_learnt(measured, Filter(sources=(CHRONICLE,)))


def test_a_label_is_compared_across_languages_as_their_filter_counts_it(measured: Workspace, add_stories: Add) -> None:
    add_month(add_stories, "2024-03", tagged=6, others=4, lang="en")
    add_month(add_stories, "2024-03", tagged=2, others=8, lang="zh")
    found = shares_over_time(measured, [LABEL, OTHER], grain=Grain.MONTH, chosen=Filter(), split=Split.LANG)
    assert [(line.value, line.label_id) for line in found.lines.values()] == [("en", LABEL), ("zh", LABEL)]
    assert found.frame["share"].tolist() == [0.6, 0.2]
    for line_id, line in found.lines.items():
        alone = share_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=line.chosen).frame
        own = found.frame[found.frame["label_id"] == line_id]
        assert own["n"].tolist() == alone["n"].tolist()
        wanted = DocumentFilter(**vars(line.chosen), labels=(LABEL,), counted_at=Grain.MONTH)
        assert find_documents(measured, wanted).n_total == own["n"].sum()


def test_of_many_sources_those_with_the_most_stories_are_compared(measured: Workspace, add_stories: Add) -> None:
    for number in range(MOST_LINES + 2):
        add_month(add_stories, "2024-03", tagged=1, others=9 - number // 2, source=f"Source {number:02}")
    found = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(), split=Split.SOURCE)
    assert found.n_values_left_out == 2
    assert [line.value for line in found.lines.values()] == [f"Source {number:02}" for number in range(MOST_LINES)]


def test_a_feed_that_joins_makes_no_trend_over_a_fixed_mix(measured: Workspace, add_stories: Add) -> None:
    for month in ("2024-01", "2024-02", "2024-03", "2024-04"):
        add_month(add_stories, month, tagged=2, others=18)
        if month > "2024-02":
            add_month(add_stories, month, tagged=18, others=2, source="Law feed")
    fixed = Adjustment(same_mix=True)
    counted = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter()).frame["share"]
    found = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(), adjustment=fixed)
    assert counted.iloc[-1] - counted.iloc[0] == pytest.approx(0.4)
    assert abs(found.frame["share"].iloc[-1] - found.frame["share"].iloc[0]) < 0.1
    assert found.adjustment.same_mix
    one = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(sources=("Wire",)), adjustment=fixed)
    assert not one.adjustment.same_mix


def test_a_trailing_mean_does_not_change_when_later_stories_arrive(measured: Workspace, add_stories: Add) -> None:
    def smooth(kind: Smoothing) -> list[float]:
        asked = Adjustment(smoothing=kind)
        return (
            shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(), adjustment=asked)
            .frame["smooth"]
            .tolist()[:4]
        )

    for month, tagged in (("2024-01", 2), ("2024-02", 4), ("2024-03", 3), ("2024-04", 5)):
        add_month(add_stories, month, tagged=tagged, others=6)
    before = {kind: smooth(kind) for kind in (Smoothing.TRAILING, Smoothing.LOCAL)}
    add_month(add_stories, "2024-05", tagged=12, others=1)
    assert smooth(Smoothing.TRAILING) == before[Smoothing.TRAILING]
    assert not np.allclose(smooth(Smoothing.LOCAL), before[Smoothing.LOCAL])


def test_a_selection_without_stories_has_no_shares(measured: Workspace, add_stories: Add) -> None:
    add_month(add_stories, "2024-03", tagged=2, others=2)
    none = Filter(sources=("Nobody",))
    for split in (None, *Split):
        found = shares_over_time(measured, [LABEL], grain=Grain.MONTH, chosen=none, adjustment=CORRECTED, split=split)
        assert not found.frame["total"].any()


def test_steps_and_forecasts_are_those_of_the_lines(measured: Workspace, add_stories: Add) -> None:
    months = [f"{year}-{month:02}" for year in (2022, 2023, 2024) for month in range(1, 13)]
    for place, month in enumerate(months):
        # a step in the middle, and noise that repeating the last season doubles
        add_month(add_stories, month, tagged=(3 if place < 18 else 9) + (place * 7) % 3, others=8)
    marks = outlook.find_marks(measured, [LABEL], grain=Grain.MONTH, chosen=Filter())
    step = marks[marks["kind"] == "rise"].iloc[0]
    assert str(step["start"]) == "2023-07-01"
    assert step["n"] / step["total"] > 1.5 * step["n_before"] / step["total_before"]
    plain, corrected = (
        outlook.forecast_shares(measured, [LABEL], grain=Grain.MONTH, chosen=Filter(), adjustment=adjustment)
        for adjustment in (Adjustment(), CORRECTED)
    )
    assert plain.forecasts[LABEL].error < plain.forecasts[LABEL].naive_error
    assert plain.frame["start"].map(str).tolist() == ["2024-12-01", "2025-01-01", "2025-02-01", "2025-03-01"]
    expected = (plain.frame["share"] - 0.05) / 0.75
    assert np.allclose(corrected.frame["share"], expected.clip(0, 1))
    short = outlook.forecast_shares(measured, [LABEL], grain=Grain.QUARTER, chosen=Filter(), adjustment=Adjustment())
    assert short.forecasts[LABEL].reason is outlook.Reason.TOO_SHORT
    assert short.frame.empty
