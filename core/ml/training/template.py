"""From a cloze template as the user writes it to the token ids around a text, and what of it cannot be used."""

from pathlib import Path

from tokenizers import Tokenizer

from core.domain.documents import Reason, Reasons
from core.errors import InputError
from core.ml.cloze import Cloze
from core.ml.encoder import read_encoder
from core.ml.masked_lm import has_masked_lm
from core.ml.weights import open_weights

TEXT, MASK = "[text]", "[mask]"
MOST_SHARE = 0.5
"""A template may take so much of the tokens that are read of a text."""


def read_template(template: str, encoder_dir: Path, *, max_tokens: int) -> Cloze:
    """Return the ids around a text; raise one InputError that names all that keeps the template from being used."""
    from transformers import AutoTokenizer

    problems = []
    is_written_well = template.count(TEXT) == template.count(MASK) == 1
    if not is_written_well:
        problems.append(
            Reason("[text] and [mask] were expected once each, found “{template}”.", {"template": template})
        )
    mask = AutoTokenizer.from_pretrained(encoder_dir).mask_token or ""
    cloze = _cloze(template, encoder_dir, mask) if is_written_well and mask else None
    with open_weights(encoder_dir) as weights:
        if not has_masked_lm(weights) or not mask or (is_written_well and cloze is None):
            name, path = read_encoder(encoder_dir).name, str(encoder_dir)
            problems.append(
                Reason(
                    "An encoder with a masked-LM head is needed, and {name} in {path} has none: set TRENDVANE_ENCODER "
                    "to the hub id or folder of a BERT or RoBERTa that was saved with it, delete {path}, or leave "
                    "`template` empty.",
                    {"name": name, "path": path},
                )
            )
    n = len(cloze.before) + len(cloze.after) if cloze else 0
    if n > MOST_SHARE * max_tokens:
        problems.append(
            Reason(
                "Of the {most} tokens that are read of a text it takes {n}, which is more than half.",
                {"n": n, "most": max_tokens},
            )
        )
    if problems or cloze is None:
        raise InputError("The option `template` cannot be used. {problems}", problems=Reasons(problems))
    return cloze


def _cloze(template: str, encoder_dir: Path, mask: str) -> Cloze | None:
    """Return the ids, None where the tokenizer does not know the mask as one token."""
    tokenizer = Tokenizer.from_file(str(encoder_dir / "tokenizer.json"))
    tokenizer.no_truncation()
    parts = template.replace(MASK, mask).split(TEXT)
    before, after = (tuple(tokenizer.encode(part, add_special_tokens=False).ids) for part in parts)
    own = tokenizer.token_to_id(mask)
    if (before + after).count(own) != 1:
        return None
    return Cloze(before, after, before.index(own) + 1 if own in before else after.index(own) - len(after) - 1)
