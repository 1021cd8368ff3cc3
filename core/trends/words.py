"""Texts as sequences of words in both languages: where words begin and end, which are content, which are alike.

Phrases of several words are core.trends.terms; sentences are cut by core.ingest.
"""

import html
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from core.trends.stop_words import CHINESE, ENGLISH, LINKS

Ids = npt.NDArray[np.int32]

_INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_MARKUP = (
    ("<", re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z][^<>]{0,500}>", re.DOTALL)),
    ("://", re.compile(r"\b[a-z]{2,8}://[^\s<>\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")),
    ("www.", re.compile(r"\bwww\.[^\s<>\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")),
    ("@", re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    ("\\", re.compile(r"\\[a-z]+\b")),
)
"""Comments and tags, addresses, mail addresses and TeX commands, each behind what tells that there is one at all."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_NO_LETTER = rf"\W\d_{_HAN}"
_TOKEN = re.compile(
    rf"[{_HAN}]+"
    r"|\d+\s?[年月日号]"
    rf"|(?:\d+(?:\.\d+)?-?)?[^{_NO_LETTER}](?:[^\W_{_HAN}]|(?:[-'’.&](?=[^\W_{_HAN}])))*\+*"
    r"|\d+(?:[.,:]\d+)*"
    rf"|\n|[^\w\s]+|_+"
)
_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})?")
_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_LETTER = re.compile(r"[^\W\d_]")
_NOUNS_IN_LY = frozenset(str.split("family supply assembly anomaly monopoly italy reply ally butterfly"))
MOST_REMEMBERED = 200_000
MOST_TEXTS_REMEMBERED = 4096
_LONGEST = 40
"""Characters; what is longer is no word but a code, a path or a run of letters."""
_GRAMMAR_TAGS = frozenset(str.split("c d e f h k m mq o p q r rr rz t tg u ud ug uj ul uv uz y z zg df ad vd s"))
"""Parts of speech of jieba's dictionary that are no content (ICTCLAS names)."""


class Role(IntFlag):
    """What a word may be in a term; no role at all makes it a border that no phrase crosses."""

    NONE = 0
    ALONE = 1
    FIRST = 2
    LAST = 4
    INNER = 8
    CONTENT = ALONE | FIRST | LAST | INNER
    """A term by itself, and anywhere in a phrase."""
    PIECE = FIRST | LAST | INNER
    """Only in a phrase, as 体 in 智能体."""


@dataclass(frozen=True)
class WordSequence:
    """The words of many texts, one after the other."""

    document: Ids
    """[n_words], index of the text that a word is of, ascending."""
    form: Ids
    """[n_words], index into forms."""
    forms: list[str]
    """Words as they are written."""
    word: Ids
    """[n_forms], index of the word that a form is of: `Agents` and `agent` are one."""
    roles: Ids
    """[n_forms], Role of each form."""
    n_documents: int


def read_words(texts: Iterable[str]) -> WordSequence:
    r"""Split texts into words, numbers and borders; a border stands between texts and wherever punctuation does.

    English words are told apart by letters, keep hyphens, dots and digits inside (`GPT-4o`), and are alike when they
    differ in case or a plural s (the S-stemmer of Harman, D. (1991), How effective is suffixing?, JASIS 42, 7-15).
    Chinese is cut by the dictionary and hidden Markov model of jieba (through rjieba, loaded on first need).
    Tags of HTML, addresses of the web and invisible characters are passed over.

    >>> words = read_words(["AI agents, said <b>智能体</b>"])
    >>> [words.forms[form] for form in words.form]
    ['AI', 'agents', ',', 'said', '\n', '智能', '体', '\n', '\n']
    """
    forms: dict[str, int] = {}
    tags: dict[str, str] = {}
    sequences = []
    for text in texts:
        written, own_tags = _split(text)
        sequences.append([forms.setdefault(form, len(forms)) for form in written])
        tags.update(own_tags)
    lengths = [len(sequence) for sequence in sequences]
    known = list(forms)
    words: dict[str, int] = {}
    return WordSequence(
        document=np.repeat(np.arange(len(sequences), dtype=np.int32), lengths),
        form=np.fromiter(chain.from_iterable(sequences), dtype=np.int32, count=sum(lengths)),
        forms=known,
        word=np.array([words.setdefault(alike(form), len(words)) for form in known], dtype=np.int32),
        roles=np.array([_role(form, tags.get(form, "")) for form in known], dtype=np.int32),
        n_documents=len(sequences),
    )


def plain(text: str) -> str:
    r"""Return a text without markup, addresses and invisible characters; what stood apart stays apart.

    >>> plain("Fish &amp; chips<br>at https://example.org/x now\u200b")
    'Fish & chips\nat \n now'
    """
    found = html.unescape(text) if "&" in text else text
    found = _INVISIBLE.sub("", unicodedata.normalize("NFKC", found))
    for sign, pattern in _MARKUP:
        if sign in found:
            found = pattern.sub("\n", found)
    return found


@lru_cache(maxsize=MOST_TEXTS_REMEMBERED)
def _split(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the words of a text, and the part of speech of the Chinese ones.

    Remembered, because views over a corpus read the same texts again under other filters.
    """
    forms, tags = [], {}
    for token in _TOKEN.findall(plain(text)):
        if is_chinese(token):
            for word, tag in _cut_chinese(token):
                tags[word] = tag
                forms.append(sys.intern(word))
        else:
            forms.append(sys.intern(token))
    return (*forms, "\n"), tags


def _cut_chinese(run: str) -> Sequence[tuple[str, str]]:
    import rjieba  # 0.2 s: its dictionary

    found: Sequence[tuple[str, str]] = rjieba.tag(run)
    return found


def is_chinese(form: str) -> bool:
    """Return whether a word is written in Chinese characters.

    >>> is_chinese("智能"), is_chinese("AI")
    (True, False)
    """
    return "\u3400" <= form[0] <= "\ufaff"


@lru_cache(maxsize=MOST_REMEMBERED)
def alike(form: str) -> str:
    """Return what a word has in common with its other forms.

    >>> [alike(form) for form in ("Agents", "policies", "AWS", "OpenAI's", "智能")]
    ['agent', 'policy', 'aws', 'openai', '智能']
    """
    form = form.replace("’", "'").removesuffix("'s").removesuffix("'S")
    word = form.lower()
    if not form.endswith("s") or len(form) < 4 or _DIGIT.search(form):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    return word if word.endswith(("us", "ss", "is")) else word[:-1]


@lru_cache(maxsize=MOST_REMEMBERED)
def _role(form: str, tag: str) -> Role:
    if is_chinese(form):
        return _role_of_chinese(form, tag)
    word = form.lower().replace("’", "'").removesuffix("'s")
    if word in LINKS:
        return Role.INNER
    if _NUMBER.fullmatch(form):
        return Role.LAST  # of a name: Claude 3.5
    if word in ENGLISH or len(form) > _LONGEST or not _LETTER.search(form) or form[-1] in "年月日号":
        return Role.NONE
    if (word.endswith("ly") and word not in _NOUNS_IN_LY) or _ORDINAL.fullmatch(word):
        return Role.NONE  # an adverb, an ordinal
    return Role.CONTENT if len(word) > 1 else Role.LAST | Role.INNER


CHINESE_PIECES = {"之": Role.INNER, "月": Role.FIRST}
"""Grammar and calendar that names are made of: 月之暗面."""


def _role_of_chinese(form: str, tag: str) -> Role:
    if form in CHINESE_PIECES:
        return CHINESE_PIECES[form]
    if form in CHINESE or len(form) > _LONGEST or tag in _GRAMMAR_TAGS:
        return Role.NONE
    if len(form) == 1 and tag == "v":
        return Role.INNER  # 文生图 is a term, 用户可 is none
    if len(form) == 1 or tag in ("v", "a", "b"):
        return Role.PIECE
    return Role.CONTENT
