"""Which tokens a label's score hangs on, by gradients at the layers that the classifier is made of.

Owns the differentiable forward pass. Words, removals and sentences: explanation.py.
"""

import torch
from torch import Tensor
from torch.nn import functional

from core.ml.network import PackedBert
from core.ml.tagger import Tagger
from core.ml.words import Span


def token_shares(tagger: Tagger, text: str, column: int) -> tuple[list[float], list[Span]]:
    """Return how much each token speaks for a label (negative: against it), and where it lies in the text.

    A share is the gradient of the label's log-odds times what sets the token's vector apart from the text's mean,
    summed over the inputs of the upper half of the layers and the last one's output. It follows the class activation
    tokens of Qiang et al. 2022 (AttCAT), without attention weights; those take the vector itself and all layers;
    docs/decisions/0013-explanation.md has the comparison. Shares rank; they are in no unit.

    The tagger is an exact one: its layers have to be differentiable.
    """
    return tagger.embedder.on_one_core(lambda: _token_shares(tagger, text, column))


def _token_shares(tagger: Tagger, text: str, column: int) -> tuple[list[float], list[Span]]:
    windows = tagger.embedder.tokenizer.located(text)
    traces = [states_of(tagger.embedder.network, ids) for ids, _ in windows]
    states = [state for trace in traces for state in trace]
    score = log_odds(tagger, [trace[-1] for trace in traces], column)
    gradients = iter(torch.autograd.grad(score, states))
    parts = [[(_apart(state) * next(gradients)).sum(-1) for state in trace] for trace in traces]
    shares = torch.cat([torch.stack(own).sum(0) for own in parts])
    return shares.tolist(), [place for _, places in windows for place in places]


def log_odds(tagger: Tagger, states: list[Tensor], column: int) -> Tensor:
    """Return a label's log-odds, differentiable, from a text's token vectors [tokens, hidden], a tensor a window."""
    network = tagger.embedder.network
    vectors = network.pooled(states)
    pooled = vectors.mean(0) if network.cloze else functional.normalize(vectors.sum(0), dim=0)
    weight = torch.from_numpy(tagger.head.weight[column]).to(pooled.device)
    return pooled @ weight + float(tagger.head.bias[column])


def _apart(state: Tensor) -> Tensor:
    return state.detach() - state.detach().mean(0)


def states_of(network: PackedBert, ids: list[int]) -> list[Tensor]:
    """Return the token vectors [tokens, hidden] before each of the upper layers and after the last, differentiable."""
    half = network.shape.n_layers // 2
    x = network.states([ids], n_layers=half).clone().requires_grad_()  # a clone: what inference made has no gradient
    found = [x]
    for layer in network.layers[half:]:
        qkv = layer.query_key_value(x).view(len(ids), 3, network.shape.n_heads, -1)
        query, key, value = qkv.permute(1, 2, 0, 3)
        if layer.prefix is not None:
            key, value = (torch.cat([before, own], 1) for before, own in zip(layer.prefix, (key, value), strict=True))
        context = functional.scaled_dot_product_attention(query, key, value, scale=1.0)  # the query carries the scale
        x = layer.attention_norm(x + layer.attention_output(context.transpose(0, 1).reshape(x.shape)))
        x = layer.output_norm(x + layer.contract(layer.expand(x)))
        found.append(x)
    return found
