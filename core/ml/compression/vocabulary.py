"""Technique `vocabulary`: only the word pieces that English and Chinese texts use are kept.

A tokenizer takes the best (unigram) or longest (WordPiece) pieces among all it knows. Where every piece that it takes
from a text is kept, it takes the same ones from fewer, so that text's labels cannot change. Kept are pieces of ASCII
characters, pieces of Chinese ones, single characters of any script (nothing becomes unknown), and what the sample
texts use beyond that.
"""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import InputError, ModelError
from core.ml.compression.options import VocabularyOptions
from core.ml.compression.source import Smaller, Source
from core.ml.training.methods import Run
from core.ml.weights import SCALE, WORDS

CHINESE = ((0x2000, 0x206F), (0x3000, 0x303F), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
"""Blocks of Chinese characters and of the punctuation between them."""
MARKS = "▁#"
"""Characters by which tokenizers mark the beginning or inside of a word."""


def run(source: Source, texts: Sequence[str], options: VocabularyOptions, run: Run) -> Smaller:
    """Return the encoder with fewer word pieces; raise InputError where there are none to drop."""
    tokenizer, config = source.tokenizer(), source.config()
    pieces = _pieces(tokenizer)
    keep = np.array([is_kept(piece) for piece in pieces])
    keep[: config["pad_token_id"] + 1] = True  # RoBERTa counts its positions from there
    keep[[token["id"] for token in tokenizer["added_tokens"] if token["id"] < len(keep)]] = True
    keep[_unknown(tokenizer)] = True
    run.watch.phase("reading", 0, len(texts))
    reader = Tokenizer.from_file(str(source.encoder.path / "tokenizer.json"))
    reader.no_truncation()
    for encoding in reader.encode_batch_fast(list(texts)):
        keep[encoding.ids] = True
    run.watch.phase("reading", len(texts), len(texts))
    if keep.all():
        raise InputError("Every word piece of model {version} is in use.", version=source.description.version)
    tensors = source.tensors()
    rows = torch.from_numpy(np.flatnonzero(keep))
    for name in (f"{WORDS}.weight", f"{WORDS}.weight{SCALE}"):
        if name in tensors:
            tensors[name] = tensors[name][rows]
    new_id = np.cumsum(keep) - 1
    config = config | {"vocab_size": int(keep.sum()), "pad_token_id": int(new_id[config["pad_token_id"]])}
    found = {"pieces_before": len(pieces), "pieces": int(keep.sum())}
    return Smaller(tensors, config, _trimmed(tokenizer, keep, new_id), source.head, source.prefixes(), found)


def is_kept(piece: str) -> bool:
    """Return whether a piece is one of English or Chinese, or a single character.

    >>> [is_kept(piece) for piece in ("▁model", "##ing", "模型", "ж", "мод", "▁über")]
    [True, True, True, True, False, False]
    """
    own = piece.strip(MARKS)
    return len(own) <= 1 or own.isascii() or all(map(_is_chinese, own))


def _is_chinese(character: str) -> bool:
    return character.isascii() or any(first <= ord(character) <= last for first, last in CHINESE)


def _pieces(tokenizer: dict[str, Any]) -> list[str]:
    """Return the pieces in order of their ids."""
    model = tokenizer["model"]
    if model["type"] == "Unigram":
        return [piece for piece, _ in model["vocab"]]
    if model["type"] == "WordPiece":
        return sorted(model["vocab"], key=model["vocab"].__getitem__)
    raise ModelError(
        "The encoder's tokenizer is of the kind {kind}; words are dropped from Unigram and WordPiece alone.",
        kind=str(model["type"]),
    )


def _unknown(tokenizer: dict[str, Any]) -> int:
    model = tokenizer["model"]
    return int(model["unk_id"] if model["type"] == "Unigram" else model["vocab"][model["unk_token"]])


def _trimmed(tokenizer: dict[str, Any], keep: NDArray[np.bool_], new_id: NDArray[np.intp]) -> dict[str, Any]:
    """Return tokenizer.json with the kept pieces, ids changed wherever they stand."""
    found = copy.deepcopy(tokenizer)
    model = found["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for entry, kept in zip(model["vocab"], keep, strict=True) if kept]
        model["unk_id"] = int(new_id[model["unk_id"]])
    else:
        model["vocab"] = {piece: int(new_id[old]) for piece, old in model["vocab"].items() if keep[old]}
    for token in found["added_tokens"]:
        token["id"] = int(new_id[token["id"]])
    processor = found["post_processor"] or {}
    for special in processor.get("special_tokens", {}).values():
        special["ids"] = [int(new_id[old]) for old in special["ids"]]
    for end in ("sep", "cls"):  # BertProcessing and RobertaProcessing: [token, id]
        if end in processor:
            processor[end][1] = int(new_id[processor[end][1]])
    found["padding"] = found["truncation"] = None
    return found
