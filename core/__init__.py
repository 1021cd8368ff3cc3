"""Trendvane's core: reading, tagging, trends and jobs; knows nothing of Streamlit."""
