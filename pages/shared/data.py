"""The one home of caching: the open workspace, and reads that stay valid until the data changes."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from core.config import Settings, get_settings
from core.domain.dates import Grain
from core.domain.filters import DocumentFilter, Filter
from core.domain.taxonomy import LabelKind
from core.services import (
    annotations,
    comparing,
    disagreements,
    documents,
    events,
    explaining,
    gate,
    mix,
    other_lines,
    outlook,
    own_labels,
    registry,
    relations,
    shares,
    signals,
    story,
    terms,
    training_costs,
    trends,
    validation,
)
from core.services.training_data import DataReport, Mix, training_data
from core.services.workspace import Workspace, open_workspace, revision
from core.trends.movement import Movement

T = TypeVar("T")


@st.cache_resource(
    show_spinner=False, max_entries=8, hash_funcs={Settings: lambda settings: settings.model_dump_json()}
)
def _open(settings: Settings) -> Workspace:
    return open_workspace(settings)


def workspace() -> Workspace:
    """Return the open data directory; raise MissingError before `trendvane init`."""
    return _open(get_settings())


@st.cache_data(show_spinner=False, max_entries=500)
def _remembered(key: str, _call: Callable[[], T]) -> T:
    return _call()


def _read(service: Callable[..., T], *args: Any, **options: Any) -> T:
    """Call a service, or return what it said since the data last changed."""
    opened = workspace()
    today = date.today().isoformat()  # what counts as complete depends on the day
    key = (opened.settings.model_dump_json(), revision(opened), today, service.__name__, repr(args), repr(options))
    return _remembered("|".join(map(str, key)), lambda: service(opened, *args, **options))


def revision_number() -> int:
    """Return which state of the data is shown; it grows with every change."""
    return revision(workspace())


def period() -> tuple[date, date] | None:
    """Return the first and last dated story, or None where nothing is tagged."""
    return _read(trends.period)


def main_beginning(chosen: Filter) -> date | None:
    """Return the month in which the bulk of the chosen stories begins, or None where it begins with the first."""
    return _read(trends.main_beginning, chosen)


def choices() -> trends.Choices:
    """Return the values that filters can take."""
    return _read(trends.choices)


def facts() -> trends.CorpusFacts:
    """Return what the corpus holds."""
    return _read(trends.facts)


def share_over_time(labels: Sequence[str], *, grain: Grain, chosen: Filter) -> trends.Series:
    """Return the labels' shares by calendar bin."""
    return _read(trends.share_over_time, tuple(labels), grain=grain, chosen=chosen)


def versions_with_history() -> list[str]:
    """Return the ids of versions beside the champion that have tagged documents, newest first."""
    return [version.id for version in _read(other_lines.versions_with_history)]


def share_by_version(reference: str, labels: Sequence[str], *, grain: Grain, chosen: Filter) -> pd.DataFrame:
    """Return the labels' shares as another model version tells them."""
    return _read(other_lines.share_by_version, reference, tuple(labels), grain=grain, chosen=chosen)


def correctable(labels: Sequence[str]) -> list[str]:
    """Return the labels whose shares can be corrected."""
    return _read(validation.correctable, tuple(labels))


def clearly_off(labels: Sequence[str], chosen: Filter) -> list[str]:
    """Return the labels whose counted share the correction shows to be off."""
    return _read(validation.clearly_off, tuple(labels), chosen)


def mostly_learnt(chosen: Filter) -> bool:
    """Return whether half of the stories or more are among those that models learn from."""
    return _read(validation.mostly_learnt, chosen)


def shares_over_time(labels: Sequence[str], **asked: Any) -> shares.Shares:
    """Return the lines of the trends page; `asked` is what the service takes."""
    return _read(shares.shares_over_time, tuple(labels), **asked)


def find_marks(
    labels: Sequence[str], *, grain: Grain, chosen: Filter, split: shares.Split | None = None
) -> pd.DataFrame:
    """Return the bursts and steps of those lines."""
    return _read(outlook.find_marks, tuple(labels), grain=grain, chosen=chosen, split=split)


def growth_within(series: shares.Shares, line_id: str, *, rises: bool) -> mix.Verdict:
    """Return whether the movement of one of those lines holds within the same sources and languages."""
    line, bins = series.lines[line_id], series.frame[series.frame["complete"]]
    change = mix.over_thirds(line.label_id, bins[bins["label_id"] == line_id], rises=rises)
    return _read(mix.verdicts, (change,), grain=series.grain, chosen=line.chosen)[0]


def forecast_shares(labels: Sequence[str], **asked: Any) -> outlook.Outlook:
    """Return what may come next on those lines; `asked` is what the service takes."""
    return _read(outlook.forecast_shares, tuple(labels), **asked)


def list_signals(
    *, grain: Grain, chosen: Filter, kinds: Sequence[LabelKind] = signals.KINDS, n_steps: int = signals.N_STEPS
) -> signals.SignalPaths | None:
    """Return the signal map over time, or None where no bin is complete."""
    return _read(signals.list_signals, grain=grain, chosen=chosen, kinds=tuple(kinds), n_steps=n_steps)


def list_bursts(*, grain: Grain, chosen: Filter, kinds: Sequence[LabelKind] = signals.KINDS) -> pd.DataFrame:
    """Return the bursts of all labels of these kinds, the latest first."""
    return _read(signals.list_bursts, grain=grain, chosen=chosen, kinds=tuple(kinds))


def tell_story(*, grain: Grain, chosen: Filter) -> list[story.Fact]:
    """Return the facts of the last period's story."""
    return _read(_story, grain=grain, chosen=chosen)


