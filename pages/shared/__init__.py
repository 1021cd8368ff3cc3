"""What pages share: state in the URL, cached reads, texts in the reader's language, widgets."""
