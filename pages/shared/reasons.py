"""An explanation in sentences: what was decided, what would have changed it, and how it was found out."""

from core.services.documents import Reading
from core.services.explaining import PassageExplanation
from pages.shared import data
from pages.shared.text import label_name, listed, number, percent, quoted, t

QUOTED_CHARACTERS = 160


def verdict(reading: Reading, explanation: PassageExplanation, label: str) -> list[str]:
    """Return whether the passage by itself gets the label, and where its document or a human sees it differently."""
    outcome = explanation.found.outcome
    thresholds = reading.tagging.thresholds if reading.tagging else {}
    facts = {"p": percent(outcome.probability), "needed": percent(thresholds.get(outcome.lacking or label, 0.0))}
    if outcome.holds:
        said = [t("This passage by itself gets the label: {p}, and {needed} is needed.", **facts)]
    elif outcome.lacking == label:
        said = [t("This passage by itself does not get the label: {p}, and {needed} is needed.", **facts)]
    else:
        said = [
            t(
                "This passage by itself does not get the label: {p} would do, but {dimension} lies below its {needed}.",
                dimension=_quoted_name(outcome.lacking),
                **facts,
            )
        ]
    if explanation.document_holds != outcome.holds and explanation.n_passages > 1:
        said.append(
            t("The whole document gets it: other passages count, too.")
            if explanation.document_holds
            else t("The whole document does not get it: too little of it speaks for the label.")
        )
    if label in reading.labelling.human or label in reading.labelling.removed:
        said.append(t("A human decided on this label of the document; here is what the model alone says."))
    return said


def change(explanation: PassageExplanation, label: str) -> list[str]:
    """Return what would have changed the decision, or that nothing was found that would."""
    found, held = explanation.found, explanation.found.outcome.holds
    if found.change is None:
        return [] if held else [t("No single sentence keeps the label away.")]
    parts = [explanation.text[start:end] for start, end in found.change.spans]
    facts = {
        "p": percent(found.change.outcome.probability),
        "n": number(found.change.n_words),
        "total": number(found.n_words),
    }
    said = _without_words(explanation, label, parts, facts) if held else _without_sentence(explanation, parts[0], facts)
    if found.change.decides and explanation.n_passages > 1 and explanation.document_holds == held:
        said.append(_of_document(held=held, follows=explanation.document_follows))
    return said


def _without_words(explanation: PassageExplanation, label: str, words: list[str], facts: dict[str, str]) -> list[str]:
    change = explanation.found.change
    if change is None or not change.decides:
        return [t("Even without the strongest words ({n} of {total}) it would keep the label: {p} is left.", **facts)]
    first = {word.casefold(): word for word in reversed(words)}
    names = listed([quoted(word) for word in reversed(first.values())])
    if change.outcome.lacking == label:
        return [t("Without {words} ({n} of {total} words) it would lose the label: {p} is left.", words=names, **facts)]
    return [
        t(
            "Without {words} ({n} of {total} words) it would lose the label, as {dimension} would fall short.",
            words=names,
            dimension=_quoted_name(change.outcome.lacking),
            **facts,
        )
    ]


def _without_sentence(explanation: PassageExplanation, sentence: str, facts: dict[str, str]) -> list[str]:
    words = " ".join(sentence.split())
    said = quoted(words if len(words) <= QUOTED_CHARACTERS else words[:QUOTED_CHARACTERS] + " …")
    if explanation.found.change and explanation.found.change.decides:
        return [t("Against it speaks {sentence}. Without it: {p}, and the label would hold.", sentence=said, **facts)]
    return [t("Most against it speaks {sentence}. Without it: {p}, still not enough.", sentence=said, **facts)]


def _of_document(*, held: bool, follows: bool) -> str:
    if held:
        return (
            t("The whole document would lose it, too.")
            if follows
            else t("The whole document would keep it: other passages carry it as well.")
        )
    return t("The whole document would get it, too.") if follows else t("The whole document would still not get it.")


def _quoted_name(label: str) -> str:
    return quoted(label_name(data.workspace().taxonomy, label))


def how() -> list[str]:
    """Return how an explanation comes about, and what it can and cannot say."""
    return [
        t("The passage is judged by itself, with the document's title before it, as the model reads it."),
        t(
            "The model's gradients rank the words. Those that speak most for the label, and most against it, are taken "
            "out one at a time, a repeated word everywhere at once, and the model reads the rest again. Each figure is "
            "what it then says."
        ),
        t("Words act together, so the figures do not add up."),
        t(
            "What would change the decision is looked for by taking out ever more of the strongest words, or one "
            "sentence; a smaller change may exist."
        ),
        t(
            "Similar texts are those whose vectors, from which the model decides, lie nearest (cosine). They are "
            "examples, not reasons."
        ),
    ]
