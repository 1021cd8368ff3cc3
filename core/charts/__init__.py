"""Charts: pure functions from a frame to a Plotly figure in one theme; every word on them comes from the caller.

Draw them with the template that they carry (`st.plotly_chart(figure, theme=None)`).
"""

from core.charts.associations import association_over_time
from core.charts.counts import count_over_time
from core.charts.crosses import cross_table, lead_matrix
from core.charts.dimensions import dimension_shares
from core.charts.movers import movers
from core.charts.network import label_network
from core.charts.new_terms import new_terms
from core.charts.palette import label_color
from core.charts.probabilities import label_probabilities
from core.charts.shares import share_over_time
from core.charts.wording import ChartText, period_label

__all__ = [
    "ChartText",
    "association_over_time",
    "count_over_time",
    "cross_table",
    "dimension_shares",
    "label_color",
    "label_network",
    "label_probabilities",
    "lead_matrix",
    "movers",
    "new_terms",
    "period_label",
    "share_over_time",
]
