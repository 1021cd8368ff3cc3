"""Files that are one document: text, Markdown, HTML, Word, slides."""

import tracemalloc
import zipfile
from datetime import UTC, datetime

import docx
import pptx
import pytest

from core.errors import InputError

PAGE = """<!doctype html><html><head><title>Audit rules | The Desk</title>
<meta property="og:site_name" content="The Desk">
<link rel="canonical" href="https://example.org/audit">
<meta property="article:published_time" content="2024-05-17T08:00:00Z">
</head><body><nav><a href="/">Home</a> <a href="/about">About us</a></nav><article><h1>Audit rules for models</h1>
<p>The office wants yearly audits of large models, it said on Friday,
and asked providers to keep records of training.</p>
<p>Providers have six months to comply &amp; may ask for a delay
where an audit would cost more than the model earns.</p>
<script>alert("stolen")</script></article><footer>All rights reserved. Cookie settings.</footer></body></html>"""


def test_a_text_file_is_one_document_with_its_date(write, read, prepared):
    (document,) = read(write("a.txt", "Audit rules\nBern, 17 May 2024\n\nThe office wants audits.", encoding="utf-16"))
    assert str(document.date) == "2024-05-17"
    assert prepared(document).title == "Audit rules"
    assert prepared(document).text.endswith("The office wants audits.")


def test_lines_broken_at_a_fixed_width_are_joined(write, read):
    lines = ["The office that looks after competition said on Friday that it would", "look into the prices that"]
    text = "\n".join([*lines * 6, "The end."])
    assert "it would look into" in read(write("a.txt", text))[0].text


