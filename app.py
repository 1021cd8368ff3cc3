"""The dashboard: page set-up, language, navigation, and the place where errors become sentences."""

import streamlit as st

from pages.shared import failures, markup, state, widgets
from pages.shared.text import t


def main() -> None:
    """Draw the page that was asked for."""
    st.set_page_config(page_title="Trendvane 风向标", page_icon=markup.ICON, layout="wide")
    picker = state.settle_language()
    page = st.navigation(
        [
            st.Page("pages/overview.py", title=t("Overview"), icon=":material/explore:", default=True),
            st.Page("pages/trends.py", title=t("Trends"), icon=":material/show_chart:"),
            st.Page("pages/signals.py", title=t("Signals"), icon=":material/radar:"),
            st.Page("pages/terms.py", title=t("New terms"), icon=":material/new_releases:"),
            st.Page("pages/relations.py", title=t("Relations"), icon=":material/hub:"),
            st.Page("pages/documents.py", title=t("Documents"), icon=":material/article:"),
            st.Page("pages/models.py", title=t("Models"), icon=":material/model_training:"),
            st.Page("pages/add_documents.py", title=t("Add documents"), icon=":material/upload_file:"),
            st.Page("pages/jobs.py", title=t("Jobs"), icon=":material/list_alt:"),
        ]
    )
    widgets.frame(picker)
    with state.drawing(page.url_path), failures.shown():
        page.run()


if __name__ == "__main__":
    main()
