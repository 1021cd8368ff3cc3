"""Everything between a path on disk and a document ready to be stored; knows neither database nor models."""

from core.ingest.detect import SUPPORTED_EXTENSIONS
from core.ingest.duplicates import content_hash, minhash, minhash_similarity, same_stories
from core.ingest.encoding import decode_bytes, detect_encoding
from core.ingest.files import preview_table, read_file
from core.ingest.labelled import read_labelled
from core.ingest.language import detect_language
from core.ingest.passages import split_passages, split_sentences
from core.ingest.prepare import prepare
from core.ingest.readers.tables import TablePreview

__all__ = [
    "SUPPORTED_EXTENSIONS",
    "TablePreview",
    "content_hash",
    "decode_bytes",
    "detect_encoding",
    "detect_language",
    "minhash",
    "minhash_similarity",
    "prepare",
    "preview_table",
    "read_file",
    "read_labelled",
    "same_stories",
    "split_passages",
    "split_sentences",
]
