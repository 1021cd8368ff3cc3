"""Everything between a path on disk and a document ready to be stored; knows neither database nor models."""

from core.ingest.detect import SUPPORTED_EXTENSIONS
from core.ingest.duplicates import minhash_similarity
from core.ingest.encoding import decode_bytes, detect_encoding
from core.ingest.files import preview_table, read_file
from core.ingest.language import detect_language
from core.ingest.passages import split_passages, split_sentences
from core.ingest.prepare import prepare
from core.ingest.readers.tables import TablePreview

__all__ = [
    "SUPPORTED_EXTENSIONS",
    "TablePreview",
    "decode_bytes",
    "detect_encoding",
    "detect_language",
    "minhash_similarity",
    "prepare",
    "preview_table",
    "read_file",
    "split_passages",
    "split_sentences",
]
