"""Builders of domain objects for tests: say what matters, get the rest."""

import hashlib
from datetime import UTC, datetime

from core.domain.dates import PartialDate
from core.domain.documents import Passage, PreparedDocument

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def prepared(
    text: str,
    *,
    title: str = "",
    date: str = "2024-05-17",
    lang: str = "en",
    source: str = "Wire",
    jurisdiction: str = "",
    cuts: int = 1,
) -> PreparedDocument:
    """Return a document ready to be stored, cut into passages of equal length; its bands are its own."""
    width = -(-len(text) // cuts)
    digest = hashlib.sha256((title + text).encode())
    return PreparedDocument(
        text=text,
        title=title or text[:30],
        lang=lang,
        date=PartialDate.parse(date) if date else None,
        source=source,
        url="",
        jurisdiction=jurisdiction,
        external_id="",
        locator="",
        passages=tuple(Passage(i, min(i + width, len(text))) for i in range(0, len(text), width)),
        content_hash=digest.hexdigest(),
        signature=(int.from_bytes(digest.digest()[:7], "big"),),
        minhash=digest.digest(),
    )
