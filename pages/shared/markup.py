"""HTML that pages draw: style, logo, chips, rows, marked passages. Everything put into it is escaped here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from core.charts.palette import label_color
from core.domain.taxonomy import Taxonomy
from core.services.documents import TaggedPassage
from pages.shared.text import UNTRAINED, bare_name, is_untrained, percent, points, t

_STYLE = """
[data-testid="stMain"] [data-testid="stPageLink"] a:not(:hover) { background: none; }
[data-testid="stMain"] [data-testid="stPageLink"] p { font-weight: 400; }
[class*="st-key-rows"] [data-testid="stPageLink"] a { padding: 0; min-height: 0; }
[data-testid="stMain"] [class*="st-key-rows"] [data-testid="stPageLink"] p { font-weight: 600; white-space: normal; }
[data-testid="stMainBlockContainer"] { padding-inline: clamp(1rem, 3.5vw, 4rem); }
.st-key-period-hint [data-testid="stButton"] p { text-decoration: underline; text-underline-offset: 0.2em; }
.st-key-label-sets button { min-height: 1.9rem; }
.tv-row { padding: 0.1rem 0 0.95rem; margin-bottom: 0.8rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.tv-muted { color: color-mix(in srgb, currentColor 64%, transparent); font-size: 0.87rem; }
.tv-opening { margin: 0.25rem 0 0.45rem; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow: hidden; font-size: 0.93rem; line-height: 1.5; overflow-wrap: anywhere; }
.tv-chip { display: inline-flex; align-items: center; gap: 0.4em; padding: 0.1em 0.6em; margin: 0 0.35em 0.35em 0;
  border-radius: 1em; font-size: 0.82rem; line-height: 1.6;
  border: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.tv-untrained { border: 1px dotted color-mix(in srgb, currentColor 60%, transparent); }
.tv-dot { width: 0.62em; height: 0.62em; border-radius: 50%; flex: none; }
.tv-title { font-size: 1.7rem; font-weight: 600; line-height: 1.3; margin: 0; padding: 0; overflow-wrap: anywhere; }
.tv-text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; font-size: 1.02rem; max-width: 46rem; }
.tv-text mark { color: inherit; border-radius: 0.2em; padding: 0.08em 0; box-decoration-break: clone;
  -webkit-box-decoration-break: clone; }
.tv-text mark.tv-chosen { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 0.25em; }
.tv-why mark { border-bottom: 0 solid; border-radius: 0; margin-inline: 1px; }
.tv-why mark.tv-against { background: none; border-bottom: 2px dotted; }
.tv-words { border-collapse: collapse; font-size: 0.93rem; font-variant-numeric: tabular-nums; }
.tv-words th { font-weight: 400; text-align: right; vertical-align: bottom; }
.tv-words td { text-align: right; }
.tv-words th, .tv-words td { padding: 0.15rem 1.2rem 0.15rem 0; border: 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.tv-words :is(th, td):first-child { text-align: left; overflow-wrap: anywhere; }
.tv-history { line-height: 1.45; overflow-wrap: anywhere; }
.tv-opening-long { -webkit-line-clamp: 3; margin: 0; }
.tv-quote { border-left: 3px solid; padding-left: 0.7rem; margin-bottom: 0.7rem; }
.st-key-timeline { border-left: 2px solid color-mix(in srgb, currentColor 20%, transparent);
  padding-left: 1.1rem; margin-left: 0.4rem; }
.st-key-timeline [data-testid="stPageLink"] a { padding: 0; min-height: 0; }
[data-testid="stMain"] .st-key-timeline [data-testid="stPageLink"] p { font-weight: 600; white-space: normal; }
.tv-when { position: relative; font-weight: 600; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
.tv-when::before { content: ""; position: absolute; left: calc(-1.1rem - 1px - 0.35rem); top: 0.4em; width: 0.7rem;
  height: 0.7rem; border-radius: 50%; background: color-mix(in srgb, currentColor 55%, transparent); }
.tv-event { padding-bottom: 1.1rem; max-width: 52rem; line-height: 1.55; overflow-wrap: anywhere; }
.tv-empty { text-align: center; padding: 1.6rem 1rem 0.4rem; }
.tv-empty b { display: block; font-size: 1.1rem; margin-bottom: 0.3rem; }
.tv-figure b { display: block; font-size: 1.5rem; font-weight: 600; line-height: 1.25; }
.tv-findings { margin: 0; padding-left: 1.1rem; }
.tv-findings img { vertical-align: middle; margin-right: 0.5em; }
.tv-reading { margin: 0; line-height: 1.6; max-width: 60rem; }
.st-key-story [data-testid="stPageLink"] a { padding: 0.1rem 0; min-height: 0; }
.st-key-story [data-testid="stPageLink"] p { white-space: normal; line-height: 1.55; }
.tv-findings li { margin-bottom: 0.6rem; line-height: 1.55; }
@media (max-width: 1100px) {
  [class*="st-key-wide-"] [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  [class*="st-key-wide-"] [data-testid="stColumn"] { min-width: min(100%, 26rem); }
}
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stPopover"], .modebar { display: none; }
  [data-testid="stMain"] { overflow: visible; }
  [data-testid="stPlotlyChart"], .tv-row { break-inside: avoid; }
}
"""
_UPLOADER = '[data-testid="stFileUploaderDropzone"]'


_VANE = (
    '<g fill="none" stroke="{accent}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M14 35V9"/><path d="M14 9l20 5.5-20 6"/><path d="M8 35h12"/></g>'
    '<circle cx="14" cy="6" r="2.6" fill="{accent}"/>'
)
_LOGO = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 236 40" width="236" height="40">{_VANE}'
    '<text x="46" y="27" font-family="Inter, Segoe UI, Helvetica Neue, Noto Sans CJK SC, Arial, sans-serif" '
    'font-size="20" font-weight="650" fill="{ink}">Trendvane '
    '<tspan font-size="17" font-weight="500">风向标</tspan></text></svg>'
)
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">{_VANE}</svg>'.format(accent="#0f6b66")
LOGO_LIGHT = _LOGO.format(accent="#0f6b66", ink="#1c2527")
LOGO_DARK = _LOGO.format(accent="#4fb3a9", ink="#e4eaea")


def style() -> str:
    """Return the style of all pages, with our words for those that Streamlit's uploader says in English only."""
    instructions = f'{_UPLOADER} [data-testid="stFileUploaderDropzoneInstructions"] span'
    words = {f"{_UPLOADER} button p": t("Choose"), instructions: t("or drop here, 4 GB at most each")}
    replaced = [
        f"{place} {{ font-size: 0; }}\n{place}::after {{ font-size: 0.93rem; content: '{said}'; }}\n"
        for place, said in words.items()
    ]
    return f"<style>{_STYLE}{''.join(replaced)}</style>"


def empty(title: str, advice: str) -> str:
    """Return the words of an empty state."""
    return f'<div class="tv-empty"><b>{escape(title)}</b><span class="tv-muted">{escape(advice)}</span></div>'


def figures(entries: Sequence[tuple[str, str]]) -> list[str]:
    """Return each (name, value) as a figure with its name above."""
    return [
        f'<div class="tv-figure"><span class="tv-muted">{escape(name)}</span><b>{escape(value)}</b></div>'
        for name, value in entries
    ]


def findings(sentences: Sequence[str], curves: Sequence[str] = ()) -> str:
    """Return sentences as a list, each behind its small curve where there are any."""
    small = curves or [""] * len(sentences)
    items = "".join(f"<li>{curve}{escape(s)}</li>" for s, curve in zip(sentences, small, strict=True))
    return f'<ul class="tv-findings">{items}</ul>'


def reading(text: str) -> str:
    """Return what a figure says as a paragraph beneath it."""
    return f'<p class="tv-reading">{escape(text)}</p>'


def title(text: str) -> str:
    """Return a document's title as the heading of its page."""
    return f'<h1 class="tv-title">{escape(text)}</h1>'


def facts_line(facts: Sequence[str]) -> str:
    """Return facts in one muted line."""
    return f'<span class="tv-muted">{escape("  ·  ".join(f for f in facts if f))}</span>'


def row(facts: Sequence[str], opening: str, chips: str) -> str:
    """Return what stands below a document's title in a list; `chips` is HTML of `chips`."""
    words = f'<div class="tv-opening">{escape(opening)}</div>'
    return f'<div class="tv-row">{facts_line(facts)}{words}<div>{chips}</div></div>'


def event_head(day: str) -> str:
    """Return the date of an event beside its mark on the line of time."""
    return f'<div class="tv-when">{escape(day)}</div>'


def event_body(sentence: str, facts: Sequence[str]) -> str:
    """Return the sentence that tells an event, in quotation marks, and the facts of its document."""
    quoted = t("“{sentence}”", sentence=" ".join(sentence.split()))
    return f'<div class="tv-event">{escape(quoted)}<br>{facts_line(facts)}</div>'


def chips(taxonomy: Taxonomy, labels: Sequence[str], *, human: Collection[str] = (), tagged: bool = True) -> str:
    """Return labels as chips, the most specific of each branch alone, a human's with a ✓; or why there are none.

    A label that no model was trained for has a dotted line and its mark, where no human gave it.
    """
    if not labels:
        reason = t("off topic") if tagged else t("waiting to be tagged")
        return f'<span class="tv-muted">{escape(reason)}</span>'
    implied = {parent for label in labels if label in taxonomy.by_id for parent in taxonomy.ancestors(label)}
    return "".join(_chip(taxonomy, label, by_human=label in human) for label in labels if label not in implied)


def _chip(taxonomy: Taxonomy, label_id: str, *, by_human: bool) -> str:
    sign, kind = "", "tv-chip"
    if by_human:
        sign = _sign("✓", t("confirmed or added by a human"))
    elif is_untrained(taxonomy, label_id):
        sign, kind = _sign(UNTRAINED, t("from its description, not yet trained")), "tv-chip tv-untrained"
    return (
        f'<span class="{kind}"><span class="tv-dot" style="background:{label_color(label_id)}"></span>'
        f"{escape(bare_name(taxonomy, label_id))}{sign}</span>"
    )


def _sign(sign: str, hint: str) -> str:
    return f'<span title="{escape(hint)}">{sign}</span>'


@dataclass(frozen=True)
class Marks:
    """How the passages of a text are marked."""

    color: str
    """Of the shades, as #rrggbb."""
    strengths: Mapping[int, float]
    """Probability, which makes the shade the stronger, by ordinal of the passage."""
    chosen: int | None = None
    """Ordinal of the passage that is underlined."""


def marked_text(text: str, passages: Sequence[TaggedPassage], marks: Marks, *, start: int, end: int) -> str:
    """Return text[start:end] with its passages marked."""
    parts, position = [], start
    for ordinal, passage in enumerate(passages):
        first, last = max(position, passage.start), min(end, passage.end)
        if (ordinal not in marks.strengths and ordinal != marks.chosen) or first >= last:
            continue
        parts += [escape(text[position:first]), _mark(text[first:last], ordinal, marks)]
        position = last
    parts.append(escape(text[position:end]))
    return f'<div class="tv-text">{"".join(parts)}</div>'


def _mark(text: str, ordinal: int, marks: Marks) -> str:
    strength = marks.strengths.get(ordinal)
    shade = f"{marks.color}{round(24 + 56 * strength):02x}" if strength is not None else "transparent"
    hint = f' title="{percent(strength, decimals=0)}"' if strength is not None else ""
    chosen = ' class="tv-chosen"' if ordinal == marks.chosen else ""
    return f'<mark{chosen} style="background:{shade}"{hint}>{escape(text)}</mark>'


@dataclass(frozen=True)
class WordMark:
    """How one stretch of an explained passage is marked."""

    start: int
    end: int
    change: float
    """What the probability changes by without it; negative: the word speaks for the label."""


def weighed_text(text: str, marks: Sequence[WordMark], color: str) -> str:
    """Return a passage with its words shaded and underlined, the heavier the more the label hangs on them.

    Words that speak against the label have a dotted line and no shade. The figure stands in each word's hint.
    """
    heaviest = max((-mark.change for mark in marks), default=0.0)
    parts, position = [], 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        parts += [escape(text[position : mark.start]), _weighed(text[mark.start : mark.end], mark, heaviest, color)]
        position = mark.end
    return f'<div class="tv-text tv-why">{"".join(parts)}{escape(text[position:])}</div>'


def _weighed(word: str, mark: WordMark, heaviest: float, color: str) -> str:
    hint = escape(t("without it: {change} points", change=points(mark.change)))
    if mark.change > 0:
        return f'<mark class="tv-against" title="{hint}">{escape(word)}</mark>'
    weight = -mark.change / heaviest
    shade, width = f"{color}{round(36 + 84 * weight):02x}", 1 + round(3 * weight)
    line = f"color-mix(in srgb, {color} 60%, currentColor)"  # told from the background, light or dark
    style = f"background:{shade};border-bottom-width:{width}px;border-color:{line}"
    return f'<mark style="{style}" title="{hint}">{escape(word)}</mark>'


def words_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return words and their figures as a table, words to the left."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="tv-words"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def history_line(facts: Sequence[str], *, revoked: bool) -> str:
    """Return one correction as a line, struck through where it was undone."""
    words = facts_line(facts)
    return f'<div class="tv-history"><s>{words}</s></div>' if revoked else f'<div class="tv-history">{words}</div>'


def quote(text: str, probability: float, color: str) -> str:
    """Return the opening of a passage on three lines, behind a line in its label's colour and its probability."""
    words = f'<span class="tv-muted">{percent(probability, decimals=0)}</span>&ensp;{escape(" ".join(text.split()))}'
    opening = f'<div class="tv-opening tv-opening-long">{words}</div>'
    return f'<div class="tv-quote" style="border-color:{color}">{opening}</div>'
