"""Bytes to characters: which encoding a file uses, and what to do with broken bytes.

The order of trust is byte order mark, NUL pattern of UTF-16, valid UTF-8, Chinese GB18030, and only then
charset-normalizer's guess.
"""

import codecs
import re
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 18
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_COMMON_HANZI = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经与"
)
_LIKELY_HANZI_ROWS = range(0xB0, 0xD8)


def detect_encoding(data: bytes) -> str:
    """Return the codec name for a text's bytes; a cut-off last character does no harm.

    >>> detect_encoding("大模型的监管".encode("gb18030")), detect_encoding("naïve".encode("latin-1"))
    ('gb18030', 'cp1252')
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec
    if wide := _utf16_without_mark(data):
        return wide
    return _of_non_ascii(data)


def detect_file_encoding(path: Path) -> str:
    """Return the codec name for a text file from its beginning and the first stretch that is not ASCII."""
    with path.open("rb") as handle:
        head = handle.read(_SAMPLE_BYTES)
        if (found := detect_encoding(head)) != "utf-8" or not head.isascii():
            return found
        while chunk := handle.read(_SAMPLE_BYTES):
            if not chunk.isascii():
                return _of_non_ascii(chunk + handle.read(_SAMPLE_BYTES))
    return "utf-8"


def decode_bytes(data: bytes) -> str:
    """Return the text of bytes in any supported encoding; a broken byte becomes U+FFFD.

    >>> decode_bytes("趋势".encode("utf-16"))
    '趋势'
    """
    return data.decode(detect_encoding(data), errors="replace")


def _utf16_without_mark(data: bytes) -> str:
    """Recognise UTF-16 without a mark by where its zero bytes stand (ASCII letters, spaces, line ends)."""
    head = data[:4096]
    if len(head) < 4:
        return ""
    for codec in ("utf-16-le", "utf-16-be"):
        if _is_chinese(head[: len(head) // 2 * 2].decode(codec, errors="replace")) and not _decodes(head, "utf-8"):
            return codec
    if b"\0" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) > 0.2 * max(even, odd) or max(even, odd) < 0.02 * len(head):
        return ""
    codec = "utf-16-be" if even > odd else "utf-16-le"
    text = head[: len(head) // 2 * 2].decode(codec, errors="replace")
    readable = sum(char.isprintable() or char in "\r\n\t" for char in text)
    return codec if readable >= 0.95 * len(text) else ""


def _of_non_ascii(data: bytes) -> str:
    """Decide between UTF-8 and the older encodings for bytes without a mark."""
    start = next((index for index, byte in enumerate(data) if byte > 127), None) if not data.isascii() else None
    if start is None:
        return "utf-8"
    sample = data[start : start + _SAMPLE_BYTES]
    if _decodes(sample, "utf-8"):
        return "utf-8"
    n_multibyte = sum(len(match) for match in _MULTIBYTE.findall(sample))
    n_broken = sum(byte > 127 for byte in sample) - n_multibyte
    if n_multibyte > 3 * n_broken:
        return "utf-8"
    if _reads_as_chinese(sample):
        return "gb18030"
    return _guessed(data[max(0, start - 2000) : start + 20_000])


def _decodes(sample: bytes, codec: str) -> bool:
    """Say whether bytes are valid, a character that is cut off at the end aside."""
    try:
        codecs.getincrementaldecoder(codec)().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_chinese(sample: bytes) -> bool:
    """Accept GB18030 when it gives mostly the hanzi of everyday Chinese (rows 16 to 55 of GB 2312)."""
    text = codecs.getincrementaldecoder("gb18030")(errors="replace").decode(sample, final=False)
    wide = [char for char in text if ord(char) > 127]
    if not wide or text.count("\ufffd") > 0.02 * len(wide):
        return False
    return _is_chinese("".join(wide), short_is_enough=True)


def _is_chinese(text: str, *, short_is_enough: bool = False) -> bool:
    """Say whether text is mostly everyday hanzi, among them those that no Chinese text does without."""
    hanzi = [char for char in text if "\u4e00" <= char <= "\u9fff"]
    if len(hanzi) < 2 or len(hanzi) < 0.5 * len(text) or sum(map(_is_everyday, hanzi)) < 0.85 * len(hanzi):
        return False
    n_common = sum(char in _COMMON_HANZI for char in hanzi)
    return (short_is_enough and len(hanzi) < 100) or n_common >= 0.05 * len(hanzi)


def _is_everyday(char: str) -> bool:
    """Say whether a hanzi is one of GB 2312's first level."""
    encoded = char.encode("gb18030")
    return len(encoded) == 2 and encoded[0] in _LIKELY_HANZI_ROWS and encoded[1] >= 0xA1


def _guessed(sample: bytes) -> str:
    """Ask charset-normalizer about text that is mostly beyond ASCII; a few odd bytes are Western (cp1252)."""
    n_high = sum(byte > 127 for byte in sample)
    if n_high < 0.35 * len(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best is not None else "cp1252"
