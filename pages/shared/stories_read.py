"""How many stories a view of words reads, and the choice to read more."""

import streamlit as st

from core.services.stories import MOST_READ, MOST_READ_THOROUGHLY
from pages.shared import address, widgets
from pages.shared.text import number, t

QUICK, THOROUGH = "quick", "thorough"


def most_read() -> int:
    """Return how many stories are read at most."""
    return MOST_READ_THOROUGHLY if address.READ.read() == THOROUGH else MOST_READ


def draw(n_read: int, n_all: int) -> None:
    """Say which part of the stories was read, with the choice to read more; nothing where it was all of them."""
    thorough = address.READ.read() == THOROUGH
    if n_read == n_all and not thorough:
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        names = {
            QUICK: t("up to {n}", n=number(MOST_READ)),
            THOROUGH: t("up to {n}, takes longer", n=number(MOST_READ_THOROUGHLY)),
        }
        widgets.choice(t("Stories to read"), address.READ, names)
        st.caption(note(n_read, n_all))


def note(n_read: int, n_all: int) -> str:
    """Say which part of the stories was read; empty where it was all of them."""
    if n_read == n_all:
        return ""
    return t(
        "{n} of {total} stories were read, drawn evenly and always the same ones; figures are of these.",
        n=number(n_read),
        total=number(n_all),
    )
