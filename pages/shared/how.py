"""How the figures of the trends page are computed, in sentences: only what applies to what is on view."""

import streamlit as st

from core.domain.dates import Grain
from core.services.outlook import Forecast, Outlook
from core.services.outlook import Reason as NoForecast
from core.services.shares import Reason, Shares, Smoothing
from core.trends.adjust import TRAILING_BINS
from core.trends.mix import FEWEST_COMMON
from pages.shared import data, lines
from pages.shared.text import number, percent, plain, t


def draw(asked: lines.Asked, series: Shares, outlook: Outlook | None) -> None:
    """Draw the popover."""
    with st.popover(t("How is this computed?"), icon=":material/calculate:"):
        for sentence in _sentences(asked, series, outlook):
            st.markdown(f"- {plain(sentence)}")


def _sentences(asked: lines.Asked, series: Shares, outlook: Outlook | None) -> list[str]:
    parts = [t("Share = stories with the label ÷ all tagged stories of the period; a re-published story counts once.")]
    if asked.measure != lines.COUNT:
        parts += _of_adjustment(asked, series)
    parts += _of_view(asked)
    if asked.shows_marks(series):
        parts.append(
            t(
                "Bursts (Kleinberg 2002): periods that are at least 150 times likelier at twice a label's "
                "usual share than at the usual one. Steps: a new level that lasts; 5% of series without any "
                "change would show one. Both are found on the counted stories of complete periods."
            )
        )
    parts.append(
        t(
            "Factor a year: binomial regression on the counted stories, allowing for scatter; clear means a false "
            "discovery rate of 5% over the lines."
        )
    )
    parts.append(
        t(
            "Within sources: what is said to change is also compared source by source and language by language, a "
            "movement over all periods by its last third against its first (Mantel-Haenszel odds ratio, 95% interval). "
            "It is doubted where that interval holds 1, where the change of log-odds is under half as large there, or "
            "where under half of the stories, or fewer than {n}, are from sources and languages that both periods "
            "have.",
            n=FEWEST_COMMON,
        )
    )
    return parts + (of_outlook(series, outlook, asked.grain) if outlook else [])


def _of_adjustment(asked: lines.Asked, series: Shares) -> list[str]:
    adjustment, parts = series.adjustment, []
    if adjustment.corrected:
        parts.append(
            t(
                "Corrected share = (counted share − false positive rate) ÷ (true positive rate − false positive rate): "
                "adjusted count (Forman 2008), with rates from texts that the model was not trained on. It holds as "
                "far as stories resemble those texts. The interval counts the uncertainty of both."
            )
        )
        parts += _rates(series)
    else:
        parts.append(t("The interval is Wilson's, 95%."))
        parts.append(
            t(
                "The corrected share comes first where it shows the counted one to be off: where the counted share of "
                "all these stories lies outside the corrected one's interval."
            )
        )
    if adjustment.same_mix:
        parts.append(
            t(
                "Fixed mix: each period's sources and languages are weighted as in all periods together; thin ones "
                "lean on a model of source and period."
            )
        )
    if adjustment.smoothing is Smoothing.TRAILING:
        n = number(TRAILING_BINS[asked.grain])
        parts.append(t("Smooth line: mean of the last {n} periods, weighted by stories; it never looks ahead.", n=n))
    if adjustment.smoothing is Smoothing.LOCAL:
        parts.append(t("Smooth line: local lines over half of the periods; it looks ahead, so its end still changes."))
    return parts


def _rates(series: Shares) -> list[str]:
    names = lines.full_names(series)
    return [
        t(
            "{label}: true positive rate {found}, false positive rate {mistaken}.",
            label=names[line_id],
            found=percent(line.rates[0]),
            mistaken=percent(line.rates[1], decimals=2),
        )
        for line_id, line in series.lines.items()
        if line.rates
    ]


def _of_view(asked: lines.Asked) -> list[str]:
    match asked.view:
        case "areas":
            return [t("Areas lie behind one another: a story may carry several labels, so shares do not add up.")]
        case "ranks":
            return [t("Ranks are among the lines on view; equal values share the better rank.")]
        case "heat":
            return [t("Blank cells hold fewer than five stories; a dot marks periods that are not complete.")]
    return []


def caveats(asked: lines.Asked, series: Shares) -> list[str]:
    """Return what was asked for and could not be done, which has to stand beside the figure."""
    names, parts = lines.full_names(series), []
    if asked.measure != lines.COUNT and data.mostly_learnt(asked.chosen):
        parts.append(
            t(
                "Most of these stories are bundled ones that the model learnt from, so counted shares are nearer the "
                "truth than corrected ones."
            )
        )
    held_back = {names[line_id]: line.reason for line_id, line in series.lines.items() if line.reason}
    if held_back:
        listed = "; ".join(f"{name} ({_reason(reason)})" for name, reason in held_back.items())
        parts.append(t("Not corrected, the counted share is shown: {labels}.", labels=listed))
    if asked.adjustment.same_mix and not series.adjustment.same_mix:
        parts.append(
            t("The mix is not held fixed: there is only one source and language, or there are too many periods.")
        )
    if len(asked.labels) > len(asked.drawn):
        n, total = number(len(asked.drawn)), number(len(asked.labels))
        parts.append(
            t(
                "The first {n} of {total} labels are drawn; small multiples, heat map and table hold all.",
                n=n,
                total=total,
            )
        )
    if series.n_values_left_out:
        parts.append(
            t("Those with the most stories are drawn; {n} more are left out.", n=number(series.n_values_left_out))
        )
    return parts


def _reason(reason: Reason) -> str:
    return {
        Reason.NO_VALIDATION: t("the model holds no measurements of it"),
        Reason.FEW_VALIDATED: t("fewer than ten held-out texts with it"),
        Reason.NOT_SEPARATED: t("the model hardly tells it apart"),
        Reason.NO_PROBABILITIES: t("the model holds no measurements of it"),
    }[reason]


def of_outlook(series: Shares, outlook: Outlook, grain: Grain) -> list[str]:
    """Return how each line is forecast, or why it is not."""
    names = lines.full_names(series)
    return [_outlook(names[line_id], found, grain) for line_id, found in outlook.forecasts.items()]


def _outlook(name: str, found: Forecast, grain: Grain) -> str:
    if found.reason is NoForecast.TOO_SHORT:
        return t("{label}: no forecast, fewer than 24 complete periods with stories.", label=name)
    if found.reason is NoForecast.GAPS:
        return t("{label}: no forecast, too many periods without stories.", label=name)
    figures = {
        "label": name,
        "error": percent(found.error or 0.0),
        "naive": percent(found.naive_error or 0.0),
        "n": number(found.n_backtests),
    }
    if found.reason is NoForecast.NOT_BETTER:
        return t(
            "{label}: no forecast, because it errs by {error} on average and repeating the last season "
            "by {naive} (later half of {n} backtests).",
            **figures,
        )
    return t(
        "{label}: forecast by {method}, which errs by {error} on average where repeating the last "
        "season errs by {naive} (later half of {n} backtests).",
        method=_method(str(found.method)),
        **figures,
    )


def _method(method: str) -> str:
    return {
        "mean": t("the mean"),
        "smoothing": t("exponential smoothing"),
        "seasonal_smoothing": t("seasonal exponential smoothing"),
        "theta": t("the theta method"),
        "damped_trend": t("a damped trend"),
    }[method]
