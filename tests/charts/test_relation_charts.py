import json

import numpy as np
import pandas as pd
import pytest

from core.charts import association_over_time, cross_table, label_network, lead_matrix, new_terms
from core.charts.network import ring

NAMES = {"policy.support": "Support", "market.demand": "Demand", "technology.data": "Data", "CN": "China"}
LAGS = {n: f"{n} months" for n in range(1, 7)}


def pairs(*rows):
    frame = pd.DataFrame(rows, columns=["first", "second", "n", "n_first", "n_second", "npmi"])
    return frame.assign(expected=2.5, low=frame["npmi"] - 0.1, high=frame["npmi"] + 0.1)


def marks(figure, length):
    """Return the trace whose marks carry so many values."""
    return next(t for t in figure.data if t.customdata is not None and len(t.customdata[0]) == length)


def words(figure):
    return [note.text for note in figure.layout.annotations]


def test_a_network_has_a_dot_a_label_and_a_mark_a_pair():
    frame = pairs(
        ("policy.support", "market.demand", 9, 400, 100, 0.5), ("market.demand", "technology.data", 5, 100, 25, 0.1)
    )
    order = ["technology.data", "market.demand", "policy.support", "never.drawn"]
    figure = label_network(frame, order=order, names=NAMES)
    dots, middles = marks(figure, 1), marks(figure, 2)
    assert [own[0] for own in dots.customdata] == order[:3]
    data, demand, support = dots.marker.size
    assert np.isclose(support / demand, 2) and np.isclose(demand / data, 2)
    assert [list(own) for own in middles.customdata] == frame[["first", "second"]].values.tolist()
    assert "9 stories with both, 2.5 expected by chance" in middles.hovertext[0]
    assert len({line.line.width for line in figure.data if line.mode == "lines"}) == 2
    assert {"Support", "Demand", "Data"} <= set(words(figure))


