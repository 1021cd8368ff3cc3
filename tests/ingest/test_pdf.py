import time
from datetime import datetime
from io import BytesIO

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from core.errors import InputError

BODY = [
    "The office wants yearly audits of large models, it said on Friday, and it asked all the pro-",
    "viders to keep records of their training. Audits are meant for general-purpose models that",
    "are sold in more than one country of the union.",
    "Providers have six months to comply. A second paragraph follows the first one and it is long",
    "enough to fill a line and a half.",
]


def pdf(pages, *, title="", creator="", encrypt=None, font="Helvetica"):
    out = BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    canvas.setTitle(title)
    canvas.setCreator(creator)
    for lines in pages:
        height = 800
        for size, text in lines:
            canvas.setFont(font, size)
            canvas.drawString(60, height, text)
            height -= 1.6 * size
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def placed(*pages, font="Helvetica"):
    """Pages of lines given as x, y, text and, unless it is 11, size."""
    out = BytesIO()
    canvas = Canvas(out)
    for lines in pages:
        for x, y, text, *size in lines:
            canvas.setFont(font, *(size or [11]))
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def body_pages(n_pages):
    return [
        [
            (9, "Office for Models - Annual Report"),
            (11, f"Here begins chapter {chr(97 + number % 26)}{chr(97 + number // 26)}."),
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


def test_the_month_of_the_file_counts_only_if_its_author_made_it(write, read):
    pages = body_pages(1)
    this_month = f"{datetime.now():%Y-%m}"
    assert str(read(write("report.pdf", pdf(pages, creator="Microsoft Word")))[0].date) == this_month
    assert str(read(write("outlook-2050.pdf", pdf(pages, creator="Microsoft Word")))[0].date) == this_month
    assert str(read(write("report-2019-03.pdf", pdf(pages, creator="Microsoft Word")))[0].date) == "2019-03"
    assert read(write("report.pdf", pdf(pages, creator="Mozilla Firefox")))[0].date is None


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


def test_lines_of_a_paragraph_are_joined_by_where_they_stand(write, read):
    lines = [
        (72, 700, "Agree. The department will set out how it does so, as part of its plan for the"),
        (72, 686, "National Library. It starts next year."),
        (72, 672, "A short line of its own."),
        (72, 658, "Office for Models"),
        (90, 630, "An indented paragraph begins here and is long enough to reach the right margin,"),
        (72, 616, "Then it goes on at the margin."),
        (90, 602, "Another indented one."),
    ]
    (document,) = read(write("a.pdf", placed(lines)))
    assert document.text.split("\n\n") == [
        "Agree. The department will set out how it does so, as part of its plan for the National Library. "
        "It starts next year.",
        "A short line of its own.",
        "Office for Models",
        "An indented paragraph begins here and is long enough to reach the right margin, "
        "Then it goes on at the margin.",
        "Another indented one.",
    ]


def test_a_raised_figure_stays_in_its_line(write, read):
    lines = [
        (72, 700, "The office wants audits of all the models that are sold,"),
        (72, 686, "and it said so on Friday"),
    ]
    right = 72 + stringWidth("and it said so on Friday", "Helvetica", 11)
    raised = [(right, 690, "3", 6), (right + 4, 686, ". Providers agree.")]
    (document,) = read(write("a.pdf", placed([*lines, *raised])))
    assert (
        document.text
        == "The office wants audits of all the models that are sold, and it said so on Friday3. Providers agree."
    )


@pytest.mark.parametrize("interleaved", [True, False])
def test_two_columns_are_read_one_after_the_other(write, read, interleaved):
    left = [(60, 700 - 14 * at, line) for at, line in enumerate(COLUMNS[0])]
    right = [(320, 700 - 14 * at, line) for at, line in enumerate(COLUMNS[1])]
    lines = [line for pair in zip(left, right, strict=True) for line in pair] if interleaved else left + right
    (document,) = read(write("a.pdf", placed(lines)))
    assert document.text.split("\n\n") == [" ".join(column) for column in COLUMNS]


COLUMNS = (
    [
        "The office wants yearly audits of large",
        "models, it said on Friday, and asked all",
        "providers to keep records of training.",
    ],
    [
        "A second column goes on with another",
        "story that has nothing to do with the",
        "first, and tells about memory chips.",
    ],
)


@pytest.mark.parametrize("number", ["— {} —", "第 {} 页", "第{}页 共4页", "- {} -", "{}"])
def test_a_chinese_law_keeps_its_paragraphs_over_pages(write, read, number):
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    full = "为了规范数据处理活动保障数据安全促进数据开发利用保护个人组织的合法权益维护国家主权"
    pages = [
        [
            (72, 800, "法律汇编", 9),
            (94, 740, f"第{word}条　{full[:33]}"),
            (72, 722, full[:39]),
            (72, 704, "制定本法。"),
            (94, 686, f"国家机关{word}负责。"),
            (94, 668, f"{word}{full[:36]}"),
            (72, 650, f"{word}{full[:38]}"),
            (280, 40, number.format(at), 9),
        ]
        for at, word in enumerate("一二三四", start=1)
    ]
    last = [(72, 740, "最后一行。")]
    (document,) = read(write("a.pdf", placed(*pages, last, font="STSong-Light")))
    paragraphs = document.text.split("\n\n")
    assert "汇编" not in document.text
    assert "页" not in document.text
    assert paragraphs[0] == f"第一条　{full[:33]}{full[:39]}制定本法。"
    assert paragraphs[1] == "国家机关一负责。"
    assert paragraphs[2] == f"一{full[:36]}一{full[:38]}"
    assert paragraphs[-1] == f"四{full[:36]}四{full[:38]}最后一行。"


def test_a_chinese_title_over_two_lines_has_no_blank(write, read):
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    lines = [
        (150, 740, "网络数据安全管理条例关于", 22),
        (180, 712, "个人信息的规定", 22),
        (72, 660, "为了规范数据处理活动。"),
    ]
    (document,) = read(write("a.pdf", placed(lines, font="STSong-Light")))
    assert document.title == "网络数据安全管理条例关于个人信息的规定"


def test_each_footnote_stands_alone_at_the_end(write, read):
    lines = [(72, 700 - 14 * at, line) for at, line in enumerate(BODY[:3])]
    notes = [(72, 100, "1 See the report of the office.", 8), (72, 90, "2 See the second report, too.", 8)]
    (document,) = read(write("a.pdf", placed([*lines, *notes], lines)))
    assert document.text.endswith("\n1 See the report of the office.\n2 See the second report, too.")
