from datetime import datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.domain.documents import Problem
from core.errors import InputError
from core.ingest import preview_table

ROWS = [
    ("2024-05-01", "Rates rise", "The bank raised its rate again, the third time in a row."),
    ("2024-05-02", "Chips fall", "Makers of memory sold fewer chips, and prices keep sliding."),
    ("2024-05-03", "Rules come", "The office wants audits of models; it said so on Friday."),
]


def table(delimiter: str, *, header: bool = True) -> str:
    rows = [("Date", "Headline", "Story")] * header + ROWS
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_delimiter_header_and_columns_are_found_out(write, read, delimiter, header):
    records = read(write("a.csv", table(delimiter, header=header)))
    assert [str(record.date) for record in records] == ["2024-05-01", "2024-05-02", "2024-05-03"]
    assert [record.text for record in records] == [row[2] for row in ROWS]
    assert records[0].locator == ("row 2" if header else "row 1")


def test_the_preview_is_what_is_read(write):
    preview = preview_table(write("a.csv", table(";"), encoding="utf-16"), name="a.csv")
    assert preview.columns == ["Date", "Headline", "Story"]
    assert preview.guess == {"date": "Date", "title": "Headline", "text": "Story"}
    assert (preview.delimiter, preview.encoding, preview.has_header) == (";", "utf-16", True)
    assert preview.rows == [list(row) for row in ROWS]


def test_columns_named_by_the_user_are_taken_and_wrong_ones_refused(write, read):
    path = write("a.csv", table(","))
    assert [record.text for record in read(path, columns={"text": "Headline"})] == [
        "Rates rise",
        "Chips fall",
        "Rules come",
    ]
    with pytest.raises(InputError, match="did you mean Headline"):
        read(path, columns={"text": "Headlin"})


def test_a_column_of_dates_decides_which_number_is_the_day(write, read):
    content = "when,text\n03/04/2024,The bank raised its rate.\n24/09/2024,The office wants audits.\n"
    assert [str(record.date) for record in read(write("a.csv", content))] == ["2024-04-03", "2024-09-24"]


def test_formulas_and_markup_in_cells_are_plain_text(write, read):
    content = 'title,text\nOne,"=cmd|\'/c calc\'!A1 and more"\nTwo,"<p>Loss &lt; 0.1</p><script>alert(1)</script>"\n'
    assert [record.text for record in read(write("a.csv", content))] == ["=cmd|'/c calc'!A1 and more", "Loss < 0.1"]


def test_a_broken_byte_or_written_out_bytes_leave_the_rest_readable(write, read):
    content = (
        b"title,text\nBYJU\x92S,Online schooling for everyone\nCaf\\xc3\\xa9,Coffee for\\xc2\\xa0everyone in town\n"
    )
    first, second = read(write("a.csv", content))
    assert first.title == "BYJU’S"
    assert (second.title, second.text.replace("\xa0", " ")) == ("Café", "Coffee for everyone in town")


def test_empty_cells_short_rows_and_nul_bytes_do_no_harm(write, read):
    content = "title,text,date\nOnly a title,,\n,,\nTwo,A second story here,not a date\n,\0,2024\n"
    first, second, third = read(write("a.csv", content))
    assert first.text == "Only a title"
    assert second.date is None
    assert "not a date" in str(second.warnings[0])
    assert isinstance(third, Problem)
    assert third.locator == "row 5"


def test_words_for_a_missing_value_are_no_text(write, read):
    first, second = read(write("a.csv", "title,text,date\nChips,nan,N/A\nRates,The bank raised its rate.,2024\n"))
    assert (first.text, first.date, first.warnings) == ("Chips", None, ())
    assert second.text == "The bank raised its rate."


def test_one_column_without_delimiter_is_read_line_by_line(write, read):
    content = "text\nThe bank raised its rate, again.\nMakers sold fewer chips.\nThe office, it said, wants audits.\n"
    assert [record.locator for record in read(write("a.csv", content))] == ["row 2", "row 3", "row 4"]
    assert read(write("a.csv", content))[0].text == "The bank raised its rate, again."


def test_a_table_without_text_is_refused_with_its_columns(write, read):
    with pytest.raises(InputError, match="no column with text; found a, b"):
        read(write("a.csv", "a,b\n1,2\n3,4\n"))


def test_a_large_cell_goes_through_and_a_gigantic_row_is_a_problem(write, read):
    large, gigantic = "long words " * 20_000, "x" * 21_000_000
    records = read(write("a.csv", f"title,text\nOne,{large}\nTwo,{gigantic}\nThree,The last story\n"))
    assert len(records[0].text) > 200_000
    assert isinstance(records[1], Problem)
    assert records[2].text == "The last story"


def test_skipping_goes_on_where_an_import_stopped(write, read):
    path = write("a.csv", table(","))
    assert [record.title for record in read(path, skip=2)] == ["Rules come"]
    assert read(path, skip=9) == []


