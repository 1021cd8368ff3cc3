import pytest

from core.ingest import decode_bytes, detect_encoding

CHINESE = "国家网信办发布生成式人工智能服务管理办法，自八月十五日起施行。企业应当对训练数据的来源负责。"
FRENCH = "L'autorité a publié ses règles sur l'intelligence artificielle générative, très attendues par le marché."


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_chinese_comes_through_in_every_encoding(codec):
    assert decode_bytes(CHINESE.encode(codec)).lstrip("\ufeff") == CHINESE


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_french_comes_through_in_every_encoding(codec):
    assert decode_bytes(FRENCH.encode(codec)).lstrip("\ufeff") == FRENCH


def test_russian_in_its_old_encoding_is_read():
    text = (
        "Правительство утвердило новую стратегию развития искусственного интеллекта до две тысячи тридцатого года. " * 3
    )
    assert decode_bytes(text.encode("cp1251")) == text


def test_one_broken_byte_does_not_change_the_encoding_of_the_rest():
    data = CHINESE.encode() + b"\x92" + CHINESE.encode()
    assert detect_encoding(data) == "utf-8"
    assert decode_bytes(data) == f"{CHINESE}\ufffd{CHINESE}"


def test_a_character_cut_off_at_the_end_of_a_sample_does_no_harm():
    assert detect_encoding(CHINESE.encode()[:-1]) == "utf-8"
    assert detect_encoding(CHINESE.encode("gb18030")[:-1]) == "gb18030"


def test_an_encoding_that_shows_late_in_a_large_file_is_found(write, read):
    data = b'{"text": "plain"}\n' * 40_000 + ('{"text": "' + CHINESE + '"}\n').encode("gb18030")
    assert read(write("late.jsonl", data))[-1].text == CHINESE
