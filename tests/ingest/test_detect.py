import pytest

from core.errors import InputError, MachineError
from core.ingest import SUPPORTED_EXTENSIONS


def test_every_announced_format_has_its_extension():
    assert {".txt", ".md", ".html", ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".tsv"} <= set(SUPPORTED_EXTENSIONS)
    assert {".jsonl", ".json", ".parquet", ".rss", ".atom", ".xml", ".zip"} <= set(SUPPORTED_EXTENSIONS)


@pytest.mark.parametrize("content", [b"", b"  \n\t ", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_an_empty_file_is_refused(write, read, content):
    with pytest.raises(InputError, match=r"a\.txt is empty"):
        read(write("a.txt", content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a PNG image"),
        (b"\x1f\x8b\x08" + bytes(range(256)), "a gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old or encrypted Office file"),
        (b"{\\rtf1 hello}", "an RTF file"),
    ],
)
def test_binary_content_under_a_text_name_is_refused_by_what_it_is(write, read, content, kind):
    with pytest.raises(InputError, match=kind):
        read(write("notes.txt", content))


def test_unknown_binary_junk_is_refused(write, read):
    with pytest.raises(InputError, match="not text"):
        read(write("notes.txt", bytes(range(1, 32)) * 50 + b"words"))


def test_the_content_counts_before_the_extension(write, read):
    page = "<!doctype html><html><body><p>The agency published its guidance on models today.</p></body></html>"
    assert "<p>" not in read(write("page.txt", page))[0].text
    lines = '{"text": "One record."}\n{"text": "Another."}\n'
    assert [record.text for record in read(write("records.txt", lines))] == ["One record.", "Another."]
    assert len(read(write("records.json", lines))) == 2


def test_a_text_that_mentions_pdf_is_still_text(write, read):
    assert read(write("note.txt", "Every such file begins with %PDF-1.7, says the standard."))[0].text.startswith(
        "Every"
    )


def test_names_with_folders_and_emoji_do_no_harm(write, read):
    path = write("stored", "The regulator spoke.")
    assert read(path, name="../../etc/📈 趋势.txt")[0].text == "The regulator spoke."


def test_a_folder_and_a_missing_file_are_refused_in_a_sentence(tmp_path, read):
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(MachineError, match="cannot be opened"):
        read(tmp_path / "absent.txt")


def test_an_open_document_is_named_as_such(tmp_path, read):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(InputError, match="OpenDocument"):
        read(tmp_path / "a.odt")
