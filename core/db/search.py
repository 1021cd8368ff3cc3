"""Full-text search in both languages: how text becomes index words, and a user's query a match expression.

Chinese has no spaces, so a run of CJK characters is indexed as its overlapping pairs and a query's run becomes
a phrase of pairs: any stretch of two or more characters is found exactly, without a dictionary. The run's last
character is indexed too, so that a query of one character can match as a prefix.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, text

from core.db.tables import document

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_QUERY_PART = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


def index_words(content: str) -> list[str]:
    """Return the words of a text in the order of the index, CJK runs as overlapping pairs.

    >>> index_words("GPT-4 大模型")
    ['gpt', '4', '大模', '模型', '型']
    """
    words: list[str] = []
    for run in _TOKEN.findall(content.lower()):
        words.extend(_pairs(run) if _is_cjk(run) else [run])
    return words


def _is_cjk(run: str) -> bool:
    return re.match(f"[{_CJK}]", run) is not None


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run))]


@dataclass(frozen=True)
class Phrase:
    """Words that must follow each other; the last may be a prefix."""

    words: tuple[str, ...]
    prefix: bool
    negated: bool


def parse_query(query: str) -> list[Phrase]:
    """Split a query into phrases, all of which must hold: bare words, "quoted phrases", -excluded, prefix*.

    >>> [p.words for p in parse_query('模型 "open source" -price')]
    [('模型',), ('open', 'source'), ('price',)]
    """
    phrases = []
    for minus, quoted, bare in _QUERY_PART.findall(query):
        part = quoted or bare
        for words, prefix in _phrases_of(part):
            phrases.append(Phrase(words, prefix or (bool(bare) and part.endswith("*")), bool(minus)))
    return phrases


def _phrases_of(part: str) -> list[tuple[tuple[str, ...], bool]]:
    words: list[str] = []
    prefix = False
    for run in _TOKEN.findall(part.lower()):
        if not _is_cjk(run):
            words.append(run)
        elif len(run) == 1:
            words.append(run)
            prefix = True
        else:
            words.extend(_pairs(run)[:-1])
    return [(tuple(words), prefix)] if words else []


def matches(query: str, *, is_sqlite: bool) -> ColumnElement[bool] | None:
    """Return a condition on document.id for the query, or None where it has no searchable word."""
    phrases = parse_query(query)
    wanted = [p for p in phrases if not p.negated]
    excluded = [p for p in phrases if p.negated]
    if not wanted:
        return None
    return _fts5(wanted, excluded) if is_sqlite else _tsquery(wanted, excluded)


def _fts5(wanted: list[Phrase], excluded: list[Phrase]) -> ColumnElement[bool]:
    def quote(phrase: Phrase) -> str:
        return '"' + " ".join(phrase.words) + '"' + ("*" if phrase.prefix else "")

    expression = " AND ".join(quote(p) for p in wanted)
    for phrase in excluded:
        expression = f"({expression}) NOT {quote(phrase)}"
    hits = text("SELECT rowid FROM document_search WHERE document_search MATCH :match").bindparams(match=expression)
    return document.c.id.in_(hits.columns(literal_column("rowid")).subquery().select())


def _tsquery(wanted: list[Phrase], excluded: list[Phrase]) -> ColumnElement[bool]:
    def quote(phrase: Phrase) -> str:
        words = [f"'{word}'" for word in phrase.words]
        return "(" + " <-> ".join([*words[:-1], words[-1] + (":*" if phrase.prefix else "")]) + ")"

    expression = " & ".join([*map(quote, wanted), *("!" + quote(p) for p in excluded)])
    hits = text("SELECT document_id FROM document_search WHERE words @@ CAST(:match AS tsquery)")
    return document.c.id.in_(
        hits.bindparams(match=expression).columns(literal_column("document_id")).subquery().select()
    )


def add_to_index(connection: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index documents given as (id, title, text)."""
    _execute(connection, _INSERT, rows)


def remove_from_index(connection: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Take documents out of the index; title and text must be those that were indexed (contentless FTS5)."""
    _execute(connection, _DELETE, rows)


_INSERT = {
    "sqlite": "INSERT INTO document_search (rowid, title, body) VALUES (:id, :title, :body)",
    "postgresql": "INSERT INTO document_search (document_id, words) "
    "VALUES (:id, to_tsvector('simple', left(:title || ' ' || :body, 1000000)))",
}
_DELETE = {
    "sqlite": "INSERT INTO document_search (document_search, rowid, title, body) VALUES ('delete', :id, :title, :body)",
    "postgresql": "DELETE FROM document_search WHERE document_id = :id",
}


def _execute(connection: Connection, statements: dict[str, str], rows: Iterable[tuple[int, str, str]]) -> None:
    params: list[dict[str, Any]] = [
        {"id": id_, "title": " ".join(index_words(title)), "body": " ".join(index_words(body))}
        for id_, title, body in rows
    ]
    if params:
        connection.execute(text(statements[connection.dialect.name]), params)
