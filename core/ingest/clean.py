"""Text as it is kept: no control characters, one kind of line end, no runs of blanks.

Passage offsets count in the text that leaves here, so nothing changes it afterwards.
"""

import re
import unicodedata

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f]{2,}|[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_LINE_EDGE = re.compile(" *\n *")
_MANY_LINES = re.compile("\n{3,}")
_ESCAPED_BYTES = re.compile(r"(?:\\{1,2}x[0-9a-fA-F]{2}){2,}")
_HIGH = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TWICE_ENCODED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}")

REPLACEMENT = "\ufffd"


def clean_text(text: str) -> str:
    r"""Return text in NFC without control characters, with blanks and empty lines squeezed.

    >>> clean_text(" A\x00 b\r\n\r\n\r\n\r\nc\u200b ")
    'A b\n\nc'
    """
    text = _LINE_END.sub("\n", text)
    if not text.isascii():
        text = _SURROGATE.sub(REPLACEMENT, text)
        text = unicodedata.normalize("NFC", text)
    text = _BLANKS.sub(" ", _UNWANTED.sub("", text))
    return _MANY_LINES.sub("\n\n", _LINE_EDGE.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    r"""Return cleaned text on one line, for titles, names and addresses.

    >>> clean_line("A title\n over two lines")
    'A title over two lines'
    """
    return " ".join(clean_text(text).split())


def unescape_bytes(text: str) -> str:
    r"""Return text in which UTF-8 bytes written out as \xc2\xa0 are characters again.

    >>> unescape_bytes(r"BYJU\xe2\x80\x99S")
    'BYJU’S'
    """
    return _ESCAPED_BYTES.sub(_decoded, text) if "\\x" in text else text


def mend_double_encoding(text: str) -> str:
    """Return text whose UTF-8 was once read as Windows-1252 and saved so; one that shows no sign of it is left alone.

    >>> mend_double_encoding("their own data they\u00e2\u20ac\u2122ll share in a caf\u00c3\u00a9")
    'their own data they’ll share in a café'
    >>> mend_double_encoding("IRMÃ”, château")
    'IRMÃ”, château'
    """
    return _TWICE_ENCODED.sub(_read_once, text) if "â€" in text else text


def _read_once(match: re.Match[str]) -> str:
    """Return the character whose bytes were read one by one, or these where they are none."""
    data = bytes(ord(char) if ord(char) < 256 else char.encode("cp1252")[0] for char in match[0])
    return data.decode("utf-8", errors="replace") if _is_utf8(data) else match[0]


def _is_utf8(data: bytes) -> bool:
    """Say whether bytes are whole characters of UTF-8."""
    return "\ufffd" not in data.decode("utf-8", errors="replace")


def _decoded(match: re.Match[str]) -> str:
    """Return the characters of one run of written-out bytes, or the run itself when it is no UTF-8."""
    try:
        return bytes.fromhex(re.sub(r"\\{1,2}x", "", match[0])).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
