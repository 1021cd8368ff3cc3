"""Every string that a chart can show, in the reader's language."""

from core.charts import ChartText
from pages.shared.text import t


def chart_text() -> ChartText:
    """Return every string that a chart can show."""
    return ChartText(
        share=t("Share of stories"),
        count=t("Stories"),
        of_total=t("{n} of {total} stories"),
        stories=t("{n} stories"),
        band=t("95% interval"),
        interval=t("95% interval {low} to {high}"),
        unfinished=t("period not complete"),
        too_few=t("too few stories for a share"),
        empty=t("No stories in this period"),
        unmoved=t("Too few stories to compare two periods"),
        untagged=t("Not tagged yet"),
        change=t("Change of share, in percentage points"),
        points=t("{change} points"),
        before_and_now=t("{before} to {now}"),
        clear=t("clear change"),
        unclear=t("may be chance"),
        not_within=t("under half as large or not clear within the same sources and languages"),
        no_common=t("too few stories from sources and languages of both periods"),
        probability=t("Probability"),
        threshold=t("Threshold"),
        tagged=t("tagged"),
        not_tagged=t("not tagged"),
        by_human=t("by a human"),
        loss=t("Training loss"),
        validation=t("Macro F1 on the validation part"),
        step=t("Step"),
        at_step=t("step {step} of {n}, epoch {epoch}"),
        early=t("only a few points so far"),
        no_curve=t("No point of the curve yet"),
        rank=t("Rank {n}"),
        rank_caption=t("Rank by share"),
        burst=t("burst: {share}, otherwise {before}"),
        expected=t("expected {share}"),
        expected_interval=t("95% prediction interval {low} to {high}"),
        strength=t("Strength: share of the last three periods"),
        momentum=t("Momentum: factor by which the odds move in a year"),
        weak_rising=t("small and rising"),
        strong_rising=t("large and rising"),
        weak_fading=t("small and fading"),
        strong_fading=t("large and fading"),
        no_signals=t("No label has enough recent stories to be placed"),
        play=t("Play"),
        **_relation_text(),
    )


def _relation_text() -> dict[str, str]:
    """Return the strings of charts of relations and terms."""
    return {
        "together": t("Labels that meet more often than by chance"),
        "network_key": t("thicker line: stronger association   larger dot: more stories"),
        "with_both": t("{n} stories with both, {expected} expected by chance"),
        "association": t("Association (NPMI)"),
        "unrelated": t("No pair of these labels stands out from chance"),
        "too_thin": t("Too few stories with both labels"),
        "residual": t("Adjusted residual: above 0, more often than in the other rows"),
        "share_of_row": t("Share of the row's stories"),
        "cross_key": t("▲ more, ▼ fewer than elsewhere, beyond chance; without colour: too few stories"),
        "elsewhere": t("{share} elsewhere"),
        "clear_difference": t("stands out from chance"),
        "leads": t("Row moves before column"),
        "lead_key": t("written: stands out from chance"),
        "before": t("“{leader}” {lag} before “{follower}”"),
        "correlation": t("Correlation"),
        "leadless": t("Too few periods or stories to compare"),
        "no_terms": t("No new terms"),
        "earlier": t("before"),
        "now": t("now"),
        "share_of_language": t("Share of the language's stories that say the term"),
    }
