"""Records with named fields (a JSON object, a table row, a feed entry) as raw documents.

Knows the names that sources give to the fields, in English and Chinese.
"""

import re
from collections.abc import Mapping

from core.domain.documents import Problem, RawDocument, Reason
from core.ingest.clean import clean_line, mend_double_encoding, unescape_bytes
from core.ingest.dates import parse_date
from core.ingest.markup import strip_markup

FIELD_NAMES: dict[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "text": "text body content full_text fulltext article_text maintext article abstract description summary "
        "content_text content_html passage 正文 内容 全文 文本 文章 摘要 描述 简介",
        "title": "title headline heading subject document_title article_title name 标题 题目 题名 名称",
        "date": "date published published_at pubdate pub_date publish_date publication_date published_date "
        "date_published publishedat created_at created date_created datetime timestamp time issued updated_at updated "
        "day year 日期 发布日期 发布时间 时间 公布日期 年份",
        "lang": "lang language lang_code language_code locale 语言 语种",
        "source": "source publisher site sitename site_name publication outlet journal venue newspaper feed "
        "来源 媒体 出处",
        "url": "url link href permalink source_url article_url web_url website uri 链接 网址 原文链接",
        "jurisdiction": "jurisdiction country region nation 国家 地区 辖区 司法辖区",
        "id": "id external_id doc_id document_id article_id uid uuid guid record_id patent_id paper_id 编号",
    }.items()
}
_MISSING = frozenset({"", "nan", "nat", "none", "null", "n/a", "#n/a", "<na>"})
_LONGEST_MISSING = 10
_NAME_PARTS = re.compile(r"[\s\-.]+")


def field_key(name: str) -> str:
    """Return a field's name in the form that FIELD_NAMES uses.

    >>> field_key(" Publication-Date ")
    'publication_date'
    """
    return _NAME_PARTS.sub("_", name.strip().lower().lstrip("\ufeff"))


def is_missing(value: object) -> bool:
    """Say whether a value only says that there is none.

    >>> is_missing("NaN"), is_missing(float("nan")), is_missing("None of the banks")
    (True, True, False)
    """
    if value is None or value == [] or value == {}:
        return True
    if isinstance(value, str):
        return len(value) <= _LONGEST_MISSING and value.strip().lower() in _MISSING
    return isinstance(value, float) and value != value


def known_fields(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record's values under our field names, the best name that has a value winning.

    >>> known_fields({"Body": "words", "published_at": "2024", "views": 3})
    {'text': 'words', 'date': '2024'}
    """
    keyed = {field_key(str(name)): value for name, value in record.items()}
    found = {}
    for field, names in FIELD_NAMES.items():
        value = next((keyed[name] for name in names if not is_missing(keyed.get(name))), None)
        if value is not None:
            found[field] = value
    return found


def document_of(fields: Mapping[str, object], *, locator: str, day_first: bool | None = None) -> RawDocument | Problem:
    """Turn values under our field names into a raw document, or into the problem that they hold no text."""
    text = _words(fields.get("text"))
    title = clean_line(_words(fields.get("title")))
    if not text.strip() and not title:
        return Problem(locator, Reason("There is no text in this record; fill in its text or title."))
    value = fields.get("date")
    if isinstance(value, str):
        value = clean_line(unescape_bytes(value))
    day = parse_date(value, day_first=day_first)
    unread = value is not None and str(value).strip() != "" and day is None
    return RawDocument(
        text=text if text.strip() else title,
        locator=locator,
        title=title,
        date=day,
        lang=_line(fields.get("lang")),
        source=_line(fields.get("source")),
        url=_line(fields.get("url")),
        jurisdiction=_line(fields.get("jurisdiction")),
        external_id=_line(fields.get("id")),
        warnings=(_unread_date(str(value)),) if unread else (),
    )


def _unread_date(value: str) -> Reason:
    """Return the warning about a date that could not be read."""
    return Reason("The date “{date}” could not be read; the document is kept without a date.", {"date": value[:60]})


def _words(value: object) -> str:
    """Return a value's readable text: markup stripped, lists joined by lines."""
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(_words, value)))
    return strip_markup(mend_double_encoding(unescape_bytes(str(value))))


def _line(value: object) -> str:
    """Return a short value on one line; nested values have none."""
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_line, value)))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean_line(str(value))
