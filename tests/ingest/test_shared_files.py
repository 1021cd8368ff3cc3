"""Real files beside the repository, where they are present."""

import json
import time
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
FILES = {
    "ch-finma-guidance-08-2024-ai.pdf": (1, "FINMA Guidance 08/2024", "2024-12-18", "en"),
    "cornell-ai-policy.docx": (1, "cornell ai policy", "None", "en"),
    "distill-building-blocks-2018.html": (1, "The Building Blocks of Interpretability", "2018", "en"),
    "eu-ai-pact-press-release-2024-09.pdf": (1, "Over a hundred companies sign EU AI Pact", "2024-09-25", "en"),
    "eu-gpai-code-of-practice-transparency-2025-07.pdf": (1, "Code of Practice for General-Purpose", "2025-07", "en"),
    "imperial-ai-policy.docx": (1, "Generative AI Principles", "None", "en"),
    "indian_startup_funding_2015_2020.csv": (3044, "BYJU’S", "2020-01-09", "en"),
    "oxford-ai-policy.pdf": (1, "oxford ai policy", "None", "en"),
    "sg-mas-feat-principles-2018-11.pdf": (1, "Building Trust in AI and Data Analytics", "2018-12", "en"),
    "uk-ai-opportunities-action-plan-govt-response-2025-01.pdf": (1, "AI Opportunities Action Plan", "2025-01", "en"),
    "uk-fca-ai-update-2024-04.pdf": (1, "AI Update", "2024-04", "en"),
    "us-americas-ai-action-plan-2025-07.pdf": (1, "America’s AI Action Plan", "2025-07", "en"),
    "us-nist-ai-600-1-genai-profile-2024-07.pdf": (1, "Artificial Intelligence Risk", "2024-07", "en"),
    "uspto-random-100.xlsx": (100, "There is provided a process", "2005-01-11", "en"),
    "yc_ai_startups.csv": (24, "Marft", "2012", "en"),
    "zh-juya-ai-daily-rss.xml": (10, "橘鸦AI早报 2026-06-01", "2026-06-01", "zh"),
    "zh-juya-issue-2026-04-21.md": (1, "AI 早报 2026-04-21", "2026-04-21", "zh"),
    "zh-large-model-startup-trends.md": (1, "zh large model startup trends", "None", "zh"),
    "zh-tech-morning-brief-2026-03-12.html": (1, "科技日报", "2026-03-12", "zh"),
}


@pytest.mark.skipif(not (SHARED / "files").exists(), reason="needs the folder of real files beside the repository")
@pytest.mark.parametrize("name", FILES)
def test_a_real_file_has_its_title_date_and_language(read, prepared, name):
    n_documents, title, day, lang = FILES[name]
    records = read(SHARED / "files" / name)
    first = prepared(records[0])
    assert len(records) == n_documents
    assert (first.title[: len(title)], str(records[0].date)) == (title, day)
    assert first.lang == lang


@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="needs the folder of real texts beside the repository")
def test_real_records_come_through_whole_and_fast(read, prepared):
    started, n_documents = time.monotonic(), 0
    for path in sorted((SHARED / "corpus").glob("*_zh.jsonl"))[:4] + sorted((SHARED / "corpus").glob("*_en.jsonl"))[:4]:
        stated = [json.loads(line) for line in path.open(encoding="utf-8")]
        for record, line in zip(read(path), stated, strict=True):
            document = prepared(record)
            assert document.lang == line["lang"]
            assert "".join(document.text.split())[:200] == "".join(line["text"].split())[:200]
        n_documents += len(stated)
    assert n_documents / (time.monotonic() - started) > 200
