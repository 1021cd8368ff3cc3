from collections.abc import Callable

import pytest

from core.db import documents
from core.db.engine import Database
from core.domain.filters import DocumentFilter
from tests.builders import prepared
from tests.db.conftest import MODEL


@pytest.fixture
def ids(add: Callable[..., int]) -> dict[str, int]:
    return {
        "zh": add(prepared("国务院印发新一代人工智能发展规划，提出三步走目标。", title="发展规划", lang="zh")),
        "en": add(prepared('OpenAI\'s pricing: "large models" cost less, C++ users say.', title="Prices fall")),
        "mixed": add(prepared("DeepSeek-V3 开源模型发布，训练成本下降。", title="DeepSeek 发布", lang="zh")),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("人工", ["zh"]),
        ("智能发展", ["zh"]),
        ("工智", ["zh"]),
        ("工人", []),
        ("标", ["zh"]),
        ("模型", ["mixed"]),
        ("开源 deepseek", ["mixed"]),
        ("开源 pricing", []),
        ('"large models"', ["en"]),
        ('"models large"', []),
        ("pric*", ["en"]),
        ("pric", []),
        ("发布 OR 规划", []),
        ("deepseek -开源", []),
        ("OPENAI'S", ["en"]),
        ("NEAR(", []),
        ('"', []),
        ("AND", []),
        ("'; DROP TABLE document; --", []),
        ("***", []),
    ],
)
def test_query_finds_exactly(database: Database, ids: dict[str, int], query: str, found: list[str]) -> None:
    with database.reading() as connection:
        frame = documents.list_documents(connection, DocumentFilter(query=query), model_version_id=MODEL, limit=9)
        n = documents.count_documents(connection, DocumentFilter(query=query), model_version_id=MODEL)
    assert sorted(frame["id"]) == sorted(ids[name] for name in found)
    assert n == len(found)


def test_blank_query_finds_everything(database: Database, ids: dict[str, int]) -> None:
    with database.reading() as connection:
        assert documents.count_documents(connection, DocumentFilter(query="  "), model_version_id=MODEL) == len(ids)


def test_removed_document_is_no_longer_found(database: Database, ids: dict[str, int]) -> None:
    with database.writing() as connection:
        documents.remove_documents(connection, [ids["zh"]])
    with database.reading() as connection:
        assert documents.count_documents(connection, DocumentFilter(query="人工"), model_version_id=MODEL) == 0
        assert documents.count_documents(connection, DocumentFilter(query="模型"), model_version_id=MODEL) == 1
