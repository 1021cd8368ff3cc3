"""The story of the last period in sentences; each leads to the documents that it counts."""

from typing import Any

import streamlit as st

from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.services.story import Fact, Topic
from pages.shared import address, data, within
from pages.shared.reading import factor
from pages.shared.text import bin_name, day, joined, label_name, language_name, number, percent, plain, points, t


def title(grain: Grain) -> str:
    """Return the heading of the story, or of what stands in its place where no two periods can be compared."""
    facts = data.tell_story(grain=grain, chosen=Filter())
    return t("The story of {period}", period=bin_name(facts[0].first, grain)) if facts else t("What moved")


def draw(grain: Grain) -> None:
    """Draw the sentences as links; nothing where no two periods can be compared."""
    facts = data.tell_story(grain=grain, chosen=Filter())
    with st.container(key="story", gap="small"):
        for fact in facts:
            labels = (fact.label_id,) if fact.label_id else ()
            wanted = DocumentFilter(**vars(fact.chosen), labels=labels, counted_at=grain)
            st.page_link("pages/documents.py", label=plain(sentence(fact)), query_params=address.link(wanted))


def sentence(fact: Fact) -> str:
    """Return a fact as a sentence in the reader's language, with what a change of sources may have to do with it."""
    added = within.notes(fact.figures.get("within", "")) + within.of_several(fact.figures.get("n_not_within", 0))
    return joined([_sentence(fact), *added])


def _sentence(fact: Fact) -> str:
    words = {"label": label_name(data.workspace().taxonomy, fact.label_id), **_written(fact)}
    match fact.topic:
        case Topic.VOLUME:
            return t("{n} stories were tagged, against {n_before} in the period before.", **words)
        case Topic.MOVED if not fact.figures["significant"]:
            return t(
                "No label moved clearly; the nearest is {label}, {share_before} to {share} ({change} points, 95% "
                "interval {low} to {high}; {n} of {total} stories, before {n_before} of {total_before}).",
                **words,
            )
        case Topic.MOVED:
            return t(
                "{label} moved most clearly, from {share_before} to {share} ({change} points, 95% interval {low} to "
                "{high}; {n} of {total} stories, before {n_before} of {total_before}).",
                **words,
            )
        case Topic.LARGEST:
            return t(
                "The largest topic was {label} with {share} (95% interval {low} to {high}; {n} of {total} stories).",
                **words,
            )
        case Topic.SIGNALS:
            return t(
                "Of {n_labels} labels {n_rising} rise and {n_fading} fade clearly, most surely {label}: {momentum} a "
                "year (95% interval {low} to {high}; {n} of the last {total} stories).",
                **words,
            )
        case Topic.BURST:
            return t(
                "The latest burst is {label}, {first} to {last}: {n} of {total} stories ({share}), otherwise "
                "{n_before} of {total_before} ({share_before}).",
                **words,
            )
        case Topic.LANGUAGES:
            return t(
                "Over a year, {label} differs most between languages: {share} in {lang} ({n} of {total}), "
                "{share_before} in {other} ({n_before} of {total_before}); {change} points, 95% interval {low} to "
                "{high}.",
                **words,
            )


def _written(fact: Fact) -> dict[str, str]:
    """Return the figures as the language writes them."""
    found: dict[str, Any] = {"first": day(fact.first), "last": day(fact.last)}
    found |= {name: number(value) for name, value in fact.figures.items() if name.startswith(("n", "total"))}
    shares = {name: fact.figures[name] for name in ("share", "share_before") if name in fact.figures}
    if fact.topic is Topic.BURST:
        shares = {"share": fact.figures["n"] / fact.figures["total"]}
        shares["share_before"] = fact.figures["n_before"] / max(1, fact.figures["total_before"])
    found |= {name: percent(share) for name, share in shares.items()}
    bounds = {Topic.LARGEST: percent, Topic.SIGNALS: factor}.get(fact.topic, points)
    found |= {
        name: bounds(fact.figures[name]) for name in ("low", "high", "change", "momentum") if name in fact.figures
    }
    return found | {name: language_name(fact.figures[name]) for name in ("lang", "other") if name in fact.figures}
