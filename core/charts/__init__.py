"""Charts: pure functions from a frame to a Plotly figure in one theme; every word on them comes from the caller.

Draw them with the template that they carry (`st.plotly_chart(figure, theme=None)`).
"""

from core.charts.counts import count_over_time
from core.charts.dimensions import dimension_shares
from core.charts.learning import learning_curve
from core.charts.movers import movers
from core.charts.other_model import with_other_model
from core.charts.palette import label_color
from core.charts.probabilities import label_probabilities
from core.charts.shares import share_over_time
from core.charts.wording import ChartText, period_label

__all__ = [
    "ChartText",
    "count_over_time",
    "dimension_shares",
    "label_color",
    "label_probabilities",
    "learning_curve",
    "movers",
    "period_label",
    "share_over_time",
    "with_other_model",
]