def test_the_pair_looked_at_stands_out():
    frame = pairs(("a", "b", 9, 10, 10, 0.5), ("b", "c", 9, 10, 10, 0.5), ("a", "c", 9, 10, 10, 0.5))

    def strong(focus):
        figure = label_network(frame, order="abc", names={}, focus=focus)
        return sum(line.x.count(None) for line in figure.data if line.mode == "lines" and "rgba" not in line.line.color)

    assert [strong(focus) for focus in ((), ("a",), ("a", "b"))] == [0, 2, 1]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_names_on_a_ring_never_stand_on_each_other(n):
    places = ring(n)
    assert len(places) == n and np.allclose([x * x + y * y for x, y in places], 1)
    for side in (1, -1):
        heights = sorted(y for x, y in places if x * side > 0)
        assert not heights or min(np.diff(heights), default=2) >= 2 / ((n + 1) // 2) - 1e-9


def test_sixty_labels_get_a_higher_network_than_three():
    def chain(n):
        rows = [(f"x.{i}", f"x.{i + 1}", 9, 10, 10, 0.3) for i in range(n - 1)]
        return label_network(pairs(*rows), order=[f"x.{i}" for i in range(n)], names={})

    assert chain(60).layout.height > chain(3).layout.height
    assert len(json.dumps(chain(60).to_plotly_json()["layout"]["annotations"])) > 60 * 10


def test_without_pairs_a_network_says_so_in_both_themes():
    for dark in (True, False):
        figure = label_network(pairs(), order=["a"], names={}, dark=dark)
        assert not figure.data and words(figure) == ["No pair of these labels stands out from chance"]


def cells(*rows):
    frame = pd.DataFrame(rows, columns=["row", "column", "n", "n_row", "residual", "significant", "enough"])
    share = frame["n"] / frame["n_row"]
    return frame.assign(total=200, share=share, low=share - 0.1, high=share + 0.1, share_elsewhere=0.25)


def test_a_cell_is_written_in_the_measure_and_marked_where_it_stands_out():
    frame = cells(
        ("CN", "market.demand", 30, 60, 4.04, True, True),
        ("CN", "policy.support", 6, 60, -0.01, False, True),
        ("US", "market.demand", 2, 40, -3.0, True, True),
        ("US", "policy.support", 1, 40, 1.2, False, False),
    )

    def drawn(measure):
        return cross_table(frame, measure=measure, row_names=NAMES, names=NAMES)

    texts = {measure: list(drawn(measure).data[1].text) for measure in ("residual", "share", "count")}
    assert texts["residual"] == ["<b>▲ +4.0</b>", "+0.0", "<b>▼ -3.0</b>", "+1.2"]
    assert texts["share"] == ["<b>▲ 50%</b>", "10%", "<b>▼ 5%</b>", "2%"]
    assert texts["count"] == ["<b>▲ 30</b>", "6", "<b>▼ 2</b>", "1"]
    figure = drawn("share")
    shades, labels = figure.data
    assert np.isnan(shades.z[3]) and shades.z[0] == 0.5
    assert [list(own) for own in labels.customdata] == frame[["row", "column"]].values.tolist()
    assert "50% (30 of 60 stories)" in labels.hovertext[0] and "25% elsewhere" in labels.hovertext[0]
    assert labels.hovertext[3].endswith("too few stories for a share")
    assert figure.layout.yaxis.range == (1.5, -0.5)


def test_a_row_without_stories_has_no_share():
    frame = cells(("CN", "market.demand", 3, 60, 1, False, True), ("US", "market.demand", 0, 0, 0, False, False))
    labels = cross_table(frame, measure="share", row_names=NAMES, names=NAMES).data[1]
    assert labels.text[1] == "–" and labels.hovertext[1].endswith("0 of 0 stories")
    assert not cross_table(frame.head(0), measure="share", row_names={}, names={}).data


def leads(*rows):
    frame = pd.DataFrame(rows, columns=["leader", "follower", "lag", "correlation", "significant"])
    return frame.assign(low=frame["correlation"] - 0.2, high=frame["correlation"] + 0.2)


def test_only_leads_that_stand_out_are_written():
    frame = leads(("policy.support", "market.demand", 3, 0.5, True), ("market.demand", "policy.support", 1, 0.4, False))
    shades, labels = lead_matrix(frame, lags=LAGS, names=NAMES).data
    at = {tuple(own): i for i, own in enumerate(labels.customdata)}
    there, back = at["policy.support", "market.demand"], at["market.demand", "policy.support"]
    assert (labels.text[there], labels.text[back]) == ("<b>3 months</b>", "")
    assert shades.z[there] == 0.5 and shades.z[back] < 0.2
    assert labels.hovertext[there].startswith("<b>“Support” 3 months before “Demand”</b>")
    assert "may be chance" in labels.hovertext[back]


def test_rows_and_columns_of_leads_come_in_the_same_order():
    names = ["a.1", "a.2", "a.3"]
    frame = leads(*[(one, other, 1, 0.1, False) for one in names for other in names if one != other])
    figure = lead_matrix(frame, lags=LAGS, names={})
    assert list(figure.layout.xaxis.ticktext) == names
    assert ["a.1" in figure.layout.yaxis.ticktext[0], "a.3" in figure.layout.yaxis.ticktext[2]] == [True, True]
    assert not lead_matrix(frame.head(0), lags=LAGS, names={}).data


def bins(*rows):
    frame = pd.DataFrame(rows, columns=["start", "n", "npmi", "enough"])
    end = [pd.Timestamp(start.year, 12, 31).date() for start in frame["start"]]
    return frame.assign(end=end, total=50, low=frame["npmi"] - 0.2, high=frame["npmi"] + 0.2)


def test_a_thin_bin_breaks_the_line_of_an_association():
    years = [pd.Timestamp(year, 1, 1).date() for year in (2023, 2024, 2025)]
    frame = bins((years[0], 8, 0.3, True), (years[1], 1, -1.0, False), (years[2], 9, 0.4, True))
    figure = association_over_time(frame, label_id="policy.support")
    (line,) = figure.data
    assert np.isnan(line.y[1]) and not line.connectgaps and list(line.x) == ["2023", "2024", "2025"]
    assert "8 of 50 stories" in line.hovertext[0]
    thin = association_over_time(frame.assign(enough=False), label_id="policy.support")
    assert not thin.data and words(thin) == ["Too few stories with both labels"]


def terms(*rows):
    columns = ["lang", "term", "n", "total", "n_before", "total_before", "significant", "label_id"]
    frame = pd.DataFrame(rows, columns=columns)
    share, before = frame["n"] / frame["total"], frame["n_before"] / frame["total_before"]
    return frame.assign(share=share, share_before=before, share_low=share - 0.05, share_high=share + 0.1)


def test_terms_show_both_shares_and_which_stand_out():
    frame = terms(
        ("zh", "智能体", 16, 40, 10, 500, True, "technology.data"), ("en", "listing", 5, 50, 5, 500, False, "")
    )
    figure = new_terms(frame, names=NAMES)
    _, before, now = figure.data
    assert [list(own) for own in now.customdata] == [["en", "listing"], ["zh", "智能体"]]
    assert list(now.x) == [0.1, 0.4] and list(before.x) == [0.01, 0.02]
    assert [color.startswith("rgba") for color in now.marker.color] == [True, False]
    assert "<b>智能体</b>" in figure.layout.yaxis.ticktext[1] and figure.layout.yaxis.ticktext[0] == "listing"
    assert "16 stories · Data" in words(figure) and "5 stories" in words(figure)
    assert "2% to 40%" in now.hovertext[1] and figure.layout.xaxis.range[0] < 0
    assert not new_terms(frame.head(0), names={}).data
