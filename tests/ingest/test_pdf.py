import time
from io import BytesIO

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from core.errors import InputError

BODY = [
    "The office wants yearly audits of large models, it said on Friday, and it asked all the pro-",
    "viders to keep records of their training. Audits are meant for general-purpose models that",
    "are sold in more than one country of the union.",
    "Providers have six months to comply. A second paragraph follows the first one and it is long",
    "enough to fill a line and a half.",
]


def pdf(pages, *, title="", encrypt=None, font="Helvetica"):
    out = BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    canvas.setTitle(title)
    for lines in pages:
        height = 800
        for size, text in lines:
            canvas.setFont(font, size)
            canvas.drawString(60, height, text)
            height -= 1.6 * size
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def body_pages(n_pages):
    return [
        [
            (9, "Office for Models - Annual Report"),
            *((11, line) for line in BODY),
            (11, f"Thus ends chapter {chr(97 + number % 26)}{chr(97 + number // 26)}."),
            (9, f"Page {number} of {n_pages}"),
        ]
        for number in range(1, n_pages + 1)
    ]


def test_title_date_and_paragraphs(write, read):
    cover = [(26, "Audit rules for"), (26, "large models"), (12, "Bern, 17 May 2024"), *((11, line) for line in BODY)]
    (document,) = read(write("a.pdf", pdf([cover])))
    assert (document.title, str(document.date)) == ("Audit rules for large models", "2024-05-17")
    assert "all the providers to keep records" in document.text
    assert (
        "general-purpose models that are sold in more than one country of the union.\n\nProviders have" in document.text
    )


def test_running_heads_and_page_numbers_are_dropped(write, read):
    (document,) = read(write("a.pdf", pdf(body_pages(4))))
    assert "Annual Report" not in document.text
    assert "Page 2" not in document.text
    assert document.text.count("Thus ends chapter") == 4


def test_the_title_of_the_properties_counts_if_a_person_wrote_it(write, read):
    page = [[(20, "Printed title"), *((11, line) for line in BODY)]]
    assert read(write("a.pdf", pdf(page, title="Stated title")))[0].title == "Stated title"
    assert read(write("a.pdf", pdf(page, title="Microsoft Word - draft.doc")))[0].title == "Printed title"


def test_an_earlier_date_in_the_name_counts_before_the_day_of_the_file(write, read):
    assert str(read(write("report-2019-03.pdf", pdf(body_pages(1))))[0].date) == "2019-03"
    assert str(read(write("report.pdf", pdf(body_pages(1))))[0].date) >= "2025"


def test_footnotes_do_not_interrupt_a_sentence(write, read):
    page = [(11, line) for line in BODY[:2]]
    first = [*page, (7, "1 See the report of the office on audits, chapter two."), (9, "1")]
    second = [(11, BODY[2]), *((11, line) for line in BODY), (9, "2")]
    (document,) = read(write("a.pdf", pdf([first, second])))
    assert "general-purpose models that are sold" in document.text
    assert document.text.endswith("1 See the report of the office on audits, chapter two.")


def test_chinese_lines_are_joined_without_blanks(write, read):
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    lines = [
        (11, "监管机构今天发布了关于大模型的新规定要求企业对训练数据的"),
        (11, "来源负责并且在六个月内完成审计工作。"),
    ]
    (document,) = read(write("a.pdf", pdf([lines], font="STSong-Light")))
    assert "训练数据的来源负责" in document.text


def test_an_encrypted_pdf_is_refused(write, read):
    with pytest.raises(InputError, match="protected by a password"):
        read(write("a.pdf", pdf(body_pages(1), encrypt=StandardEncryption("secret"))))


@pytest.mark.parametrize("keep", [20, 300])
def test_a_broken_pdf_is_refused(write, read, keep):
    with pytest.raises(InputError, match="damaged"):
        read(write("a.pdf", pdf(body_pages(1))[:keep]))


def test_a_scan_is_refused_with_the_advice_to_run_text_recognition(write, read):
    with pytest.raises(InputError, match=r"scan.*OCR"):
        read(write("a.pdf", pdf([[], []])))


def test_a_pdf_under_another_name_is_read_as_pdf(write, read):
    assert "Providers have six months" in read(write("a.txt", pdf(body_pages(1))))[0].text


def test_500_pages_are_read_within_seconds(write, read, prepared):
    path = write("a.pdf", pdf(body_pages(500)))
    started = time.monotonic()
    document = prepared(read(path)[0])
    assert time.monotonic() - started < 20
    assert document.text.count("Thus ends chapter") == 500
    assert len(document.passages) > 200


def test_entries_of_a_contents_list_stay_apart(write, read, prepared):
    entries = [(11, f"Chapter {name} about the things that matter to the office ........ 1") for name in ("One", "Two")]
    (document,) = read(write("a.pdf", pdf([[*entries, *((11, line) for line in BODY)]])))
    lines = prepared(document).text.splitlines()
    assert [line for line in lines if line.startswith("Chapter")] == [
        "Chapter One about the things that matter to the office 1",
        "Chapter Two about the things that matter to the office 1",
    ]
