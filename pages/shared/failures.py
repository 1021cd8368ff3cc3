"""The one place that turns errors into words on the page: around every page, fragment and dialog."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import AppError
from pages.shared.text import message, plain, t

logger = logging.getLogger("trendvane")


@contextmanager
def shown() -> Iterator[None]:
    """Show an error where the page broke off; an unexpected one is logged with its traceback as well."""
    try:
        yield
    except AppError as error:
        st.error(plain(message(error)), icon=":material/error:")
    except Exception:  # app.py's catch-all: the traceback is kept, and the other pages stay usable
        logger.exception("A page failed")
        st.error(
            t("Something went wrong that should not have. Reload the page; if it happens again, report the details."),
            icon=":material/error:",
        )
        with st.expander(t("Details for a report")):
            st.code(traceback.format_exc(), language=None)