def _story(opened: Workspace, *, grain: Grain, chosen: Filter) -> list[story.Fact]:
    # both are drawn on the same page and remembered
    moved, paths = what_moved(grain=grain, chosen=chosen), list_signals(grain=grain, chosen=chosen, n_steps=1)
    return story.tell_story(opened, grain=grain, chosen=chosen, moved=moved, paths=paths)


def what_moved(*, grain: Grain, chosen: Filter) -> Movement | None:
    """Return the last complete bin against the one before it, or None where nothing is dated."""
    return _read(trends.what_moved, grain=grain, chosen=chosen)


def suggested_grain(chosen: Filter) -> Grain:
    """Return the bin width that suits the period on view."""
    return _read(trends.suggested_grain, chosen)


def untrained() -> frozenset[str]:
    """Return the labels that users added and the champion was not trained for."""
    return _read(_untrained)


def _untrained(opened: Workspace) -> frozenset[str]:
    return frozenset(own.id for own in own_labels.untrained_labels(opened, opened.champion()))


def find_documents(
    chosen: DocumentFilter, *, page: int = 1, page_size: int = 25, newest_added: bool = False
) -> documents.DocumentPage:
    """Return one page of documents."""
    return _read(documents.find_documents, chosen, page=page, page_size=page_size, newest_added=newest_added)


def count_annotated() -> int:
    """Return how many documents a correction stands for."""
    return _read(annotations.count_annotated)


def read_document(document_id: int) -> documents.Reading:
    """Return a document with what the model says of it."""
    return _read(documents.read_document, document_id)


def explain(reading: documents.Reading, label_id: str, *, passage: int | None) -> explaining.PassageExplanation:
    """Return why a label holds of a tagged document; other documents and corrections change nothing about it."""
    opened, model = workspace(), reading.tagging.model_version if reading.tagging else ""
    content = hashlib.sha256(f"{reading.title}|{reading.text}".encode()).hexdigest()
    key = (opened.settings.model_dump_json(), "explain", model, reading.id, content, label_id, passage)
    return _remembered(
        "|".join(map(str, key)), lambda: explaining.explain(opened, reading.id, label_id, passage=passage)
    )


def models() -> list[registry.ListedModel]:
    """Return all model versions, newest first."""
    return _read(registry.list_models)


def trial(candidate: str) -> gate.Trial:
    """Return the texts that a version and the champion are compared on."""
    return _read(gate.trial, candidate)


def verdict(candidate: str) -> gate.Verdict:
    """Return what the gate says of a version that has been measured."""
    return _read(_verdict, candidate)


def _verdict(opened: Workspace, candidate: str) -> gate.Verdict:
    return gate.verdict_of(opened, gate.trial(opened, candidate))


def disagreements_on_test(candidate: str) -> disagreements.Disagreements:
    """Return where a measured version and the champion differ on the texts they are measured on."""
    return _read(_disagreements_on_test, candidate)


def _disagreements_on_test(opened: Workspace, candidate: str) -> disagreements.Disagreements:
    return disagreements.on_test(opened, gate.trial(opened, candidate))


def disagreements_on_documents(candidate: str) -> disagreements.Disagreements:
    """Return where a version and the champion differ on documents that both have tagged."""
    return _read(disagreements.on_documents, candidate)


def compare_models(champion: str, candidate: str) -> comparing.Comparison:
    """Return two model versions side by side."""
    return _read(comparing.compare, champion, candidate)


def training_report(mix: Mix) -> DataReport:
    """Return what is in a mix of labelled texts."""
    return _read(_report, mix)


def _report(opened: Workspace, mix: Mix) -> DataReport:
    return training_data(opened, mix).report  # without the texts, which need not be remembered


def trained() -> list[training_costs.TrainedVersion]:
    """Return all model versions with what they cost, newest first."""
    return _read(training_costs.list_trained)


def label_relations(labels: Sequence[str], *, chosen: Filter) -> relations.Relations:
    """Return which labels occur together."""
    return _read(relations.label_relations, chosen=chosen, labels=tuple(labels))


def relation_over_time(first: str, second: str, *, grain: Grain, chosen: Filter) -> pd.DataFrame:
    """Return the association of two labels by calendar bin."""
    return _read(relations.relation_over_time, first, second, grain=grain, chosen=chosen)


def sector_by_aspect(*, chosen: Filter) -> relations.CrossTable:
    """Return the stories of each sector by aspect."""
    return _read(relations.sector_by_aspect, chosen=chosen)


def compare_jurisdictions(labels: Sequence[str], *, chosen: Filter) -> relations.CrossTable:
    """Return how often the stories of each jurisdiction carry each label."""
    return _read(relations.compare_jurisdictions, chosen=chosen, labels=tuple(labels))


def lead_lag(labels: Sequence[str], *, grain: Grain, chosen: Filter) -> relations.LeadLag | None:
    """Return which labels lead which, or None where nothing is dated."""
    return _read(relations.lead_lag, chosen=chosen, grain=grain, labels=tuple(labels))


def new_terms(labels: Sequence[str], *, chosen: Filter, since: date | None, most_read: int) -> terms.NewTerms | None:
    """Return the terms that are new since a day, or None where nothing is dated."""
    return _read(terms.list_new_terms, chosen=chosen, labels=tuple(labels), since=since, most_read=most_read)


def topic_proposals(labels: Sequence[str], *, chosen: Filter, most_read: int) -> terms.Proposals:
    """Return groups of stories that could be labels of their own."""
    return _read(terms.propose_topics, chosen=chosen, labels=tuple(labels), most_read=most_read)


def what_happened(label_id: str, *, first: date, last: date, chosen: Filter) -> events.Timeline:
    """Return the documents that tell best what happened in a period."""
    return _read(events.what_happened, label_id, first=first, last=last, chosen=chosen)
