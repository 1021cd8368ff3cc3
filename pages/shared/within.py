"""What is said beside a change that does not surely hold within the same sources and languages."""

from core.services.mix import Verdict
from pages.shared.text import number, t


def notes(verdict: str) -> list[str]:
    """Return the sentence to add to a change, none where it holds or was not looked into ('')."""
    if verdict == Verdict.NOT_WITHIN:
        return [
            t(
                "Within the same sources and languages it is under half as large or not clear; the change may come "
                "from a change of sources."
            )
        ]
    if verdict == Verdict.NO_COMMON:
        return [
            t(
                "Too few stories are from sources and languages that both periods have, so the change may come from a "
                "change of sources."
            )
        ]
    return []


def of_several(n: int) -> list[str]:
    """Return the sentence to add to a number of changes, of which n do not surely hold."""
    if not n:
        return []
    return [
        t(
            "Of these changes {n} do not surely hold within the same sources and languages; they may come from a "
            "change of sources.",
            n=number(n),
        )
    ]


def names() -> dict[str, str]:
    """Return the words for each verdict in a table; '' is what was not looked into."""
    return {
        "": "",
        Verdict.HOLDS: t("holds"),
        Verdict.NOT_WITHIN: t("does not hold"),
        Verdict.NO_COMMON: t("cannot be told"),
    }
