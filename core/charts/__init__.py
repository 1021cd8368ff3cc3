"""Charts: pure functions from a frame to a Plotly figure in one theme; every word on them comes from the caller.

Draw them with the template that they carry (`st.plotly_chart(figure, theme=None)`).
"""

from core.charts.areas import areas_over_time
from core.charts.associations import association_over_time
from core.charts.counts import count_over_time
from core.charts.crosses import cross_table, lead_matrix
from core.charts.dimensions import dimension_shares
from core.charts.heat import heat_map
from core.charts.learning import learning_curve
from core.charts.movers import movers
from core.charts.network import label_network
from core.charts.new_terms import new_terms
from core.charts.other_model import with_other_model
from core.charts.overlays import with_marks, with_outlook, with_smooth
from core.charts.palette import label_color
from core.charts.panels import small_multiples
from core.charts.probabilities import label_probabilities
from core.charts.ranks import rank_over_time
from core.charts.shares import share_over_time
from core.charts.signals import signal_map
from core.charts.sparks import sparkline
from core.charts.wording import ChartText, period_label

__all__ = [
    "ChartText",
    "areas_over_time",
    "association_over_time",
    "count_over_time",
    "cross_table",
    "dimension_shares",
    "heat_map",
    "label_color",
    "label_network",
    "label_probabilities",
    "lead_matrix",
    "learning_curve",
    "movers",
    "new_terms",
    "period_label",
    "rank_over_time",
    "share_over_time",
    "signal_map",
    "small_multiples",
    "sparkline",
    "with_marks",
    "with_other_model",
    "with_outlook",
    "with_smooth",
]