def test_every_sheet_of_a_workbook_is_read(tmp_path, read):
    book = openpyxl.Workbook()
    book.active.title = "News"
    book.active.append(["published", "headline", "abstract"])
    book.active.append([datetime(2024, 5, 1), "Rates rise", "The bank raised its rate again."])
    book.create_sheet("Figures").append([1, 2])
    book.create_sheet("More").append(["text"])
    book["More"].append(["The office wants audits of models."])
    book.save(tmp_path / "a.xlsx")
    first, figures, last = read(tmp_path / "a.xlsx")
    assert (first.locator, first.title, str(first.date)) == ("sheet News row 2", "Rates rise", "2024-05-01")
    assert isinstance(figures, Problem)
    assert (last.locator, last.text) == ("sheet More row 2", "The office wants audits of models.")


def test_a_broken_workbook_is_refused(tmp_path, write, read):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    data = (tmp_path / "a.xlsx").read_bytes()
    with pytest.raises(InputError, match="damaged"):
        read(write("b.xlsx", data[: len(data) // 2]))


def test_parquet_is_read_in_row_groups(tmp_path, read):
    columns = {"date": [row[0] for row in ROWS], "title": [row[1] for row in ROWS], "body": [row[2] for row in ROWS]}
    pq.write_table(pa.table({**columns, "vector": [[1.0]] * 3}), tmp_path / "a.parquet", row_group_size=2)
    records = read(tmp_path / "a.parquet", skip=1)
    assert [(record.locator, record.title) for record in records] == [("row 2", "Chips fall"), ("row 3", "Rules come")]
    assert preview_table(tmp_path / "a.parquet", name="a.parquet").columns == ["date", "title", "body"]


def test_broken_parquet_is_refused(write, read):
    with pytest.raises(InputError, match="no complete Parquet"):
        read(write("a.parquet", b"PAR1" + b"junk" * 100))


def test_only_tables_have_a_preview(write):
    with pytest.raises(InputError, match="no table"):
        preview_table(write("a.txt", "Words."), name="a.txt")


FUNDING = """No,Date,StartupName,IndustryVertical,SubVertical,City,Amount,Link
1,09/01/2020,Bright,E-Tech,E-learning,Pune,"2,00,000",https://example.org/1
2,13/01/2020,Shuttle,Transport,nan,Delhi,Undisclosed,https://example.org/2
3,14/01/2020,Mama,Retail,Baby care,N/A,,https://example.org/3
4,15/01/2020,Pay,FinTech,Pay,NULL,None,https://example.org/4
"""


def test_a_row_of_short_columns_becomes_a_text_of_all_that_tell_something(write, read):
    records = read(write("a.csv", FUNDING))
    assert [record.title for record in records] == ["Bright", "Shuttle", "Mama", "Pay"]
    assert [str(record.date) for record in records] == ["2020-01-09", "2020-01-13", "2020-01-14", "2020-01-15"]
    assert [record.text for record in records] == [
        "Industry Vertical: E-Tech; Sub Vertical: E-learning; City: Pune; Amount: 2,00,000",
        "Industry Vertical: Transport; City: Delhi",
        "Industry Vertical: Retail; Sub Vertical: Baby care",
        "Industry Vertical: FinTech",
    ]
    assert records[0].url == "https://example.org/1"


def test_the_preview_says_which_columns_make_the_text(write):
    preview = preview_table(write("a.csv", FUNDING), name="a.csv")
    assert "text" not in preview.guess
    assert preview.composed == ["IndustryVertical", "SubVertical", "City", "Amount"]
    assert preview.example == "Industry Vertical: E-Tech; Sub Vertical: E-learning; City: Pune; Amount: 2,00,000"
    usual = preview_table(write("b.csv", table(",")), name="b.csv")
    assert (usual.composed, usual.example) == ([], ROWS[0][2])


def test_what_the_user_says_about_the_columns_of_a_table_is_done(write, read):
    path = write("a.csv", FUNDING)
    assert read(path, columns={"text": "SubVertical"})[0].text == "E-learning"
    mapped = read(path, columns={"title": "City", "date": "Date"})[0]
    assert (mapped.title, mapped.text) == (
        "Pune",
        "Startup Name: Bright; Industry Vertical: E-Tech; Sub Vertical: E-learning; Amount: 2,00,000",
    )


def test_a_chinese_table_of_short_columns_is_composed_too(write, read):
    content = "公司名称,行业,城市,轮次\n甲科技,芯片制造,北京,A轮\n乙智能,自动驾驶,上海,未披露\n"
    first, second = read(write("a.csv", content, encoding="gb18030"))
    assert (first.title, first.text) == ("甲科技", "行业: 芯片制造; 城市: 北京; 轮次: A轮")
    assert second.text == "行业: 自动驾驶; 城市: 上海"


def test_a_workbook_is_read_under_any_name_of_its_stored_copy(tmp_path, read):
    book = openpyxl.Workbook()
    book.active.append(["title", "text"])
    book.active.append(["Rates", "The bank raised its rate."])
    book.save(tmp_path / "a.xlsx")
    stored = (tmp_path / "a.xlsx").rename(tmp_path / "0f3a")
    assert read(stored, name="a.xlsx")[0].text == "The bank raised its rate."


def test_parquet_with_an_unreadable_column_name_is_refused_or_read(tmp_path, write, read):
    pq.write_table(pa.table({"body_text": [row[2] for row in ROWS]}), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(InputError, match="Parquet"):
        read(write("b.parquet", data.replace(b"body_text", b"b\x97dy_text")))
