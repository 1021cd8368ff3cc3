"""A BERT's forward pass without padding: sequences lie end to end, and only attention looks at their borders.

Owns the arithmetic from token ids to one vector a sequence, the mean over its tokens or of a cloze what is at the
mask, for any encoder folder of BERT's architecture. Leaves out tokens (batching.py), the head (tagger.py) and
everything about training, which uses transformers' BertModel.

Why not transformers' own forward: docs/decisions/0003-tagging-runtime.md has the figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from core.errors import ModelError
from core.ml import int8
from core.ml.adapter import Adapter
from core.ml.cloze import Cloze
from core.ml.masked_lm import MaskTransform, require_masked_lm
from core.ml.packing import Packing, pack
from core.ml.shape import read_shape
from core.ml.weights import WORDS, Weights, dequantized, open_weights

SAFE_SCORE = 80.0
"""Attention scores below this can be exponentiated as they are: 512 of them still sum to less than float's e^88."""
TOKENS_EXPECTED = 768
"""Tokens in a usual batch; oneDNN picks the layout of the weights for it."""

QKV = ("query", "key", "value")

Linear = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Norm:
    """Weight, bias and epsilon of a layer normalisation."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


@dataclass(frozen=True)
class Layer:
    """One encoder layer; query, key and value are one matrix whose query part carries the attention scale."""

    query_key_value: Linear
    attention_output: Linear
    attention_norm: Norm
    expand: Linear
    """With the GELU that follows it."""
    contract: Linear
    output_norm: Norm
    prefix: tuple[Tensor, Tensor] | None
    """Keys and values [heads, n, head size] that every token attends to before those of its text."""


def best_dtype(device: torch.device) -> torch.dtype:
    """Return bfloat16 where the hardware multiplies it natively, else float32 (emulated bfloat16 is slower)."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native and torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32


