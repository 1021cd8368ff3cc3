import stat
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest

from core.domain.documents import Problem
from core.errors import InputError


def archive(tmp_path: Path, members: dict[str, bytes | str], *, name: str = "a.zip") -> Path:
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as out:
        for member, content in members.items():
            out.writestr(member, content)
    return tmp_path / name


def test_members_of_every_format_are_read_under_their_names(tmp_path, read):
    path = archive(
        tmp_path,
        {
            "news/a.txt": "The bank raised its rate.",
            "b.csv": "title,text\nChips,Makers sold fewer chips.\n",
            "c.jsonl": '{"text": "The office wants audits."}\n',
            "__MACOSX/._a.txt": b"\0\5junk",
            ".DS_Store": b"junk",
        },
    )
    assert [record.locator for record in read(path)] == ["news/a.txt", "b.csv row 2", "c.jsonl line 1"]
    assert [record.locator for record in read(path, skip=2)] == ["c.jsonl line 1"]


def test_one_bad_member_does_not_stop_the_others(tmp_path, read):
    path = archive(
        tmp_path, {"a.pdf": b"%PDF-1.7 junk", "b.txt": "The bank raised its rate.", "c.png": b"\x89PNG\r\n\0"}
    )
    broken, good, image = read(path)
    assert isinstance(broken, Problem)
    assert broken.locator == "a.pdf"
    assert good.text == "The bank raised its rate."
    assert "PNG" in str(image.reason)


@pytest.mark.parametrize(
    "name", ["../escaped.txt", "/tmp/escaped.txt", "C:\\escaped.txt", "a/../../escaped.txt", "..\\escaped.txt"]
)
def test_names_that_point_outside_are_problems_and_write_nothing(tmp_path, read, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    records = read(archive(inner, {name: "Escaped words.", "b.txt": "The bank raised its rate."}))
    assert isinstance(records[0], Problem)
    assert "points outside" in str(records[0].reason)
    assert records[1].locator == "b.txt"
    assert not list(tmp_path.glob("**/*escaped*"))


def test_links_are_problems(tmp_path, read):
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(link, "/etc/passwd")
    (record,) = read(tmp_path / "a.zip")
    assert "is a link" in str(record.reason)


def test_a_zip_bomb_is_a_problem(tmp_path, read):
    path = archive(tmp_path, {"bomb.txt": b"0" * 50_000_000, "b.txt": "The bank raised its rate."})
    bomb, good = read(path)
    assert "zip bomb" in str(bomb.reason)
    assert good.locator == "b.txt"


def test_a_bomb_that_lies_about_its_size_is_found_while_reading(tmp_path, read):
    path = archive(tmp_path, {"bomb.txt": b"0" * 50_000_000})
    data = path.read_bytes()
    path.write_bytes(data.replace((50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    (record,) = read(path)
    assert isinstance(record, Problem)


def test_an_office_file_that_is_a_bomb_is_refused(tmp_path, read):
    path = archive(tmp_path, {"[Content_Types].xml": "<x/>", "word/document.xml": b"0" * 50_000_000}, name="a.docx")
    with pytest.raises(InputError, match="zip bomb"):
        read(path)


def test_archives_within_archives_are_refused(tmp_path, read):
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as out:
        out.writestr("a.txt", "words")
    (record,) = read(archive(tmp_path, {"inner.zip": inner.getvalue()}))
    assert "archive within an archive" in str(record.reason)


def test_too_many_members_are_refused(tmp_path, read):
    with pytest.raises(InputError, match="at most 10000"):
        read(archive(tmp_path, {f"{number}.txt": "" for number in range(10_001)}))


def test_a_protected_member_is_a_problem(tmp_path, read):
    path = archive(tmp_path, {"a.txt": "words"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (record,) = read(path)
    assert "password" in str(record.reason)


def test_chinese_names_of_old_archives_are_read(tmp_path, read):
    path = archive(tmp_path, {"AAAAAAAA.txt": "The bank raised its rate."})
    path.write_bytes(path.read_bytes().replace(b"AAAAAAAA", "政策报告".encode("gbk")))
    assert read(path)[0].locator == "政策报告.txt"


def test_an_empty_and_a_broken_archive_are_refused(tmp_path, write, read):
    with pytest.raises(InputError, match="holds no files"):
        read(archive(tmp_path, {}))
    with pytest.raises(InputError, match="damaged"):
        read(write("b.zip", b"PK\x03\x04" + b"junk" * 100))


def test_office_files_in_an_archive_are_read(tmp_path, read):
    book, document = openpyxl.Workbook(), docx.Document()
    book.active.append(["title", "text"])
    book.active.append(["Rates", "The bank raised its rate."])
    book.save(tmp_path / "a.xlsx")
    document.add_paragraph("The office wants audits.")
    document.save(tmp_path / "b.docx")
    path = archive(tmp_path, {name: (tmp_path / name).read_bytes() for name in ("a.xlsx", "b.docx")})
    assert [record.text for record in read(path)] == ["The bank raised its rate.", "The office wants audits."]


@pytest.mark.parametrize("at", range(40, 120, 8))
def test_a_member_whose_packed_bytes_are_damaged_is_a_problem(tmp_path, read, at):
    words = " ".join(f"word{number * 7919 % 1000}" for number in range(400))
    path = archive(tmp_path, {"a.txt": words, "b.txt": "The bank raised its rate."})
    data = bytearray(path.read_bytes())
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    broken, good = read(path)
    assert isinstance(broken, Problem)
    assert good.text == "The bank raised its rate."


def test_a_member_said_to_begin_before_the_archive_is_a_problem(tmp_path, read):
    path = archive(tmp_path, {"a.txt": "words", "b.txt": "The bank raised its rate."})
    data = bytearray(path.read_bytes())
    directory_offset = data.index(b"PK\x05\x06") + 16
    data[directory_offset : directory_offset + 4] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    try:
        assert all(isinstance(record, Problem) for record in read(path))
    except InputError as error:
        assert "damaged" in str(error)
