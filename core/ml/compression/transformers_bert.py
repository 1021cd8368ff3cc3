"""An encoder's weights as a model of transformers: to train its layers, or to hand it to another runtime."""

from typing import Any

from torch import Tensor, nn


def bert_of(config: dict[str, Any], tensors: dict[str, Tensor]) -> nn.Module:
    """Return a float32 model of config.json's kind with those weights; nothing in it is dropped at random."""
    from transformers import AutoConfig, AutoModel

    facts = {name: value for name, value in config.items() if name != "model_type"}
    facts |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "dtype": "float32"}
    shape = AutoConfig.for_model(config["model_type"], **facts)
    model: nn.Module = AutoModel.from_config(shape, add_pooling_layer=False)  # type: ignore[no-untyped-call]
    model.load_state_dict({name: tensors[name].float() for name in model.state_dict()})
    return model
