import json
import tracemalloc

import pytest

from core.domain.documents import Problem, ReadOptions
from core.errors import InputError
from core.ingest import read_file


def test_json_lines_are_read_by_the_usual_names(write, read):
    record = {
        "guid": 7,
        "Headline": "Rates rise",
        "body": "The bank <b>raised</b> its rate.",
        "published_at": "2024-05",
    }
    record |= {"language": "en", "publisher": "Desk", "link": "https://example.org/1", "country": "UK"}
    (document,) = read(write("a.jsonl", json.dumps(record)))
    assert (document.external_id, document.title, document.text) == ("7", "Rates rise", "The bank raised its rate.")
    assert (str(document.date), document.lang, document.source) == ("2024-05", "en", "Desk")
    assert (document.url, document.jurisdiction) == ("https://example.org/1", "UK")


def test_good_lines_go_in_and_bad_lines_are_listed_by_number(write, read):
    lines = ['{"text": "One."}', '{"text": "Tw', "", "[1, 2]", '{"views": 3}', "[" * 50_000, '{"text": "Six."}']
    records = read(write("a.jsonl", "\n".join(lines)))
    problems = [record for record in records if isinstance(record, Problem)]
    assert [record.text for record in records if not isinstance(record, Problem)] == ["One.", "Six."]
    assert [problem.locator for problem in problems] == ["line 2", "line 4", "line 5", "line 6"]
    assert "not complete JSON" in str(problems[0].reason)
    assert "found views" in str(problems[2].reason)


def test_a_line_over_the_limit_is_a_problem_that_costs_no_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as out:
        out.write(b'{"text": "One."}\n{"text": "')
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b'"}\n{"text": "Three."}\n')
    tracemalloc.start()
    first, second, third = read_file(path, name="a.jsonl", options=ReadOptions())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.text, third.text) == ("One.", "Three.")
    assert "longer than" in str(second.reason)
    assert peak < 80_000_000


def test_json_lines_stream_with_flat_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("w") as out:
        out.writelines(json.dumps({"text": f"Story {number} " + "words " * 200}) + "\n" for number in range(20_000))
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    n_read = sum(1 for _ in read_file(path, name="a.jsonl", options=ReadOptions(), skip=15_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_read == 5_000
    assert peak < 5_000_000


def test_nul_bytes_and_lone_surrogates_in_json_can_be_stored(write, read, prepared):
    (document,) = read(write("a.jsonl", b'{"text": "The \\u0000 regulator \\ud800 spoke."}'))
    assert prepared(document).text == "The regulator \ufffd spoke."


@pytest.mark.parametrize(
    "content",
    [[{"text": "One."}, {"text": "Two."}], {"meta": 1, "articles": [{"content": "One."}, {"content": "Two."}]}],
)
def test_a_json_array_is_read_item_by_item(write, read, content):
    records = read(write("a.json", json.dumps(content, indent=1)))
    assert [(record.locator, record.text) for record in records] == [("item 1", "One."), ("item 2", "Two.")]


def test_broken_json_is_refused(write, read):
    with pytest.raises(InputError, match="not complete JSON"):
        read(write("a.json", '[{"text": "One."},'))


def test_words_for_a_missing_value_are_no_value(write, read):
    lines = [
        '{"text": "nan", "body": "The bank spoke.", "title": "None", "date": "N/A"}',
        '{"text": NaN, "title": "NULL"}',
    ]
    first, second = read(write("a.jsonl", "\n".join(lines)))
    assert (first.text, first.title, first.date, first.warnings) == ("The bank spoke.", "", None, ())
    assert isinstance(second, Problem)


def test_text_encoded_twice_is_mended(write, read):
    line = json.dumps({"text": "They’ll share a café’s data".encode().decode("cp1252")})
    assert read(write("a.jsonl", line))[0].text == "They’ll share a café’s data"
