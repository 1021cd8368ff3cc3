"""What has to be known of an encoder's config.json: sizes, and that it is of a kind that can be computed here."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError


@dataclass(frozen=True)
class Shape:
    """What the forward pass has to know of an encoder's config.json."""

    hidden_size: int
    n_heads: int
    n_layers: int
    max_tokens: int
    first_position: int
    """Position of the first token: 0 in BERT, after the padding id in RoBERTa."""
    eps: float


def read_shape(folder: Path) -> Shape:
    """Return what config.json says of an encoder; raise ModelError where it is no BERT or RoBERTa with gelu."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    kind, activation = config.get("model_type"), config.get("hidden_act", "gelu")
    if kind not in ("bert", "roberta", "xlm-roberta") or activation != "gelu":
        raise ModelError(
            "The encoder in {path} is a {kind} model with {activation}; a BERT or RoBERTa with gelu is needed.",
            path=str(folder),
            kind=str(kind),
            activation=activation,
        )
    first = 0 if kind == "bert" else config["pad_token_id"] + 1
    return Shape(
        hidden_size=config["hidden_size"],
        n_heads=config["num_attention_heads"],
        n_layers=config["num_hidden_layers"],
        max_tokens=config["max_position_embeddings"] - first,
        first_position=first,
        eps=config.get("layer_norm_eps", 1e-12),
    )
