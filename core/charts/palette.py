"""One colour, dash and marker for each label, the same on every chart, light and dark.

Colours come in families: technology is blue to teal, market red to amber, policy violet to green; lines that compare
one label across sources, languages … take some of all three. Each has a
contrast of at least 3 to 1 on white and on Streamlit's dark ground (WCAG 2.2, 1.4.11), and a dimension and its aspects
stay apart under protanopia and deuteranopia. Dash and marker tell lines apart where colour does not.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.charts.wording import wrap

FAMILIES = {
    "technology": ("#1f66cc", "#12a3a0", "#7d86f8", "#00776c", "#5a96d4", "#4b4bf0", "#346e9c", "#5a78b4"),
    "market": ("#e07800", "#94500f", "#e8606a", "#b3304c", "#c9480a", "#c08a3a"),
    "policy": ("#9055e6", "#1f9a3a", "#d63fa0", "#54701c", "#a385cc", "#a626b6", "#58a284", "#9c4a78"),
    "sector": ("#5b6b85", "#b9770e", "#2a9191", "#9b5fa8", "#8a6f55"),
    "split": ("#1f66cc", "#e07800", "#1f9a3a", "#d63fa0", "#00776c", "#94500f", "#7d86f8", "#b3304c"),
}
DASHES = ("solid", "6px,3px", "12px,3px", "9px,3px,2px,3px")
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "star")
_GLYPHS = dict(zip(MARKERS, "●■◆▲✚▼✖★", strict=True))
_NAME_COLUMNS = 22
_NO_FAMILY = ("#6b7280", "#7d7461", "#64748b")

_PLACES = {
    "technology": """
        technology technology.architecture technology.training technology.data technology.optimization
        technology.architecture.gpt technology.architecture.agents technology.architecture.multimodal
        technology.architecture.vision technology.architecture.speech technology.architecture.transformer
        technology.architecture.bert technology.architecture.explainability
        technology.training.fine_tuning technology.training.alignment technology.training.peft
        technology.training.self_supervised technology.training.prompt_learning technology.training.few_zero_shot
        technology.training.incremental technology.training.transfer technology.training.adversarial
        technology.data.evaluation technology.data.retrieval technology.data.data_curation
        technology.data.synthetic_data
        technology.optimization.compression technology.optimization.hardware
        technology.optimization.inference_efficiency technology.optimization.training_efficiency
    """,
    "market": """
        market market.demand market.behavior market.competition
        market.demand.adoption market.demand.market_size market.demand.jobs_skills
        market.behavior.usage market.behavior.attitudes
        market.competition.funding market.competition.mergers market.competition.product_launch
        market.competition.pricing market.competition.partnerships market.competition.performance
    """,
    "policy": """
        policy policy.regulation policy.standards policy.support
        policy.regulation.data_privacy policy.regulation.ai_ethics_safety policy.regulation.copyright
        policy.regulation.antitrust policy.regulation.export_control policy.regulation.liability
        policy.support.national_strategy policy.support.innovation_fund policy.support.compute_talent
    """,
    "sector": """
        sector.customer_service sector.finance sector.healthcare sector.education sector.other_sector
    """,
}
_PLACE = {label_id: place for labels in _PLACES.values() for place, label_id in enumerate(labels.split())}
# lines that are no labels: the sources, languages … that a label is compared across
_PLACE |= {f"split.{place}": place for place in range(len(FAMILIES["split"]))}
# each family begins at another marker, so that the first labels of two families differ in grey too
_MARKER_SHIFT = {"technology": 0, "market": 3, "policy": 6, "sector": 1, "split": 0}


@dataclass(frozen=True)
class LabelStyle:
    """How a label is drawn; names are Plotly's."""

    color: str
    dash: str
    marker: str

    @property
    def glyph(self) -> str:
        """Return a character that looks like the marker, for names beside a chart."""
        return _GLYPHS[self.marker]


def label_style(label_id: str) -> LabelStyle:
    """Return colour, dash and marker of a label; a label without a place of its own gets one by its checksum.

    >>> label_style("technology")
    LabelStyle(color='#1f66cc', dash='solid', marker='circle')
    """
    family = label_id.partition(".")[0]
    colors = FAMILIES.get(family, _NO_FAMILY)
    place = _PLACE.get(label_id, zlib.crc32(label_id.encode()) % 32)
    lap, column = divmod(place, len(colors))
    # one dash further on each lap: a colour comes back with another dash and marker
    marker = (column + 3 * lap + _MARKER_SHIFT.get(family, 0)) % len(MARKERS)
    return LabelStyle(colors[column], DASHES[(column + lap) % len(DASHES)], MARKERS[marker])


def named(label_id: str, names: Mapping[str, str]) -> str:
    """Return a label's name on at most two lines, led by its marker in its colour (Plotly's HTML)."""
    style = label_style(label_id)
    name = wrap(names.get(label_id, label_id), columns=_NAME_COLUMNS)
    return f'<span style="color:{style.color}">{style.glyph}</span> {name}'


def label_color(label_id: str) -> str:
    """Return the label's colour as #rrggbb.

    >>> label_color("market")
    '#e07800'
    """
    return label_style(label_id).color