class PackedBert:
    """Token ids to one vector a sequence."""

    def __init__(
        self,
        folder: Path,
        *,
        dtype: torch.dtype,
        device: torch.device,
        adapter: Adapter | None = None,
        in_bytes: bool = True,
    ) -> None:
        """Read the weights of an encoder folder, the adapter laid over them; raise ModelError where they do not fit.

        Without `in_bytes` products of 8-bit weights are computed, too, with numbers of the dtype, and differentiable.
        """
        self.shape = read_shape(folder)
        self.dtype, self.device = dtype, device
        self.in_bytes = in_bytes and int8.is_native(device)
        with open_weights(folder, adapter) as weights:
            self._read(weights)
            self.cloze = weights.adapter.cloze
            self._transform = self._at_mask(weights, self.cloze, folder) if self.cloze else None

    def _at_mask(self, weights: Weights, cloze: Cloze, folder: Path) -> MaskTransform:
        require_masked_lm(weights, folder)
        if max(cloze.before + cloze.after) >= len(self.words):
            raise ModelError("The adapter's cloze has words that the encoder does not have.")
        return MaskTransform(weights, self.shape.eps).to(self.device)

    def _read(self, weights: Weights) -> None:
        # The word embeddings stay memory-mapped as stored: a batch touches a few hundred of 250,000 rows.
        self.word_scale = weights.scale(f"{WORDS}.weight") if weights.is_quantized(WORDS) else None
        self.words = weights(f"{WORDS}.weight") if self.word_scale is None else weights.stored(f"{WORDS}.weight")
        if self.word_scale is not None and self.in_bytes:
            self.dtype = torch.float32  # what 8-bit products give
        positions = weights("embeddings.position_embeddings.weight")[self.shape.first_position :].float()
        positions += weights("embeddings.token_type_embeddings.weight")[0].float()
        self.positions = positions.to(self.device)
        self.embedding_norm = self._norm(weights, "embeddings.LayerNorm", dtype=torch.float32)
        self.layers = [self._layer(weights, f"encoder.layer.{index}") for index in range(self.shape.n_layers)]

    def _layer(self, weights: Weights, name: str) -> Layer:
        contract = f"{name}.output.dense"
        return Layer(
            query_key_value=self._product(weights, *(f"{name}.attention.self.{part}" for part in QKV)),
            attention_output=self._product(weights, f"{name}.attention.output.dense"),
            attention_norm=self._norm(weights, f"{name}.attention.output.LayerNorm"),
            expand=self._product(weights, f"{name}.intermediate.dense", gelu=True, then=contract),
            contract=self._product(weights, contract),
            output_norm=self._norm(weights, f"{name}.output.LayerNorm"),
            prefix=self._prefix(weights.adapter, name),
        )

    def _prefix(self, adapter: Adapter, name: str) -> tuple[Tensor, Tensor] | None:
        found = adapter.prefix(name, self.shape.hidden_size)
        if found is None:
            return None
        keys, values = (
            part.to(self.device, self.dtype).view(len(part), self.shape.n_heads, -1).transpose(0, 1) for part in found
        )
        return keys, values

    def _product(self, weights: Weights, *names: str, gelu: bool = False, then: str = "") -> Linear:
        """Return the product with the weights of that name, or with several end to end, of which the first are queries.

        `then` is the product that takes the result.
        """
        bias = torch.cat([weights(f"{name}.bias").float() for name in names])
        attention_scale = (self.shape.hidden_size / self.shape.n_heads) ** -0.5
        queries = slice(self.shape.hidden_size if len(names) > 1 else 0)
        bias[queries] *= attention_scale
        if self.in_bytes and all(map(weights.is_quantized, (*names, then or names[0]))):
            scale = torch.cat([weights.scale(f"{name}.weight") for name in names])
            scale[queries] *= attention_scale
            weight = torch.cat([weights.stored(f"{name}.weight") for name in names])
            inputs, after = (_byte_scale(weights, name) for name in (names[0], then or names[0]))
            is_direct = bool(then) and after.divisor is None
            return int8.product(weight, scale, bias, inputs, gelu=gelu, then=after if is_direct else None)
        weight = torch.cat([weights(f"{name}.weight").float() for name in names])
        weight[queries] *= attention_scale
        return self._linear(weight, bias, gelu=gelu)

    def _linear(self, weight: Tensor, bias: Tensor, *, gelu: bool = False) -> Linear:
        weight, bias = weight.to(self.device, self.dtype), bias.to(self.device, self.dtype)
        if self.device.type == "cpu" and self.dtype is torch.bfloat16:
            # Laid out once as oneDNN wants it, the matrix need not be rearranged for every batch.
            packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), TOKENS_EXPECTED)
            after: tuple[str, list[float], str] = ("gelu", [], "none") if gelu else ("none", [], "")
            return lambda x: torch.ops.mkldnn._linear_pointwise(x, packed, bias, *after)
        if gelu:
            return lambda x: functional.gelu(functional.linear(x, weight, bias))
        return lambda x: functional.linear(x, weight, bias)

    def _norm(self, weights: Weights, name: str, *, dtype: torch.dtype | None = None) -> Norm:
        weight, bias = weights(f"{name}.weight"), weights(f"{name}.bias")
        dtype = dtype or self.dtype
        return Norm(weight.to(self.device, dtype), bias.to(self.device, dtype), self.shape.eps)

    @torch.inference_mode()
    def __call__(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Return float32 [n, hidden] on the CPU: one vector a sequence, in order, see `pooled`."""
        parts = torch.split(self.states(sequences), [len(sequence) for sequence in sequences])
        return self.pooled(parts).cpu()

    def pooled(self, parts: Sequence[Tensor]) -> Tensor:
        """Return float32 [n, hidden] of sequences' token vectors [tokens, hidden]: means, or what is at the mask."""
        if self.cloze is None or self._transform is None:
            return torch.stack([part.mean(0, dtype=torch.float32) for part in parts])
        found: Tensor = self._transform(torch.stack([part[self.cloze.place] for part in parts]))
        return found

    def states(self, sequences: Sequence[Sequence[int]], *, n_layers: int | None = None) -> Tensor:
        """Return [tokens, hidden]: all sequences' token vectors end to end, after so many layers (None: all)."""
        return self.states_after(sequences, [len(self.layers) if n_layers is None else n_layers])[0]

    @torch.inference_mode()
    def states_after(self, sequences: Sequence[Sequence[int]], numbers: Sequence[int]) -> list[Tensor]:
        """Return `states` after each of some numbers of layers, which ascend; 0 is before the first."""
        packing = pack(sequences, self.shape.n_heads)
        if self.device.type != "cpu":
            packing = packing.to(self.device)
        x = self._embed(packing)
        n_tokens = sum(len(sequence) for sequence in sequences)
        found = [x[:n_tokens]] if 0 in numbers else []
        for number, layer in enumerate(self.layers[: max(numbers)], start=1):
            context = self._attend(layer.query_key_value(x), packing, layer.prefix)
            x = layer.attention_norm(x + layer.attention_output(context))
            x = layer.output_norm(x + layer.contract(layer.expand(x)))
            if number in numbers:
                found.append(x[:n_tokens])
        return found

    def _embed(self, packing: Packing) -> Tensor:
        ids = packing.ids.cpu()
        words = self.words[ids]
        words = words.float() if self.word_scale is None else dequantized(words, self.word_scale[ids])
        return self.embedding_norm(words.to(self.device) + self.positions[packing.positions]).to(self.dtype)

    def _attend(self, qkv: Tensor, packing: Packing, prefix: tuple[Tensor, Tensor] | None) -> Tensor:
        """Return the context vectors [tokens, hidden] of queries, keys and values [tokens, 3 * hidden]."""
        heads = self.shape.n_heads
        exponentiate = _exponentiate(qkv.view(len(qkv), 3, heads, -1), prefix)
        rows = qkv.view(len(qkv) * 3 * heads, -1).index_select(0, packing.gather)
        queries, keys, values = rows.view(3, -1, rows.shape[1])
        context = torch.empty_like(queries)
        for group in packing.groups:
            size = (group.count * heads, group.length, -1)
            part = slice(group.start, group.start + group.count * heads * group.length)
            own = keys[part].view(size), values[part].view(size)
            key, value = own if prefix is None else _after(prefix, own, group.count)
            scores = torch.bmm(queries[part].view(size), key.transpose(1, 2))
            if group.blank is not None:
                places = scores.view(group.count, heads, group.length, -1)[..., -group.length :]
                places.masked_fill_(group.blank, -torch.inf)
            weights = exponentiate(scores)
            target = torch.bmm(weights, value, out=context[part].view(size))
            target /= weights.sum(-1, keepdim=True)
        return context.index_select(0, packing.scatter).view(len(qkv), -1)


def _byte_scale(weights: Weights, name: str) -> int8.ByteScale:
    return int8.ByteScale.over(*weights.input_range(name), weights.input_divisor(name))


def _after(prefix: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Return keys and values [count * heads, n + length, head size] with the prefix before each sequence's own."""
    key, value = (torch.cat([one.repeat(count, 1, 1), other], 1) for one, other in zip(prefix, own, strict=True))
    return key, value


def _exponentiate(qkv: Tensor, prefix: tuple[Tensor, Tensor] | None) -> Callable[[Tensor], Tensor]:
    """Return e^scores in place where no score can overflow, else the softmax, which searches each row's largest first.

    A score is at most the product of the longest query and the longest key of its head (Cauchy-Schwarz).
    """
    query, key, _ = qkv.unbind(1)
    keys = key.norm(dim=-1).amax(0)
    if prefix is not None:
        keys = torch.maximum(keys, prefix[0].norm(dim=-1).amax(1))
    longest = (query.norm(dim=-1).amax(0) * keys).max()
    return torch.exp_ if longest.item() < SAFE_SCORE else lambda scores: scores.softmax(-1)