def test_one_line_of_100_mb_is_refused_without_being_read(tmp_path, read):
    path = tmp_path / "a.txt"
    with path.open("wb") as out:
        for _ in range(100):
            out.write(b"words " * 170_000)
    tracemalloc.start()
    with pytest.raises(InputError, match="up to 20 MB"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_markdown_becomes_words_without_code_diagrams_and_formulas(write, read):
    source = (
        "---\ntitle: Trends\ndate: 2024-05\nlang: zh\n---\n# Other title\n\n"
        "Text with **bold**, `inline`, [a link](http://x.org) [↗](http://y.org) and ![pic](p.png).\n\n"
        "```mermaid\ngraph TB\nA-->B\n```\n\n$$\n\\sum x_i\n$$\n\n- one\n- two\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n<script>alert(1)</script>\n\n    code block\n"
    )
    (document,) = read(write("a.md", source))
    assert (document.title, str(document.date), document.lang) == ("Trends", "2024-05", "zh")
    assert "Text with bold, inline, a link  and ." in document.text
    assert "one\ntwo" in document.text
    assert "c d" in document.text
    for gone in ("graph", "sum", "alert", "code block", "**", "http", "pic", "↗"):
        assert gone not in document.text


def test_the_markdown_title_is_a_heading_with_words(write, read):
    assert read(write("a.md", "# 2026-04-21\n\n# AI Daily\n\nSome words."))[0].title == "AI Daily"
    assert str(read(write("a.md", "# 2026-04-21\n\n# AI Daily\n\nSome words."))[0].date) == "2026-04-21"
    assert read(write("large-model-trends.md", "## 1. Background\n\nSome words."))[0].title == "large model trends"


def test_a_page_gives_main_text_title_date_address_and_site(write, read):
    (document,) = read(write("a.html", PAGE))
    assert document.title == "Audit rules for models"
    assert (str(document.date), document.source, document.url) == (
        "2024-05-17",
        "The Desk",
        "https://example.org/audit",
    )
    assert "comply & may ask" in document.text
    for gone in ("alert", "About us", "Cookie"):
        assert gone not in document.text


def test_a_newsletter_keeps_every_item_with_its_heading(write, read):
    items = "".join(
        f"<div><h3>{n}. 第{n}条新闻的标题</h3><p>第{n}条新闻的内容，介绍了一个新的模型。</p></div>"
        for n in range(1, 21)
    )
    page = f"<html><body><h1>科技日报</h1><p>2026年3月12日</p>{items}</body></html>"
    (document,) = read(write("a.html", page))
    assert str(document.date) == "2026-03-12"
    assert all(f"第{n}条新闻的标题" in document.text and f"第{n}条新闻的内容" in document.text for n in range(1, 21))


def test_a_chinese_page_in_its_declared_charset_is_read(write, read):
    page = '<html><head><meta charset="gb2312"><title>公告</title></head>'
    page += "<body><p>国务院办公厅发布了新的通知内容。</p></body></html>"
    assert "国务院办公厅" in read(write("a.html", page, encoding="gbk"))[0].text


def test_a_page_built_by_scripts_is_refused(write, read):
    with pytest.raises(InputError, match="no readable text"):
        read(write("a.html", "<html><body><script>render()</script></body></html>"))


def test_a_word_file_keeps_the_order_of_paragraphs_and_tables(tmp_path, read):
    document = docx.Document()
    document.add_heading("Audit rules", 0)
    document.add_paragraph("17 May 2024")
    document.add_table(1, 2).rows[0].cells[0].text = "in a cell"
    document.add_paragraph("The office wants audits.")
    document.core_properties.title = "Microsoft Word - draft.doc"
    document.save(tmp_path / "a.docx")
    (read_back,) = read(tmp_path / "a.docx")
    assert (read_back.title, str(read_back.date)) == ("Audit rules", "2024-05-17")
    assert read_back.text == "Audit rules\n\n17 May 2024\n\nin a cell\n\nThe office wants audits."


def test_the_month_a_word_file_was_begun_in_counts_if_it_was_worked_on(tmp_path, read):
    document = docx.Document()
    document.add_paragraph("The office wants audits.")
    document.save(tmp_path / "template.docx")
    assert read(tmp_path / "template.docx")[0].date is None
    document.core_properties.created = datetime(2024, 5, 17, 10, tzinfo=UTC)
    document.core_properties.modified = datetime(2024, 5, 17, 10, 5, tzinfo=UTC)
    document.save(tmp_path / "pasted.docx")
    assert read(tmp_path / "pasted.docx")[0].date is None
    document.core_properties.modified = datetime(2024, 5, 20, tzinfo=UTC)
    document.save(tmp_path / "written.docx")
    assert str(read(tmp_path / "written.docx")[0].date) == "2024-05"


def test_slides_give_titles_words_tables_and_notes(tmp_path, read):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Audit rules"
    slide.placeholders[1].text = "The office wants audits."
    slide.notes_slide.notes_text_frame.text = "Mention the deadline."
    deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_table(1, 1, 0, 0, 9, 9).table.cell(0, 0).text = "in a cell"
    deck.save(tmp_path / "a.pptx")
    (document,) = read(tmp_path / "a.pptx")
    assert document.title == "Audit rules"
    assert document.text == "Audit rules\n\nThe office wants audits.\n\nMention the deadline.\n\nin a cell"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx"])
def test_a_damaged_office_file_is_refused(tmp_path, write, read, name):
    (docx.Document() if name == "a.docx" else pptx.Presentation()).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    with pytest.raises(InputError, match="damaged"):
        read(write(name, data[: len(data) // 2]))
    middle = len(data) // 2
    with pytest.raises(InputError, match="damaged"):
        read(write(name, data[:100] + bytes(500) + data[600:middle] + bytes(2000) + data[middle + 2000 :]))


def test_an_office_file_without_words_is_refused(tmp_path, read):
    docx.Document().save(tmp_path / "a.docx")
    with pytest.raises(InputError, match="no text"):
        read(tmp_path / "a.docx")


def test_what_stood_on_the_buttons_of_a_pasted_page_is_left_out(tmp_path, read):
    document = docx.Document()
    for text in (
        "Audit rules",
        "The office wants audits. Go back to top form.",
        "back to top",
        "Collapse all",
        "返回顶部",
    ):
        document.add_paragraph(text)
    document.save(tmp_path / "a.docx")
    assert read(tmp_path / "a.docx")[0].text == "Audit rules\n\nThe office wants audits. Go back to top form."


def test_notes_in_elements_of_a_pages_own_do_not_stick_to_the_words_before(write, read):
    words = "The office wants yearly audits of every large model that is sold in the union, it said on Friday. " * 4
    own = "It is sure<x-cite></x-cite>.<x-note>We asked.</x-note>"
    page = f"<html><body><x-article><p>{words}{own}</p></x-article></body></html>"
    text = read(write("a.html", page))[0].text
    assert "It is sure. We asked." in text


@pytest.mark.parametrize("part", ["word/document.xml", "docProps/core.xml", "word/styles.xml", "[Content_Types].xml"])
def test_a_word_file_with_a_damaged_part_is_read_or_refused(tmp_path, read, part):
    document = docx.Document()
    document.add_paragraph("The office wants audits.")
    document.save(tmp_path / "a.docx")
    for cut in (0, 40, 200, 700):
        with zipfile.ZipFile(tmp_path / "a.docx") as whole, zipfile.ZipFile(tmp_path / "b.docx", "w") as out:
            for name in whole.namelist():
                content = whole.read(name)
                out.writestr(name, content[:cut] + content[cut + 60 :] if name == part else content)
        try:
            read(tmp_path / "b.docx")
        except InputError as error:
            assert "b.docx" in str(error)


def test_control_characters_in_a_page_do_no_harm(write, read, prepared):
    words = "The office wants yearly audits of large models."
    page = f"<html><body><p>{words}</p><p>\x0e<script></script> </body></html>"
    assert "yearly audits" in prepared(read(write("a.html", page))[0]).text
